"""The leak test: one secret per way out of a build, searched for in everything Buildbot writes.

``canaries`` makes the secrets, ``channels`` the ways out, ``configuration`` a master that takes
them all, ``sinks`` gathers what was written, ``search`` looks for the canaries in it. Nothing here
ever prints a canary: reports say channel, sink, kind and count.
"""
