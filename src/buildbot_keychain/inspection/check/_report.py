"""What a check of a configuration has found. No value is in it, and it can be sent as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

PROBLEM, UNCHECKED, NOTE = "problem", "unchecked", "note"
"""How grave something is: it will not work, nobody can tell, or somebody should know."""

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
class Finding:
    """Something that somebody should know.

    :param level: `PROBLEM`, `UNCHECKED` or `NOTE`.
    :param kind: what it is, in a word or two.
    :param sentence: what is wrong, and what to do.
    :param places: where.
    """

    level: str
    kind: str
    sentence: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All of it.

    :param file: the configuration.
    :param builders: how many builders it has.
    :param named: in how many places secrets are named.
    """

    file: str
    builders: int = 0
    named: int = 0
    secrets: tuple[Secret, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def count(self, level: str) -> int:
        """Return how many findings are of a level."""
        return sum(finding.level == level for finding in self.findings)

    def to_json(self) -> str:
        """Return it as JSON, in ASCII and on one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Report:
        """Return what `to_json` has written."""
        document: dict[str, Any] = json.loads(text)
        secrets = tuple(map(_secret, document.pop("secrets")))
        findings = tuple(Finding(**_tupled(each)) for each in document.pop("findings"))
        return cls(**document, secrets=secrets, findings=findings)


def _secret(document: dict[str, Any]) -> Secret:
    decisions = tuple(map(_decision, document.pop("decisions")))
    return Secret(**document, decisions=decisions)


def _decision(document: dict[str, Any]) -> Decision:
    places = tuple(Place(**each) for each in document.pop("places"))
    return Decision(**_tupled(document), places=places)


def _tupled(document: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in document.items()}
