"""What a master must remember over a crash, in its own database.

`StateRows` keeps lists of rows in Buildbot's object state and changes them one at a time.
`ScopeMemory` keeps what providers must release for builds; the ledger of secret files is in
`buildbot_keychain.buildbot.secret_files`. `GivenTable` keeps the names of the secrets that builds
were given, `PrintsTable` in what of theirs secrets were hidden, and `ReferencesTable` how
properties that hold secrets were made, each in a table of its own. `RootSecretTable` keeps what the
master's own keys are derived from, `SealedFieldsTable` what is remembered of the values that plug-
ins keep, and `FormValuesTable` what was typed into forms, sealed. `ApprovalsTable` keeps what
people are asked to approve, `TokensTable` what tokens of the page are checked with. `UsesReader`
reads who asked for which secret, and `BuildsReader` what one build had, for pages. `Writes` has
what several tables are told at once in one transaction. Only the modules of tables know SQLAlchemy.
Rows hold names, paths, keys that can only revoke something, and what is sealed; never a secret.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.state._approvals_table import (
    MOST_APPROVALS,
    ApprovalsTable,
    Changed,
    WaitingPage,
)
from buildbot_keychain.buildbot.state._builds_reader import BuildKey, BuildRow, BuildsReader
from buildbot_keychain.buildbot.state._form_values_table import FormValuesTable
from buildbot_keychain.buildbot.state._given_table import GivenRow, GivenTable
from buildbot_keychain.buildbot.state._prints_table import PRINTS, PrintRow, PrintsTable
from buildbot_keychain.buildbot.state._rebuilds import REBUILD, is_rebuild
from buildbot_keychain.buildbot.state._references_table import ReferencesTable
from buildbot_keychain.buildbot.state._requests_table import BuiltBefore, RequestRow, RequestsTable
from buildbot_keychain.buildbot.state._root_secret_table import RootSecretTable
from buildbot_keychain.buildbot.state._rows import StateRows
from buildbot_keychain.buildbot.state._scope_memory import ScopeMemory
from buildbot_keychain.buildbot.state._sealed_fields_table import SealedFieldsTable
from buildbot_keychain.buildbot.state._table import DatabaseProblemError
from buildbot_keychain.buildbot.state._tokens_table import TokensTable
from buildbot_keychain.buildbot.state._uses_reader import (
    BriefUse,
    BuildsUse,
    StoredUse,
    UsesReader,
)
from buildbot_keychain.buildbot.state._uses_table import UseRow, UsesTable
from buildbot_keychain.buildbot.state._writes import Writes

__all__ = [
    "MOST_APPROVALS",
    "PRINTS",
    "REBUILD",
    "ApprovalsTable",
    "BriefUse",
    "BuildKey",
    "BuildRow",
    "BuildsReader",
    "BuildsUse",
    "BuiltBefore",
    "Changed",
    "DatabaseProblemError",
    "FormValuesTable",
    "GivenRow",
    "GivenTable",
    "PrintRow",
    "PrintsTable",
    "ReferencesTable",
    "RequestRow",
    "RequestsTable",
    "RootSecretTable",
    "ScopeMemory",
    "SealedFieldsTable",
    "StateRows",
    "StoredUse",
    "TokensTable",
    "UseRow",
    "UsesReader",
    "UsesTable",
    "WaitingPage",
    "Writes",
    "is_rebuild",
]
