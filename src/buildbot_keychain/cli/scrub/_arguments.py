"""The options of ``buildbot-keychain scrub``."""

from __future__ import annotations

import argparse
from pathlib import Path

from buildbot_keychain.cli import _known_secrets, _terminal
from buildbot_keychain.cli._exit import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    _known_secrets.add_arguments(parser)
    _terminal.add_arguments(parser)
    group = parser.add_argument_group("where to search")
    group.add_argument(
        "--db-url",
        metavar="URL",
        help="the database; by default, the one in --config or Buildbot's default next to it",
    )
    group.add_argument(
        "--basedir",
        metavar="DIR",
        type=Path,
        help="the master's directory; by default, that of --config or the current one",
    )
    group.add_argument("--no-database", action="store_true", help="search only the --text files")
    group.add_argument(
        "--text",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        type=Path,
        help="text files to search too, plain or gzip, bzip2, xz or zstd, such as twistd.log.1",
    )
    group = parser.add_argument_group("what to do")
    group.add_argument("--write", action="store_true", help="replace secrets in place")
    group.add_argument("--live", action="store_true", help="--write even if a master is running")
    group.add_argument(
        "--guessable",
        action="store_true",
        help="hide short values and parts also where no record says that the build was given them; "
        "that tells whoever printed a guess that it was right",
    )
    group.add_argument(
        "--resume",
        metavar="FILE",
        type=Path,
        help="with --write: note the progress in FILE, and continue from there after a stop",
    )


def check(arguments: argparse.Namespace) -> None:
    """Raise `UsageError` for a command line that makes no sense."""
    _known_secrets.check(arguments)
    if arguments.resume and not arguments.write:
        raise UsageError("--resume needs --write: a search always starts from the beginning")
    if arguments.no_database and not arguments.text:
        raise UsageError("nothing to search: --no-database needs --text")
    if not (arguments.no_database or arguments.db_url or arguments.config):
        raise UsageError("no database to search: add --db-url, --config or --no-database")
