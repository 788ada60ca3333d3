"""Which secrets a command is to hide: from single files, from a ``master.cfg``, or both.

Values come from files or from the providers of a configuration, never from the command line or the
environment, and go straight into a redactor. A value that can only be hidden in part is told by
its secret's name. No secret that was named is left out in silence: what cannot be read ends the
command.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable

from buildbot_keychain.cli.outcome import Exit, Stop
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.providers.files import SecretInAFile
from buildbot_keychain.redaction import Protection, RedactionPolicy, Redactor

_WEAKNESS = {
    Protection.WORDS: "is short and hidden only where no letter or digit is beside it",
    Protection.NONE: "is too short or too common to be hidden, and is not",
    Protection.BLANK: "is blank, there is nothing to hide",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which secrets to hide."""
    group = parser.add_argument_group("secrets to hide")
    group.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="hide what the file PATH holds, as <NAME>; it must be private, as for SecretInAFile",
    )
    group.add_argument(
        "--config",
        metavar="MASTER.CFG",
        help='hide secrets of the providers in c["secretsProviders"]; the file is executed',
    )
    group.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="SECRET",
        help="with --config: hide this one; without, all that the SecretInAFile providers hold",
    )


def check(arguments: argparse.Namespace) -> None:
    """Refuse a command line that names no secret, with `Stop`."""
    if arguments.name and not arguments.config:
        raise Stop("--name asks the providers of a configuration: add --config", Exit.USAGE)
    if not arguments.file and not arguments.config:
        raise Stop("no secret to hide: give --file NAME=PATH or --config MASTER.CFG", Exit.USAGE)


def redactor_for(
    arguments: argparse.Namespace,
    policy: RedactionPolicy,
    configured: Iterable[SecretDetails],
    say: Callable[[str], None],
) -> Redactor:
    """Give a redactor that knows every secret that `arguments` names.

    :param configured: what was looked up for ``--config``.
    :param say: told of each value that is weak.
    :raise Stop: when one cannot be read, or there is none to hide.
    """
    redactor = Redactor(policy)
    for entry in arguments.file:
        name, value = _from_file(entry)
        _add(redactor, name, value, say)
    for details in configured:
        _add(redactor, details.key, details.value, say)
    if not len(redactor):
        raise Stop("no secret to hide: the configuration names none, add --name or --file")
    return redactor


def _add(redactor: Redactor, name: str, value: str, say: Callable[[str], None]) -> None:
    weakness = _WEAKNESS.get(redactor.add(name, value))
    if weakness is not None:
        say(f"secret {name!r} {weakness}: use a longer value")


def _from_file(entry: str) -> tuple[str, str]:
    name, separator, path = entry.partition("=")
    if not separator or not name or not path:
        # What follows --file may be a value that was put there by mistake: it is not repeated.
        raise Stop("--file takes NAME=PATH, the name first", Exit.USAGE)
    directory, file = os.path.split(os.path.abspath(path))  # noqa: PTH100 - links stay unresolved
    try:
        value = SecretInAFile(directory).read(file)
    except KeychainError as error:
        raise Stop(f"cannot read the secret {name!r}: {error}") from None
    if value is None:
        raise Stop(
            f"cannot read the secret {name!r}: {path} is not there, or is no regular file of at "
            "most 1 MiB with a name that is neither hidden nor a backup's"
        )
    return name, value
