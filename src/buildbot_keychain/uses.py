"""What a master keeps of who asked for which secret, and of what was decided, for whoever reads it.

A `Use` is the name of a secret, who asked for it, and what came of that. Equal ones are one row of
the table `USES`, which says how often there were such, and when. The table `DECISIONS` has a row
for each of them that a build had. Neither has values of secrets.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from buildbot_keychain.details import Requester, SourceStamp, facts_of

USES = "keychain_uses"
"""The table of uses in the master's database."""

DECISIONS = "keychain_decisions"
"""The table of what builds were given and denied, in the master's database."""

GIVEN = "given"
"""The outcome where there is no policy."""

ALLOWED = "allowed"

DENIED = "denied"

NEEDS_APPROVAL = "needs approval"
"""The outcome where people must approve first, and have not."""

WOULD_BE_DENIED = "would be denied"
"""The outcome where a policy only reports: the secret was given."""

REFUSED = frozenset({DENIED, NEEDS_APPROVAL})
"""The outcomes where no secret was given."""

FORM = "form"
"""The provider of what is typed into forms, which no configuration names."""

DATABASE = "db_url"
"""The name by which the database of a master asks, as a service."""

LOGINS = "pb"
"""The name by which logins over PB ask, as a service."""

HOOKS = "hook/"
"""What the names begin with by which web hooks ask, as services."""

LONGEST = 16_384
"""Characters of a use that is kept."""

_OF_ONE_BUILD = frozenset({"build", "scope", "branch", "project", "service_class"})
"""Facts that are left out: those of a single build, and those that others say better."""


_MOST_KEPT = 256
"""Requesters of which it is kept how they are stored: each asks for several secrets."""


@dataclass(frozen=True)
class Use:
    """That somebody asked for a secret.

    :param name: its name, as it was asked for.
    :param requester: who asked, but for which build it was.
    :param outcome: what was decided: `GIVEN`, `ALLOWED`, `DENIED`, `NEEDS_APPROVAL` or
        `WOULD_BE_DENIED`.
    :param reason: why, in a line; empty where there is no policy.
    """

    name: str
    requester: Requester
    outcome: str = GIVEN
    reason: str = ""

    @property
    def was_given(self) -> bool:
        """Whether the secret was given, if there was one."""
        return self.outcome not in REFUSED

    def stored(self) -> str:
        """Return it as JSON in ASCII, which any database keeps."""
        name, outcome, reason = map(json.dumps, (self.name, self.outcome, self.reason))
        facts = _stored_facts(self.requester)
        return f'{{"name":{name},"outcome":{outcome},"reason":{reason},"requester":{facts}}}'

    @classmethod
    def read(cls, text: str) -> Use | None:
        """Return what is stored as `text`; ``None`` if that is not a use of this version."""
        try:
            document = json.loads(text)
            facts = {name: document["requester"][name] for name in document["requester"]}
            stamps = tuple(_known(SourceStamp, stamp) for stamp in facts.pop("source_stamps"))
            facts["builder_tags"] = tuple(facts.get("builder_tags", ()))
            requester = _known(Requester, {**facts, "source_stamps": stamps})
            texts = [str(document[name]) for name in ("name", "outcome", "reason")]
        except (ValueError, LookupError, TypeError, AttributeError):
            return None
        return cls(texts[0], requester, texts[1], texts[2])


def key_of(text: str) -> str:
    """Return what identifies a use that is stored as `text`: 32 characters."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


@lru_cache(_MOST_KEPT)
def _stored_facts(requester: Requester) -> str:
    """Return what is stored of whoever asks, as JSON in ASCII."""
    unknown: dict[str, Any] = {"outside": None, "forced": None, "source_stamps": []}
    facts = {**unknown, **facts_of(requester)}
    for name in _OF_ONE_BUILD & facts.keys():
        del facts[name]
    return json.dumps(facts, sort_keys=True, separators=(",", ":"))


def _known(cls: type[Any], facts: dict[str, Any]) -> Any:  # noqa: ANN401 - a `cls`
    """Return a `cls` with those of `facts` that it knows."""
    return cls(**{field.name: facts[field.name] for field in fields(cls) if field.name in facts})
