"""Secrets at rest: sealed in a database, with keys that are kept elsewhere.

Pure but for `database` and the files of keys: no reactor, no clock, no network; the time is passed
in.

`envelope`   one sealed box: what all of the rest is made of
`_ciphers`   the algorithms; the only module that imports cryptography
"""

from __future__ import annotations
