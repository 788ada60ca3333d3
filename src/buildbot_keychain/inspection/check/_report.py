"""What a check of a configuration has found. No value is in it, and it can be sent as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from buildbot_keychain.inspection._findings import Findings, tupled

GIVEN, WOULD_BE_DENIED = "given", "would be denied"
"""What is decided where there is no policy, and where one only reports; others are its own."""


@dataclass(frozen=True)
class Place:
    """Where a secret is named.

    :param words: where, for people.
    :param argument: the argument in which it is.
    :param builder: the builder, if it is one's.
    :param step: the number of the step in its factory, from 0.
    :param step_name: what the step calls itself, if that is a text.
    :param asker: who asks, if no builder does: the name of a service, provider or hook.
    """

    words: str
    argument: str
    builder: str | None = None
    step: int | None = None
    step_name: str | None = None
    asker: str | None = None

    def __str__(self) -> str:
        return f"{self.words}, {self.argument}="


@dataclass(frozen=True)
class Decision:
    """What the policy will decide for some places.

    :param outcome: ``allowed``, ``needs approval``, ``denied``, `WOULD_BE_DENIED` or `GIVEN`.
    :param rule: the rule that decides.
    :param location: where that is written.
    :param depends: the conditions that each build meets or does not.
    :param places: for which.
    """

    outcome: str
    rule: str | None
    location: str | None
    depends: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Secret:
    """What is known of one secret.

    :param name: the name, as it is written.
    :param state: ``found``, or why it is not there: ``missing``, ``empty``, ``invalid``,
        ``failed``, ``unavailable``, ``dynamic`` if it is made for whoever asks, ``denied`` to all,
        ``differs`` if that depends on who asks; ``not asked`` offline.
    :param provider: the provider that holds it.
    :param version: its version, if the provider knows one; so with the others.
    :param created: when that version was made, in seconds since the epoch.
    :param expires: when it expires, the same.
    :param hidden: how well it can be hidden, in words.
    """

    name: str
    state: str
    provider: str | None = None
    version: int | str | None = None
    created: float | None = None
    expires: float | None = None
    hidden: str | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Report(Findings):
    """All of it.

    :param file: the configuration.
    :param builders: how many builders it has.
    :param named: in how many places secrets are named.
    """

    LISTS: ClassVar[tuple[str, ...]] = ("findings", "secrets")

    builders: int = 0
    named: int = 0
    secrets: tuple[Secret, ...] = ()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Report:
        """Return what `to_lines` has written, parsed and put together again."""
        secrets = tuple(map(_secret, document.pop("secrets")))
        return super().from_document({**document, "secrets": secrets})


def _secret(document: dict[str, Any]) -> Secret:
    decisions = tuple(map(_decision, document.pop("decisions")))
    return Secret(**document, decisions=decisions)


def _decision(document: dict[str, Any]) -> Decision:
    places = tuple(Place(**each) for each in document.pop("places"))
    return Decision(**tupled(document), places=places)
