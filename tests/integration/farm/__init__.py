"""A farm: two masters on one PostgreSQL, thousands of builders and secrets, builds at an even rate.

=================  ===============================================================================
`settings`         how large it is, and what one master is told of that
`values`           the secrets: their names and values
`configuration`    the configuration of a master, with our library and with Buildbot's own provider
`workers`          workers that do everything but start processes
`requesting`       the scheduler that requests builds at an even rate
`gauges`           what is measured in the process of a master
`master`           that process
`farm`             `run_farm`: both of them, and what is in their database afterwards
`table`            figures as a table
`__main__`         runs of several sizes by hand, with that table
`test_farm`        a small one
=================  ===============================================================================

Each master has half of the builders, and a scheduler that requests builds of its own builders:
masters that also build for each other need a message broker that is not part of Buildbot. They
share the database, the encrypted store in it, and the files.
"""
