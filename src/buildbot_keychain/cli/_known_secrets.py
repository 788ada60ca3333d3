"""The secrets that a command hides: the options that name them, and the redactor that knows them.

Values come from files or from the providers of a ``master.cfg``, never from the command line or
the environment, and go straight into a redactor. A value that cannot be hidden reliably is
reported by its secret's name. A secret that cannot be read ends the command.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.providers.files import SecretInAFile
from buildbot_keychain.redaction import Protection, RedactionPolicy, Redactor

if TYPE_CHECKING:
    from buildbot_keychain.cli._master_config import MasterConfiguration

_WEAKNESSES = {
    Protection.WORDS: "is short: it is hidden only where no letter or digit is next to it",
    Protection.COMMON: "is a common word: it is hidden only where no letter or digit is next to it",
    Protection.GUESSED: "is one of the passwords that everybody tries first",
    Protection.NONE: "is not hidden: its value is too short or too common",
    Protection.BLANK: "is blank: there is nothing to hide",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the secrets to hide."""
    group = parser.add_argument_group("secrets to hide")
    group.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="hide the content of the file PATH as <NAME>; only its owner may have access to it",
    )
    group.add_argument(
        "--config",
        metavar="MASTER.CFG",
        help='hide secrets of the providers in c["secretsProviders"]; the file is executed; a '
        "master's directory will do",
    )
    group.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="SECRET",
        help="with --config: hide only this one; by default, all that SecretInAFile providers hold",
    )


def check(arguments: argparse.Namespace) -> None:
    """Raise `UsageError` for a command line that names no secret."""
    if arguments.name and not arguments.config:
        raise UsageError("--name needs --config: its providers are asked for the secret")
    if not arguments.file and not arguments.config:
        raise UsageError("no secret to hide: add --file NAME=PATH or --config MASTER.CFG")


def load_configuration(arguments: argparse.Namespace) -> MasterConfiguration | None:
    """Execute the ``--config`` file, if there is one.

    :raise CommandError: if it cannot be executed.
    """
    if not arguments.config:
        return None
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot is slow to import

    return _master_config.load(arguments.config)


def weakness(value: str) -> str | None:
    """Return why a value cannot be hidden reliably, to end a sentence; ``None`` if it can."""
    return _WEAKNESSES.get(RedactionPolicy.build_log().protection(value))


def load_redactor(
    arguments: argparse.Namespace,
    configuration: MasterConfiguration | None,
    policy: RedactionPolicy,
    warn: Callable[[str], None],
) -> Redactor:
    """Return a redactor that knows every secret that the command line names.

    :param warn: called with a sentence for each value that cannot be hidden reliably, and for
        each provider that cannot list its secrets.
    :raise CommandError: if a secret cannot be read, or if there is none.
    """
    redactor = Redactor(policy)
    for name, value in _values(arguments, configuration, warn):
        add(redactor, name, value, warn)
    if not len(redactor):
        raise CommandError("the configuration lists no secret to hide: add --name or --file")
    return redactor


def add(redactor: Redactor, name: str, value: str, warn: Callable[[str], None]) -> None:
    """Add a secret to a redactor.

    :param warn: called with a sentence if the value cannot be hidden reliably.
    """
    weakness = _WEAKNESSES.get(redactor.add(name, value).protection)
    if weakness is not None:
        warn(f"secret {name!r} {weakness}; use a longer value")


def load_values(
    arguments: argparse.Namespace,
    configuration: MasterConfiguration | None,
    name: str,
    warn: Callable[[str], None],
) -> list[str]:
    """Return the values of the secret `name`, of which ``--file`` may add old ones.

    :raise CommandError: if a secret cannot be read, or if there is none of that name.
    """
    if configuration is not None and not any(e.startswith(f"{name}=") for e in arguments.file):
        arguments.name = [name]
    found = [value for known, value in _values(arguments, configuration, warn) if known == name]
    if not found:
        raise CommandError(f"there is no secret {name!r}: add --file {name}=PATH or --config")
    return found


def _values(
    arguments: argparse.Namespace,
    configuration: MasterConfiguration | None,
    warn: Callable[[str], None],
) -> Iterator[tuple[str, str]]:
    """Yield name and value of every secret that the command line names."""
    for entry in arguments.file:
        yield _read_file(entry)
    if configuration is not None:
        for details in configuration.secrets(arguments.name, warn):
            yield details.key, details.value


def _read_file(entry: str) -> tuple[str, str]:
    name, separator, path = entry.partition("=")
    if not separator or not name or not path:
        # The argument may be a value that was put there by mistake: it is not repeated.
        raise UsageError("--file needs NAME=PATH, the name first")
    directory, file = os.path.split(os.path.abspath(path))  # noqa: PTH100 - links stay unresolved
    try:
        value = SecretInAFile(directory).read(file)
    except KeychainError as error:
        raise CommandError(f"cannot read the secret {name!r}: {error}") from error
    if value is None:
        raise CommandError(
            f"cannot read the secret {name!r}: {path} must be a regular file of at most 1 MiB, and "
            "its name must not be that of a hidden file or a backup"
        )
    return name, value
