"""Imports from a Vault that runs: its entries of KV."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from buildbot_keychain.cli.store import _vault

if TYPE_CHECKING:
    from buildbot_keychain.store.imports import Entry


def read_server(arguments: argparse.Namespace, stack: ExitStack) -> Iterator[Entry]:
    """Yield the entries below the path of a URL: ``https://vault:8200/secret/team``.

    :param stack: closes the connection.
    :raise UsageError: when the URL or the login cannot be one.
    :raise KeychainError: when the server cannot be asked.
    """
    from buildbot_keychain.providers.vault import vault_entries  # noqa: PLC0415 - it is slow
    from buildbot_keychain.store import imports  # noqa: PLC0415 - the same

    server, path = _vault.parts(arguments.source, "https://vault:8200/secret")
    provider = _vault.provider_of(arguments, server)
    _vault.start(provider, stack)
    return imports.read_vault_entries(vault_entries(provider, path), server)
