"""A farm of workers whose builds need secrets, through an outage of a real OpenBao server.

====================  ======================================================================
`farm`                `Farm`: the master, its workers, the server and what became of it all
`__main__`            a run of any size by hand, with figures
`test_outage_farm`    a small run of the same
====================  ======================================================================
"""
