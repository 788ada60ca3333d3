"""Buildbot's own tests, run with our classes in place of Buildbot's.

The tests stay where they are: ``make test-host`` downloads Buildbot's source distribution, which
has those of secrets and of whole masters. A checkout of Buildbot has more of them, for properties
and factories::

    python -m tests.integration.host_tests buildbot/master

====================  =============================================================
`adapters`            our classes where Buildbot's tests look for Buildbot's, and
                      what Buildbot's fakes lack of a master
`differences`         the tests that fail because we differ on purpose, with reasons
`__main__`            runs them; fails for every other difference
====================  =============================================================
"""
