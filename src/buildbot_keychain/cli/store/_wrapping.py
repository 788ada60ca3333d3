"""For whom keys are wrapped, as a command line says it; passphrases are asked for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.redaction.strength import bits

if TYPE_CHECKING:
    from buildbot_keychain.store.wraps import AgeRecipient, Passphrase

_FEW_BITS = 40
"""Of a passphrase: Argon2id makes each attempt cost about half a second."""


def add_arguments(parser: argparse.ArgumentParser, title: str) -> None:
    """Add the options that name people and machines."""
    group = parser.add_argument_group(title)
    group.add_argument(
        "--passphrase",
        nargs="?",
        const="passphrase",
        action="append",
        default=[],
        metavar="WHOSE",
        help="a passphrase, which is asked for; can be repeated, with names such as alice",
    )
    group.add_argument(
        "--recipient",
        action="append",
        default=[],
        metavar="KEY",
        help="the private key of age to this public one (age1..., ssh-...); can be repeated",
    )


def wrappers(
    arguments: argparse.Namespace, terminal: _terminal.Terminal
) -> list[AgeRecipient | Passphrase]:
    """Return for whom the keys are wrapped; passphrases are asked for."""
    from buildbot_keychain.store.wraps import AgeRecipient, Passphrase  # noqa: PLC0415 - it is slow

    found: list[AgeRecipient | Passphrase] = [AgeRecipient(key) for key in arguments.recipient]
    for label in arguments.passphrase:
        of_whom = "" if label == "passphrase" else f" of {label}"
        text = _prompt.ask_hidden_twice(f"new passphrase{of_whom}")
        found.append(Passphrase(text, label))
        if bits(text) < _FEW_BITS:
            terminal.message(
                f"the passphrase{of_whom} can be guessed by somebody who has the file: six words "
                "that were chosen at random cannot"
            )
    return found
