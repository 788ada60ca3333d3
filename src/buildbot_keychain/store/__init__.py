"""Secrets at rest: sealed in a database, with keys that are kept elsewhere.

Pure but for `database` and the files of keys: no reactor, no clock, no network; the time is passed
in.

`envelope`   one sealed box: what all of the rest is made of
`ring`       the keys, and the text in which a file keeps them; `_ring_text`, its lines
`wraps`      what opens the keys: passphrases, age, a server
`ring_file`  where the keys are kept; `private_files`, files that nobody else can read or replace
`journal`    what was done, in an order that nobody can rewrite; `seen_head`, its end as last seen
`records`    the rows of a secret, and the digest that the journal has of them
`derived_keys`  the keys of all purposes but secrets
`imports`    readers of the places that secrets come from
`_ciphers`   the algorithms; no other module but that of Jenkins' imports cryptography
"""

from __future__ import annotations
