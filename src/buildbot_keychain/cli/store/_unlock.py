"""What opens the keys of a store, as a command line or a configuration says it. Blocks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _prompt
from buildbot_keychain.cli._exit import CommandError, UsageError

if TYPE_CHECKING:
    from buildbot_keychain.store.unlocking import Unlock
    from buildbot_keychain.store.wraps import Unwrapper


def declared(unlock: Sequence[str | Unlock], directory: str | None = None) -> Sequence[Unwrapper]:
    """Return what opens the keys, as the command line or a configuration says it.

    :param directory: that of a master, which relative paths are below; the current one by default.
    :raise UsageError: when it is none of what can be said.
    :raise KeychainError: when it cannot be read.
    """
    from buildbot_keychain.store import unlocking  # noqa: PLC0415 - cryptography

    kinds: dict[str, Callable[[str], unlocking.Unlock]] = {
        "passphrase-file": lambda where: unlocking.PassphraseFrom(file=where),
        "passphrase-credential": lambda where: unlocking.PassphraseFrom(credential=where),
        "passphrase-fd": lambda where: unlocking.PassphraseFrom(descriptor=int(where)),
        "age": lambda where: unlocking.AgeIdentityFrom(file=where),
    }
    found: list[Unlock] = []
    for one in unlock:
        if not isinstance(one, str):
            found.append(one)
            continue
        kind, _, where = one.partition(":")
        if kind not in kinds or not where or (kind == "passphrase-fd" and not where.isdecimal()):
            # It may be the passphrase itself, put there by mistake.
            msg = f"--unlock needs KIND:WHERE, and KIND is one of {', '.join(kinds)}"
            raise UsageError(msg)
        found.append(kinds[kind](where))
    with _in_directory(directory):
        return unlocking.unwrappers_of(found)


def asked_passphrase(key_file: Path) -> Unwrapper:
    """Return what opens the wraps for a passphrase, which is asked for.

    :raise CommandError: when there is no terminal to ask at.
    """
    from buildbot_keychain.store.wraps import Passphrase  # noqa: PLC0415 - cryptography

    try:
        return Passphrase(_prompt.ask_hidden(f"passphrase of {key_file}"))
    except _prompt.NoTerminalError as error:
        msg = f"the keys in {key_file} are wrapped for a passphrase; there is no terminal to ask at"
        raise CommandError(msg) from error


def _in_directory(directory: str | None) -> AbstractContextManager[None]:
    if directory is None:
        return contextlib.nullcontext()
    from buildbot_keychain import inspection  # noqa: PLC0415 - Buildbot is slow

    return inspection.working_directory(Path(directory))
