"""A provider whose libraries are not installed says which extra installs them."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

import buildbot_keychain
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.catalog import CATALOG

PROVIDERS: dict[str, Callable[[], object]] = {
    "SecretInOneFile": lambda: buildbot_keychain.SecretInOneFile("secrets.yaml"),
    "SecretInVault": lambda: buildbot_keychain.SecretInVault("https://vault.example.org", "token"),
    "SecretInPass": buildbot_keychain.SecretInPass,
    "SecretInStore": lambda: buildbot_keychain.SecretInStore("sqlite:///s.sqlite", "ring"),
    "SecretInSops": lambda: buildbot_keychain.SecretInSops("secrets.yaml"),
    "SecretInAwsSecretsManager": lambda: buildbot_keychain.SecretInAwsSecretsManager("eu-west-1"),
    "SecretInKubernetes": lambda: buildbot_keychain.SecretInKubernetes(
        server="https://k8s.example.org"
    ),
    "SecretInHTTP": lambda: buildbot_keychain.SecretInHTTP("https://h.example.org/{path}"),
}
"""How to make each provider that has an extra, with arguments for which it needs its libraries."""


class ExtraTests(SynchronousTestCase):
    """Each entry of the catalog that has an extra."""

    def test_a_missing_library_is_reported_with_the_command_to_run(self) -> None:
        """When the provider is made, so that the check of a configuration reports it."""
        for entry in CATALOG:
            if entry.extra is None:
                continue
            if entry.name not in PROVIDERS:
                self.fail(f"add {entry.name} to PROVIDERS in {__file__}")
            make = PROVIDERS[entry.name]
            with mock.patch("importlib.util.find_spec", return_value=None):
                try:
                    make()
                except ConfigurationError as error:
                    message = str(error)
                else:
                    self.fail(f"{entry.name} does not call require(self.name, {entry.extra!r}, …)")
            self.assertIn(f"pip install 'buildbot-keychain[{entry.extra}]'", message)
