"""``buildbot-keychain token``: makes, lists and revokes tokens for the JSON of a master's page."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from buildbot_keychain.bearer_tokens import SCOPES, TokenRow, new_token
from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._command import Command, add_config_argument
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._terminal import Terminal

if TYPE_CHECKING:
    from buildbot_keychain.cli._database import Database

_DAY = 24 * 60 * 60
_MOST_DAYS = 366
_LONGEST = 200
"""Characters of a name or a note."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done, and the options of a new token."""
    parser.add_argument(
        "action", choices=["create", "list", "revoke"], help="what to do with tokens"
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="the token to revoke, as listed")
    add_config_argument(parser)
    parser.add_argument("--person", metavar="NAME", help="whose token it is: the name of a login")
    parser.add_argument(
        "--scope", action="append", choices=SCOPES, help="what it is for; may be repeated"
    )
    parser.add_argument(
        "--days", type=int, default=90, metavar="N", help="for how long it is valid (default: 90)"
    )
    parser.add_argument("--note", default="", metavar="TEXT", help="what it is used for")


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Do what the first argument says."""
    _check(arguments)
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot takes long to import
    from buildbot_keychain.cli._database import Database  # noqa: PLC0415 - and SQLAlchemy

    do: Callable[[Database, argparse.Namespace], None]
    do = {"create": _create, "list": _list, "revoke": _revoke}[arguments.action]
    config = _master_config.load(arguments.config)
    database = Database(config.db_url, config.basedir)
    try:
        do(database, arguments)
    finally:
        database.close()
    return ExitStatus.SUCCESS


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.action == "revoke") != (arguments.id is not None):
        raise UsageError("revoke needs the ID of a token, and nothing else takes one")
    if arguments.action != "create":
        return
    if not (arguments.person or "").strip() or not arguments.scope:
        raise UsageError("create needs --person and --scope")
    if not 1 <= arguments.days <= _MOST_DAYS:
        raise UsageError(f"--days must be between 1 and {_MOST_DAYS}")
    if max(len(arguments.person), len(arguments.note)) > _LONGEST:
        raise UsageError(f"--person and --note take up to {_LONGEST} characters")


def _create(database: Database, arguments: argparse.Namespace) -> None:
    token, number, digest = new_token()
    now = int(time.time())
    row = TokenRow(
        id=number,
        digest=digest,
        person=arguments.person,
        scopes=frozenset(arguments.scope),
        note=arguments.note,
        created_at=now,
        expires_at=now + arguments.days * _DAY,
    )
    database.add_token(row)
    _standard_streams.print_line(token)
    Terminal().message(
        f"the token {number} of {arguments.person!r} is valid until {_date(row.expires_at)}; "
        "it is shown only now"
    )


def _list(database: Database, _arguments: argparse.Namespace) -> None:
    for row in database.tokens():
        ended = " (ended)" if row.expires_at <= time.time() else ""
        _standard_streams.print_line(
            f"{row.id}  {row.person!r}  {' '.join(sorted(row.scopes))}  made "
            f"{_date(row.created_at)}, until {_date(row.expires_at)}{ended}  {row.note!r}"
        )


def _revoke(database: Database, arguments: argparse.Namespace) -> None:
    if not database.remove_token(arguments.id):
        raise CommandError(
            "there is no token of that ID: see buildbot-keychain token list, and give the ID, not "
            "the token"
        )
    Terminal().message("the token is revoked")


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")


COMMAND = Command(
    "token",
    "make, list and revoke tokens for programs",
    """examples:
  buildbot-keychain token create --person rolf --scope approvals:read --days 30
  buildbot-keychain token list --config /srv/master
  buildbot-keychain token revoke 0123456789abcdef""",
    add_arguments,
    run,
)
