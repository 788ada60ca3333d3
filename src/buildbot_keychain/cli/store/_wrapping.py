"""For whom keys are wrapped, as a command line says it; passphrases are asked for."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.cli._exit import UsageError
from buildbot_keychain.cli.store import _vault
from buildbot_keychain.redaction.strength import bits

if TYPE_CHECKING:
    from buildbot_keychain.store.wraps import Transit, Wrapper

_FEW_BITS = 40
"""Of a passphrase: Argon2id makes each attempt cost about half a second."""

_KEY = "https://vault:8200/transit/NAME"


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
    group.add_argument(
        "--transit",
        metavar="URL",
        help=f"a key of a Vault's transit engine, as in {_KEY}; the token must be allowed to "
        "encrypt and to decrypt with it",
    )
    _vault.add_arguments(group, "with --transit")


def wrappers(arguments: argparse.Namespace, terminal: _terminal.Terminal) -> list[Wrapper]:
    """Return for whom the keys are wrapped; passphrases are asked for."""
    from buildbot_keychain.store.wraps import AgeRecipient, Passphrase  # noqa: PLC0415 - it is slow

    found: list[Wrapper] = [AgeRecipient(key) for key in arguments.recipient]
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


def transit(arguments: argparse.Namespace, stack: ExitStack) -> Transit | None:
    """Return the key of a Vault that is named, if there is one, which wraps and opens.

    :param stack: closes the connection.
    :raise UsageError: when it, or the login, cannot be one; no server is asked then.
    :raise CommandError: when the server cannot be used here.
    """
    if arguments.transit is None:
        options = ("vault_login", "vault_namespace", "vault_ca", "vault_client_cert")
        if any(getattr(arguments, option) for option in options):
            raise UsageError("the options of a Vault go with --transit")
        return None
    from buildbot_keychain.errors import ConfigurationError  # noqa: PLC0415 - it is slow
    from buildbot_keychain.providers.vault import TransitKeyOf  # noqa: PLC0415 - the same

    if not _vault.is_address(arguments.transit):
        raise UsageError(f"--transit needs a URL such as {_KEY}")
    server, path = _vault.parts(arguments.transit, _KEY)
    mount, _, name = path.rpartition("/")
    provider = _vault.provider_of(arguments, server)
    try:
        transit = TransitKeyOf(provider, name, mount).transit()
    except ConfigurationError:
        msg = f"--transit needs a URL such as {_KEY}, with the mount of the engine and its key"
        raise UsageError(msg) from None
    _vault.start(provider, stack)
    return transit
