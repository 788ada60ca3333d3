"""``buildbot-keychain generate``: makes a value that nobody sees, straight into the store."""

from __future__ import annotations

import argparse
import json

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli.store import _access, _names, _writing
from buildbot_keychain.store.generators import ALPHABETS, KINDS, LENGTH, Recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", metavar="NAME", help="the secret")
    group = parser.add_argument_group("what to make")
    group.add_argument(
        "--kind",
        choices=KINDS,
        default="password",
        help="a password (the default), a token of 256 bits, or a key pair of ssh (Ed25519) or "
        "age, of which the public half is printed",
    )
    group.add_argument(
        "--length", type=int, metavar="COUNT", help=f"characters of a password; {LENGTH} if not"
    )
    group.add_argument(
        "--alphabet",
        metavar="ALPHABET",
        help=f"of a password: {', '.join(ALPHABETS)}, or its characters themselves",
    )
    _writing.add_version_arguments(parser)
    _writing.add_metadata_arguments(parser)
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Make a value and store it."""
    name, now = _names.plain(arguments.name), _access.now()
    given = _writing.metadata(arguments, now)
    recipe = _recipe(arguments)
    with _access.opened(arguments, keep=_writing.keep(arguments)) as store:
        expected = _writing.require_expected(store.secrets, name, arguments)
        with _access.opening():
            made = recipe.make(name)
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


def _recipe(arguments: argparse.Namespace) -> Recipe:
    recipe = Recipe(arguments.kind, arguments.length, arguments.alphabet)
    problem = recipe.problem()
    if problem is not None:
        msg = f"--{problem}"
        raise UsageError(msg)
    return recipe


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
