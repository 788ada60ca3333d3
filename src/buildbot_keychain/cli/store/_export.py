"""``buildbot-keychain export``: what leaves a store, for somebody who can open it or a program.

An export is encrypted for recipients of age, by us or by sops, before it is written anywhere. A
script of ``kv put`` holds values: it goes into a pipe, and nowhere else.
"""

from __future__ import annotations

import argparse
import os
import stat
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli.store import _access, _names
from buildbot_keychain.store.names import is_of_change
from buildbot_keychain.store.paging import every_secret

if TYPE_CHECKING:
    from buildbot_keychain.store.access import StoreAccess

_FORMS = ("age", "sops-json", "sops-yaml", "vault", "bao")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "form",
        metavar="FORM",
        choices=_FORMS,
        help="age, sops-json or sops-yaml: a file for recipients; vault or bao: a script of 'kv "
        "put' for a pipe",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these secrets; by default, all"
    )
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="RECIPIENT",
        help="a public key of age, or of ssh, of somebody who can open it; can be repeated",
    )
    parser.add_argument(
        "--mount",
        metavar="PATH",
        default="secret",
        help="for a script: where KV is mounted; by default secret",
    )
    _access.add_arguments(parser)
    parser.add_argument("--quiet", "-q", action="store_true", help="print errors, and nothing else")


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Write secrets to standard output."""
    is_script = arguments.form in {"vault", "bao"}
    if not is_script and not arguments.to:
        raise UsageError("an export needs somebody who can open it: add --to RECIPIENT")
    if is_script and arguments.to:
        raise UsageError("a script is not encrypted: leave --to out, and pipe it into sh")
    sink = _standard_streams.sink()
    if is_script:
        _require_pipe(sink)
    with _access.opened(arguments) as store, _access.opening():
        secrets = list(_secrets(store, [_names.plain(name) for name in arguments.names]))
        content = _content(arguments, secrets)
    _standard_streams.write_all(sink, content)
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    terminal.message(f"{len(secrets)} secrets were exported")
    return ExitStatus.SUCCESS


def _require_pipe(sink: int) -> None:
    mode = os.fstat(sink).st_mode
    if not stat.S_ISFIFO(mode) and not stat.S_ISSOCK(mode):
        raise CommandError(
            "the script holds values, and is not for a terminal or a file: pipe it into sh"
        )


def _secrets(store: StoreAccess, names: list[str]) -> Iterator[tuple[str, str | bytes]]:
    """Yield names and values, those of all current versions by default."""
    every = (
        found.name
        for found in every_secret(store.secrets)
        if not found.deleted and not is_of_change(found.name)
    )
    for name in names or every:
        value = store.secrets.get(name)
        if value is None and names:
            raise _names.missing(store.secrets, name)
        if value is not None:
            is_text = value.metadata.kind.name == "TEXT"
            yield name, value.text if is_text else value.content


def _content(arguments: argparse.Namespace, secrets: list[tuple[str, str | bytes]]) -> bytes:
    from buildbot_keychain.store import exports  # noqa: PLC0415 - pyrage

    form, recipients = arguments.form, arguments.to
    if form == "age":
        return exports.age_file(secrets, recipients)
    if form in exports.PROGRAMS:
        return exports.kv_script(secrets, arguments.mount, form).encode()
    command = exports.sops_arguments(recipients, form.removeprefix("sops-"))
    try:
        done = subprocess.run(  # noqa: S603 - the arguments were checked
            command, input=exports.sops_input(secrets), stdout=subprocess.PIPE, check=False
        )
    except OSError as error:
        msg = f"cannot run sops: {error.strerror}; install it, or export to age"
        raise CommandError(msg) from error
    if done.returncode:
        msg = f"sops ended with status {done.returncode}; nothing was exported"
        raise CommandError(msg)
    return done.stdout


COMMAND = Command(
    "export",
    "print secrets, encrypted or for a program that takes them",
    """\
examples:
  buildbot-keychain export age --to "$(cat alice.pub)" > secrets.age
  buildbot-keychain export sops-yaml deploy/token --to "$(cat ci.pub)" > app.yaml
  buildbot-keychain export vault --mount secret | sh""",
    add_arguments,
    run,
)
