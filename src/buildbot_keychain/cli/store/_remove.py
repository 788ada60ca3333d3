"""``buildbot-keychain rm`` and ``undo``: delete secrets, bring them back, remove them for good.

What is deleted is not served, and stays until it is purged. All secrets that a command line names
are looked up before the first is touched.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._times import parse_span
from buildbot_keychain.cli.store import _access, _names
from buildbot_keychain.errors import NotInStore, quote
from buildbot_keychain.store.access import Secrets
from buildbot_keychain.store.paging import every_secret

_SHOWN = 5
"""Names in a question."""


def _add_rm_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="secrets to delete")
    parser.add_argument(
        "--purge",
        action="store_true",
        help="remove them for good, with all their versions; without a NAME, all that were deleted "
        "a while ago",
    )
    parser.add_argument(
        "--older-than",
        metavar="SPAN",
        help="with --purge and without a NAME: how long ago at least; 30d by default",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser, results=False)


def _rm(arguments: argparse.Namespace) -> ExitStatus:
    names = list(dict.fromkeys(map(_names.plain, arguments.names)))
    if not names and not arguments.purge:
        raise UsageError("no secret is named")
    if arguments.older_than and (names or not arguments.purge):
        raise UsageError("--older-than needs --purge, and no NAME")
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    age = parse_span(arguments.older_than or "30d")
    now = _access.now()
    with _access.opened(arguments) as store:
        secrets = store.secrets
        if not names:
            _purge_old(secrets, terminal, now - age, yes=arguments.yes)
            return ExitStatus.SUCCESS
        if arguments.purge:
            _require_known(secrets, names)
        else:
            for name in names:
                _names.require_description(secrets, name)
        what = "remove {} for good?" if arguments.purge else "delete {}?"
        _prompt.require_confirmed(what.format(_shown(names)), yes=arguments.yes)
        for name in names:
            _remove(secrets, name, now, for_good=arguments.purge)
            done = "removed for good" if arguments.purge else "deleted; undo brings it back"
            terminal.message(f"{name}: {done}")
    return ExitStatus.SUCCESS


def _purge_old(secrets: Secrets, terminal: _terminal.Terminal, before: int, *, yes: bool) -> None:
    """Remove for good what was deleted before a time, and is so still when that is confirmed."""
    names = list(_deleted_before(secrets, before))
    if not names:
        terminal.message("nothing was deleted that long ago")
        return
    _prompt.require_confirmed(f"remove {_shown(names)} for good?", yes=yes)
    for name in names:
        known = secrets.describe(name)
        if known is None:
            continue  # somebody else has removed it
        done = "it is in use again, and stays"
        with contextlib.suppress(NotInStore):  # it was brought back this very moment
            if 0 < known.deleted <= before:
                secrets.purge(name, now=_access.now())
                done = "removed for good"
        terminal.message(f"{name}: {done}")


def _remove(secrets: Secrets, name: str, now: int, *, for_good: bool) -> None:
    known = secrets.describe(name)
    if known is not None and not known.deleted:
        secrets.delete(name, now=now)
    if for_good:
        secrets.purge(name, now=now)


def _deleted_before(secrets: Secrets, time: int) -> Iterator[str]:
    return (one.name for one in every_secret(secrets) if one.deleted and one.deleted <= time)


def _require_known(secrets: Secrets, names: Sequence[str]) -> None:
    for name in names:
        if secrets.describe(name) is None:
            raise _names.missing(secrets, name)


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(map(quote, names[:_SHOWN]))
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _add_undo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help="secrets that were deleted")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser, results=False)


def _undo(arguments: argparse.Namespace) -> ExitStatus:
    names = list(dict.fromkeys(map(_names.plain, arguments.names)))
    with _access.opened(arguments) as store:
        _require_known(store.secrets, names)
        for name in names:
            known = store.secrets.describe(name)
            if known is None or not known.deleted:
                raise CommandError(f"secret {quote(name)} is not deleted")
        for name in names:
            store.secrets.undelete(name, now=_access.now())
            _terminal.Terminal(quiet=arguments.quiet).message(f"{name}: it is back")
    return ExitStatus.SUCCESS


RM = Command(
    "rm",
    "delete secrets; undo brings them back until they are purged",
    """\
examples:
  buildbot-keychain rm deploy/token
  buildbot-keychain rm deploy/token --purge --yes
  buildbot-keychain rm --purge --older-than 90d""",
    _add_rm_arguments,
    _rm,
)

UNDO = Command(
    "undo",
    "bring deleted secrets back",
    """\
examples:
  buildbot-keychain undo deploy/token""",
    _add_undo_arguments,
    _undo,
)
