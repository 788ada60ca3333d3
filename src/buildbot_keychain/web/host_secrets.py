"""`ISecrets`: what the pages of secrets ask of their host. There is no value in any answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zope.interface import Attribute, Interface

from buildbot_keychain.details import SecretDescription
from buildbot_keychain.resilience import ProviderState

Sees = Callable[[str, str], bool]
"""Returns whether a visitor may know of a secret, by its provider and its canonical name."""


@dataclass(frozen=True)
class Provider:
    """A provider of the configuration.

    :param kind: what it is, such as ``vault``.
    :param lists: whether it can list its secrets.
    :param problem: why it has not listed them now, as a sentence; empty if it has.
    """

    name: str
    kind: str
    state: ProviderState
    lists: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Listed:
    """A secret in a list.

    :param provider: the provider's name.
    :param path: the canonical name in it.
    """

    provider: str
    path: str

    @property
    def name(self) -> str:
        """The name by which that provider alone is asked for it."""
        return f"{self.provider}!{self.path}"


@dataclass(frozen=True)
class Listing:
    """A page of a list of secrets.

    :param after: the name behind which the next page begins; ``None`` on the last one.
    :param problems: why a provider's secrets are missing, as a sentence, by its name.
    """

    secrets: tuple[Listed, ...] = ()
    after: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


class ISecrets(Interface):
    """The secrets of a host, and what it knows of them. All methods return Deferreds."""

    policy = Attribute("The `buildbot_keychain.policy.Policy` in force; ``None`` if there is none.")

    def providers():  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return the providers, each a `Provider`, in the order in which they are asked."""

    def listed(sees, search, after, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a `Listing`, sorted by name.

        :param sees: a `Sees`; called in a thread.
        :param search: what a name, a tag or a builder that had the secret must contain (`str`).
        :param after: the name behind which it begins (`str`).
        :param limit: how many secrets at most.
        """

    def described(provider, path):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a `SecretDescription`; ``None`` where nothing is known of such a secret."""


__all__ = ["ISecrets", "Listed", "Listing", "Provider", "SecretDescription", "Sees"]
