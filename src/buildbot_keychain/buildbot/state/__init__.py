"""What a master must remember over a crash, in its own database.

`StateRows` keeps lists of rows in Buildbot's object state and changes them one at a time.
`ScopeMemory` keeps what providers must release for builds; the ledger of secret files is in
`buildbot_keychain.buildbot.secret_files`. `GivenTable` keeps the names of the secrets that builds
were given, in a table of its own. Rows hold names, paths and keys that can only revoke something,
never a secret.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.state._given_table import (
    DatabaseProblemError,
    GivenRow,
    GivenTable,
)
from buildbot_keychain.buildbot.state._rows import StateRows
from buildbot_keychain.buildbot.state._scope_memory import ScopeMemory

__all__ = ["DatabaseProblemError", "GivenRow", "GivenTable", "ScopeMemory", "StateRows"]
