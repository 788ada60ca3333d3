"""The commands for the secrets in a store.

**Contract.** A value comes from a hidden prompt, standard input or a file, and leaves by standard
output when it is asked for; it is never an argument, in the environment, or in a message. What
destroys something asks first. Nothing is overwritten by accident: whoever replaces a value says so.

**Design.** `_access` finds the store that a command line names and opens it as a `StoreAccess`,
which is all that commands know of it. SQLAlchemy and cryptography are imported then, and not
before, so that the other commands start quickly.

**Modules.** Each of the others has one command or a few that belong together; `COMMANDS` has them
in the order of the help. `_times` reads and shows times, `_text` shows what others have written.
"""

from __future__ import annotations

from buildbot_keychain.cli.store import _list

COMMANDS = (_list.COMMAND,)
