"""The options of ``buildbot-keychain scrub``, apart from the work, which needs SQLAlchemy."""

from __future__ import annotations

import argparse
from pathlib import Path

from buildbot_keychain.cli import known_secrets
from buildbot_keychain.cli.outcome import Exit, Stop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    known_secrets.add_arguments(parser)
    group = parser.add_argument_group("where to look")
    group.add_argument(
        "--db-url",
        metavar="URL",
        help="the database; by default what --config says, or Buildbot's default beside it",
    )
    group.add_argument(
        "--basedir",
        metavar="DIR",
        type=Path,
        help="the master's directory; by default that of --config, or the current one",
    )
    group.add_argument("--no-database", action="store_true", help="look into --text files only")
    group.add_argument(
        "--text",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        type=Path,
        help="text files too, plain or gzip: twistd.log.1 …",
    )
    group = parser.add_argument_group("what to do")
    group.add_argument("--write", action="store_true", help="replace what is found, in place")
    group.add_argument("--live", action="store_true", help="--write even if a master is running")
    group.add_argument(
        "--resume",
        metavar="FILE",
        type=Path,
        help="with --write: note in FILE how far it is, and go on from there",
    )


def check(arguments: argparse.Namespace) -> None:
    """Refuse a command line that makes no sense, with `Stop`."""
    known_secrets.check(arguments)
    if arguments.resume and not arguments.write:
        raise Stop("--resume is for --write: a search always begins anew", Exit.USAGE)
    if arguments.no_database and not arguments.text:
        raise Stop("nothing to search: with --no-database give --text", Exit.USAGE)
    if not (arguments.no_database or arguments.db_url or arguments.config):
        raise Stop("no database: give --db-url or --config, or --no-database", Exit.USAGE)


def run(arguments: argparse.Namespace) -> int:
    """Scrub what the command line names."""
    from buildbot_keychain.cli.scrub import command  # noqa: PLC0415 - SQLAlchemy is large

    return command.run(arguments)
