"""The commands for the secrets in a store.

**Contract.** A value comes from a hidden prompt, standard input or a file, and leaves by standard
output when it is asked for; it is never an argument, in a message, or in an environment but that
of the program that ``run`` starts. What destroys something asks first. Nothing is overwritten by
accident: whoever replaces a value says so.

**Design.** `_access` finds the store that a command line names and opens it as a `StoreAccess`,
which is all that commands know of it. SQLAlchemy and cryptography are imported then, and not
before, so that the other commands start quickly.

**Modules.** Each of the others has one command or a few that belong together; `COMMANDS` has them
in the order of the help. They share `_names` (which secret is meant), `_values` (where a new value
comes from), `_writing` (what it may replace, and its metadata), `_wrapping` (for whom keys are
wrapped), `_facts` and `_times` (what is shown). `_unlock` has what opens the keys, `remote` a store
that a running master has open, `server` that of a master elsewhere.
"""

from __future__ import annotations

from buildbot_keychain.cli.store import (
    _annotate,
    _backup,
    _describe,
    _edit,
    _export,
    _generate,
    _get,
    _import,
    _init,
    _list,
    _remove,
    _rename,
    _rewrap,
    _rotate,
    _run,
    _set,
    _verify,
)

COMMANDS = (
    _init.COMMAND,
    _list.COMMAND,
    _set.COMMAND,
    _generate.COMMAND,
    _get.GET,
    _get.DIFF,
    _edit.COMMAND,
    _run.COMMAND,
    _describe.DESCRIBE,
    _describe.HISTORY,
    _rename.ROLLBACK,
    _rename.RENAME,
    _annotate.TAG,
    _annotate.ANNOTATE,
    _remove.RM,
    _remove.UNDO,
    _import.COMMAND,
    _export.COMMAND,
    *_rotate.COMMANDS,
    _rewrap.COMMAND,
    _verify.COMMAND,
    *_backup.COMMANDS,
)
