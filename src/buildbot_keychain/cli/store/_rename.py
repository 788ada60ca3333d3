"""``buildbot-keychain rename`` and ``rollback``: change nothing of a value."""

from __future__ import annotations

import argparse

from buildbot_keychain.cli import _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli.store import _access, _names


def _add_rename_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the secret")
    parser.add_argument("to", metavar="NEW", help="its new name, which no other secret has")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser, results=False)


def _rename(arguments: argparse.Namespace) -> ExitStatus:
    name = _names.plain(arguments.name)
    with _access.opened(arguments) as store:
        _names.require_description(store.secrets, name)
        store.secrets.rename(name, arguments.to, now=_access.now())
    message = f"{name} is now {arguments.to}: builds find it by that name alone"
    _terminal.Terminal(quiet=arguments.quiet).message(message)
    return ExitStatus.SUCCESS


def _add_rollback_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the secret")
    parser.add_argument("to", type=int, metavar="VERSION", help="the version")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser, results=False)


def _rollback(arguments: argparse.Namespace) -> ExitStatus:
    name, now = _names.plain(arguments.name), _access.now()
    with _access.opened(arguments) as store:
        known = _names.require_description(store.secrets, name)
        store.secrets.rollback(name, arguments.to, now=now, expected=known.version)
    message = f"{name}: version {arguments.to} is the current one, and was {known.version}"
    _terminal.Terminal(quiet=arguments.quiet).message(message)
    return ExitStatus.SUCCESS


RENAME = Command(
    "rename",
    "rename a secret, with all its versions",
    """\
examples:
  buildbot-keychain rename token deploy/token""",
    _add_rename_arguments,
    _rename,
)

ROLLBACK = Command(
    "rollback",
    "make an older version of a secret the current one",
    """\
examples:
  buildbot-keychain rollback deploy/token 3""",
    _add_rollback_arguments,
    _rollback,
)
