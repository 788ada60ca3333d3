"""``buildbot-keychain scrub``: finds and replaces secrets that Buildbot has already stored.

**Contract.** Without ``--write`` nothing is changed. With it, every change is a short transaction,
or a file that is replaced as a whole: the command can be killed at any moment and run again, and
half of a secret is never written. No report shows a value.

**Design.** A secret that was printed before it was hidden can be anywhere: in any text column, as
an escape in JSON or within base64, in a compressed log, across two chunks of one. Each stored
value is redacted and put back in the format that its column holds. Columns by which Buildbot finds
things again are only reported. A row is replaced only if it is still as it was read, so that a
running master loses nothing. What belongs to a build is redacted for readers who have what that
build was given; elsewhere, and in all of an older database, only what nobody could have guessed is
hidden, unless that is asked for.

**Modules.** `_arguments` has the options. `_command` goes through the database and the files.

- rows: `_rows` reads and writes them, `_cell_redactor` redacts one value, `_schema` knows
  Buildbot's columns;
- logs: `_logs` keeps chunks and channels apart, `_compression` reads and writes what Buildbot
  compresses;
- text files: `_text_files`, `_text_formats` (compressions and encodings), `_partial_files`;
- the database itself: `_running_master`;
- who reads what: `_readers`;
- what is reported and remembered: `_locations` describes where a row belongs, `_report` prints,
  `_resume_file` notes how far the command is.
"""

from __future__ import annotations

import argparse

from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli.scrub._arguments import add_arguments

__all__ = ["COMMAND"]


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Scrub what the command line names."""
    from buildbot_keychain.cli.scrub import _command  # noqa: PLC0415 - SQLAlchemy is slow to import

    return _command.run(arguments)


COMMAND = Command(
    "scrub",
    "find and replace secrets in Buildbot's database and in log files",
    """\
examples:
  buildbot-keychain scrub --config /srv/master
  buildbot-keychain scrub --config /srv/master --text /srv/master/twistd.log*
  buildbot-keychain scrub --file deploy/token=old-token --config /srv/master --write
  buildbot-keychain scrub --file token=old-token --no-database --text build.log --json""",
    add_arguments,
    run,
)
