"""Real OpenBao servers for tests, and what stands between them and a client.

================  =============================================================================
`server`          `OpenBao`: one server; killed, restarted, sealed, unsealed
`cluster`         `Cluster`: several of them that share a raft log and elect a leader
`certificates`    a private authority, certificates of servers and clients
`ports`           addresses that stay free while their server is down
`api`             the HTTP API as an administrator uses it
`engines`         secrets engines: key-value, database, PKI, SSH
`logins`          auth methods and policies
`proxy`           `Proxy`: passes, hangs, cuts, corrupts, refuses, answers itself, counts
`waiting`         until a server says that it is so
================  =============================================================================

Servers start, stop and are administered without a reactor, so one can serve a whole class of tests
(``setUpClass``). Unseal keys and root tokens are in the memory of the test: in no argument,
environment or file.
"""
