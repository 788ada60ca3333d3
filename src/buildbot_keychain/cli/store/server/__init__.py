"""A store of a master elsewhere, through the JSON of its page of secrets.

Values only go in: what needs one, such as ``get``, is not done. Each operation is a request of its
own, with a token that a file holds. Blocks.

`_store`       `ServerStore`: which request an operation is, and what comes back
`_connection`  `Server`: where requests go, and why one has failed
`_token_file`  the file of the token
"""

from __future__ import annotations

from buildbot_keychain.cli.store.server._connection import Server
from buildbot_keychain.cli.store.server._store import ServerStore
from buildbot_keychain.cli.store.server._token_file import read_token

__all__ = ["Server", "ServerStore", "read_token"]
