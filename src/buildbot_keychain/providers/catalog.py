"""`CATALOG`: the table of the providers of this library.

Every provider in it must be registered and documented. A new one is added here first: the tests in
``tests/packaging`` and ``tests/docs`` then list the other places that have to mention it, such as
exports, Buildbot's plugins and entry points, and pages for users.
"""

from __future__ import annotations

from dataclasses import dataclass

from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.environment import SecretInEnvironment
from buildbot_keychain.providers.files import SecretInAFile, SecretInOneFile
from buildbot_keychain.providers.http import SecretInHTTP
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.password_store import SecretInPass
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.providers.store import SecretInStore
from buildbot_keychain.providers.vault import (
    SecretInVault,
    TransitKeyOf,
    VaultAuthenticatorApprole,
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
    VaultBuildJwt,
    VaultChildTokens,
)
from buildbot_keychain.store.unlocking import AgeIdentityFrom, PassphraseFrom


@dataclass(frozen=True)
class CatalogEntry:
    """One provider.

    :param provider: its class. The class's name is the name it is exported by; its ``kind``
        addresses it in names of secrets.
    :param page: the page that shows how to use it, below ``docs/``.
    :param extra: the extra of the distribution that installs the libraries it needs.
    :param arguments: the classes of objects that some of its arguments take.
    """

    provider: type[ProviderService]
    page: str
    extra: str | None = None
    arguments: tuple[type, ...] = ()

    @property
    def name(self) -> str:
        """The name it is exported by."""
        return self.provider.__name__

    @property
    def exports(self) -> tuple[type, ...]:
        """The classes that a ``master.cfg`` needs for it."""
        return (self.provider, *self.arguments)


CATALOG = (
    CatalogEntry(SecretInAFile, "how-to/files.md"),
    CatalogEntry(SecretInOneFile, "how-to/one-file.md", "files"),
    CatalogEntry(SecretInEnvironment, "how-to/environment.md"),
    CatalogEntry(SecretInStore, "how-to/store.md", "store", (AgeIdentityFrom, PassphraseFrom)),
    CatalogEntry(
        SecretInVault,
        "how-to/vault.md",
        "vault",
        (
            TransitKeyOf,
            VaultAuthenticatorApprole,
            VaultAuthenticatorCert,
            VaultAuthenticatorJwt,
            VaultAuthenticatorKubernetes,
            VaultAuthenticatorLdap,
            VaultAuthenticatorToken,
            VaultAuthenticatorTokenFile,
            VaultAuthenticatorUserpass,
            VaultBuildJwt,
            VaultChildTokens,
        ),
    ),
    CatalogEntry(SecretInPass, "how-to/pass.md", "pass"),
    CatalogEntry(SecretInSops, "how-to/git-aws-kubernetes.md", "sops"),
    CatalogEntry(SecretInAwsSecretsManager, "how-to/git-aws-kubernetes.md", "aws"),
    CatalogEntry(SecretInKubernetes, "how-to/git-aws-kubernetes.md", "kubernetes"),
    CatalogEntry(SecretInHTTP, "how-to/http.md", "http"),
)
"""In the order in which they are shown to users."""
