"""``buildbot-keychain get`` and ``diff``: what needs the values of secrets."""

from __future__ import annotations

import argparse
import hmac
import sys
from dataclasses import replace

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._times import format_day
from buildbot_keychain.cli.store import _access, _names
from buildbot_keychain.errors import quote


def _add_get_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="the secret: NAME, NAME@VERSION, NAME|FIELD of JSON or dotenv"
    )
    parser.add_argument("--version", type=int, metavar="N", help="an older version")
    parser.add_argument("--reveal", action="store_true", help="show it, if this is a terminal")
    _access.add_arguments(parser)


def _get(arguments: argparse.Namespace) -> ExitStatus:
    named, now = _names.parse(arguments.name), _access.now()
    if arguments.version is not None:
        if named.version is not None:
            raise UsageError("the version is given twice")
        named = replace(named, version=arguments.version)
    out = _standard_streams.output()
    is_terminal = out.isatty()
    if is_terminal and not arguments.reveal:
        raise UsageError("standard output is a terminal: add --reveal to show it there, or pipe it")
    with _access.opened(arguments) as store:
        value = _names.require_value(store.secrets, named)
        content = _names.content(value, named)
        if is_terminal and value.metadata.kind.name == "BYTES":
            raise CommandError("it is no text: pipe it into a file or a program")
        expired = value.metadata.expired_at(now)
        if expired is not None:
            message = f"secret {quote(named.name)} expired on {format_day(expired)}"
            _terminal.Terminal().message(f"{message}: builds are not given it any more")
        _names.note_use(store.secrets, named.name, now)
    # In a pipe, nothing is added: it may be a key, of which each byte counts.
    end = b"\n" if is_terminal and not content.endswith(b"\n") else b""
    _write(content + end)
    return ExitStatus.SUCCESS


def _write(content: bytes) -> None:
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _standard_streams.write_failed(error) from error


def _add_diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="A", help="NAME, NAME@VERSION or NAME|FIELD")
    parser.add_argument("name_b", metavar="B", help="the same")
    _access.add_arguments(parser)
    _terminal.add_arguments(parser)


def _diff(arguments: argparse.Namespace) -> ExitStatus:
    both = [_names.parse(text) for text in (arguments.name, arguments.name_b)]
    with _access.opened(arguments) as store:
        one, other = (
            _names.content(_names.require_value(store.secrets, named), named) for named in both
        )
    same = hmac.compare_digest(one, other)
    if arguments.json:
        _standard_streams.print_line('{"same": true}' if same else '{"same": false}')
    elif not arguments.quiet:
        _standard_streams.print_line("they are the same" if same else "they are different")
    return ExitStatus.SUCCESS if same else ExitStatus.DIFFERENT


GET = Command(
    "get",
    "print the value of a secret; a terminal needs --reveal",
    """\
examples:
  buildbot-keychain get deploy/token --reveal
  buildbot-keychain get deploy/key@3 > key
  buildbot-keychain get 'db|password' | psql-login""",
    _add_get_arguments,
    _get,
)

DIFF = Command(
    "diff",
    "say whether two values are the same, and nothing else of them",
    """\
examples:
  buildbot-keychain diff deploy/token@2 deploy/token
  buildbot-keychain diff test/password prod/password --quiet""",
    _add_diff_arguments,
    _diff,
)
