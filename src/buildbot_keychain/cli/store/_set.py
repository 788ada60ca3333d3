"""``buildbot-keychain set``: adds a version of a secret."""

from __future__ import annotations

import argparse

from buildbot_keychain.cli import _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli.store import _access, _names, _values, _writing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", metavar="NAME", help="the secret")
    _values.add_arguments(parser)
    _writing.add_version_arguments(parser)
    _writing.add_metadata_arguments(parser)
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Read a value and store it, if nobody else has set another one meanwhile."""
    name, now = _names.plain(arguments.name), _access.now()
    given = _writing.metadata(arguments, now)
    with _access.opened(arguments, keep=_writing.keep(arguments)) as store:
        expected = _writing.require_expected(store.secrets, name, arguments)
        value = _values.read(arguments, name)
        version = store.secrets.set(name, value, now=now, expected=expected, **given)
    if given.get("redact") is not False:
        _writing.warn_if_weak(name, value, arguments)
    _writing.report(name, version, arguments)
    return ExitStatus.SUCCESS


COMMAND = Command(
    "set",
    "set the value of a secret: by a hidden prompt, a pipe or a file",
    """\
examples:
  buildbot-keychain set deploy/token
  buildbot-keychain set deploy/key --file ~/.ssh/id_deploy --tag prod --replace
  pwgen -s 30 1 | buildbot-keychain set db/password --create --expires 90d""",
    add_arguments,
    run,
)
