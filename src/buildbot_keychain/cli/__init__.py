"""The command ``buildbot-keychain``: keeps, hides and finds secrets at a terminal.

**Contract.** No command prints a value that it was not asked for, takes one from the command line
or the environment, where other users could read it, or shows a traceback. Messages name secrets.

**Design.** The commands of `store` work on an encrypted store. The others read their secrets from
files or from the providers of a ``master.cfg`` into a redactor: ``redact`` filters a pipe,
``scrub`` searches what Buildbot has stored. Every error becomes one sentence and an exit status in
one place, `main`; elsewhere errors are raised and chained as usual, since nothing else shows them.

**Modules.** `main` is the entry point, `_parser` the command line, and `_command` what it knows of
one command. `store`, `_redact`, `scrub`, `_completion` and `_man` have the commands; `_build_log`
is for downloaded logs, `_line_stream` redacts lines in place. `_known_secrets` reads the secrets
that a command line names, `_master_config` those of a configuration, with `_reactor` to wait for
them. `_exit` has the statuses and the errors that end a command, `_terminal` prints messages and
progress, `_text` says what a terminal may be shown, `_prompt` asks the person there,
`_standard_streams` knows those that are closed or full.
"""

from __future__ import annotations

from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError

__all__ = ["CommandError", "ExitStatus", "UsageError"]
