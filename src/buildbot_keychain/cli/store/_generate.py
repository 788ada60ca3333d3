"""``buildbot-keychain generate``: makes a value that nobody sees, straight into the store."""

from __future__ import annotations

import argparse
import json

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli.store import _access, _generators, _names, _writing

_LENGTH = 24
_LONGEST = 4096
_KINDS = ("password", "token", "ssh", "age")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", metavar="NAME", help="the secret")
    group = parser.add_argument_group("what to make")
    group.add_argument(
        "--kind",
        choices=_KINDS,
        default="password",
        help="a password (the default), a token of 256 bits, or a key pair of ssh (Ed25519) or "
        "age, of which the public half is printed",
    )
    group.add_argument(
        "--length", type=int, metavar="COUNT", help=f"characters of a password; {_LENGTH} if not"
    )
    group.add_argument(
        "--alphabet",
        metavar="ALPHABET",
        help=f"of a password: {', '.join(_generators.ALPHABETS)}, or its characters themselves",
    )
    _writing.add_version_arguments(parser)
    _writing.add_metadata_arguments(parser)
    _access.add_arguments(parser)
    _terminal.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Make a value and store it."""
    name, now = _names.plain(arguments.name), _access.now()
    given = _writing.metadata(arguments, now)
    _require_valid(arguments)
    with _access.opened(arguments, keep=_writing.keep(arguments)) as store:
        expected = _writing.require_expected(store.secrets, name, arguments)
        with _access.opening():
            made = _generate(arguments, name)
        if made.public is not None:
            given.setdefault("description", f"public key: {made.public}")
        version = store.secrets.set(name, made.value, now=now, expected=expected, **given)
    _writing.warn_if_weak(name, made.value, arguments)
    if arguments.json:
        facts = {"name": name, "version": version, "public": made.public}
        _standard_streams.print_line(json.dumps(facts))
        return ExitStatus.SUCCESS
    _writing.report(name, version, arguments)
    if made.public is not None:
        _standard_streams.print_line(made.public)
    return ExitStatus.SUCCESS


def _require_valid(arguments: argparse.Namespace) -> None:
    if arguments.kind != "password":
        if arguments.length is not None or arguments.alphabet is not None:
            raise UsageError("--length and --alphabet are for passwords")
        return
    if arguments.length is not None and not 1 <= arguments.length <= _LONGEST:
        raise UsageError(f"--length must be 1 to {_LONGEST}")
    characters = _alphabet(arguments)
    if len(set(characters)) < 2 or not characters.isprintable():  # noqa: PLR2004 - a choice
        names = ", ".join(_generators.ALPHABETS)
        msg = f"--alphabet must be {names}, or two printable characters or more"
        raise UsageError(msg)


def _alphabet(arguments: argparse.Namespace) -> str:
    given = arguments.alphabet if arguments.alphabet is not None else "full"
    # Each counts once: one that is there twice would be chosen more often.
    return "".join(sorted(set(_generators.ALPHABETS.get(given, given))))


def _generate(arguments: argparse.Namespace, name: str) -> _generators.Generated:
    if arguments.kind == "token":
        return _generators.token()
    if arguments.kind == "ssh":
        return _generators.ssh_key(name)
    if arguments.kind == "age":
        return _generators.age_key()
    length = _LENGTH if arguments.length is None else arguments.length
    return _generators.password(length, _alphabet(arguments))


COMMAND = Command(
    "generate",
    "make a password, token or key pair, straight into the store",
    """\
examples:
  buildbot-keychain generate db/password --length 32 --alphabet alnum
  buildbot-keychain generate deploy/key --kind ssh > key.pub
  buildbot-keychain generate webhook --kind token --replace --expires 1y""",
    add_arguments,
    run,
)
