"""What an inspection has found. No value is in it, and it can be sent as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, TypeVar

PROBLEM, UNCHECKED, NOTE = "problem", "unchecked", "note"
"""How grave something is: it is wrong, nobody can tell, or somebody should know."""

LEVELS = (PROBLEM, UNCHECKED, NOTE)

PART = "part"
"""The member of an object of JSON that says of which list its ``value`` is."""

F = TypeVar("F", bound="Findings")


@dataclass(frozen=True)
class Finding:
    """Something that somebody should know.

    :param level: `PROBLEM`, `UNCHECKED` or `NOTE`.
    :param kind: what it is, in a word or two.
    :param sentence: what is wrong, and what to do unless `remedy` says it.
    :param places: where.
    :param remedy: what to do: a command where there is one, else a sentence.
    :param page: the address of the page that explains it; empty if there is none.
    """

    level: str
    kind: str
    sentence: str
    places: tuple[str, ...] = ()
    remedy: str = ""
    page: str = ""


@dataclass(frozen=True)
class Findings:
    """All that was found in one inspection.

    :param file: what was inspected: a configuration, or the directory of a master.
    :cvar LISTS: what may be long of it.
    """

    LISTS: ClassVar[tuple[str, ...]] = ("findings",)

    file: str
    findings: tuple[Finding, ...] = ()

    def count(self, level: str) -> int:
        """Return how many findings are of a level."""
        return sum(finding.level == level for finding in self.findings)

    def without(self: F, kinds: Iterable[str]) -> F:  # noqa: PYI019 - not in Python 3.10
        """Return the same without the findings of some kinds."""
        left_out = frozenset(kinds)
        kept = tuple(each for each in self.findings if each.kind not in left_out)
        return replace(self, findings=kept)

    def with_findings(self: F, findings: Iterable[Finding]) -> F:  # noqa: PYI019 - as above
        """Return the same with more findings."""
        return replace(self, findings=in_order([*self.findings, *findings]))

    def to_lines(self) -> Iterator[str]:
        """Yield it as JSON, in ASCII: a line for each part of what may be long, and the rest.

        So nobody who reads it in a thread keeps others waiting.
        """
        document = asdict(self)
        for name in self.LISTS:
            for each in document[name]:
                yield json.dumps({PART: name, "value": each})
            document[name] = []
        yield json.dumps(document)

    @classmethod
    def from_document(cls: type[F], document: dict[str, Any]) -> F:  # noqa: PYI019 - as above
        """Return what `to_lines` has written, parsed and put together again."""
        findings = tuple(Finding(**tupled(each)) for each in document.pop("findings"))
        return cls(**document, findings=findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first."""
    return tuple(sorted(findings, key=lambda f: (LEVELS.index(f.level), f.kind, f.sentence)))


def tupled(document: dict[str, Any]) -> dict[str, Any]:
    """Return an object of JSON with tuples in place of its lists."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in document.items()}
