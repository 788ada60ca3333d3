"""Which names of secrets must not be shown: those whose labels show a secret, or are part of one.

Both would make a difference when a text is redacted again, and the former is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText

from .labels import Labels, fallback, plain

__all__ = ["Naming", "bracketed", "labels_of"]

_LABEL = re.compile(rb"(?=(<[^<>\r\n]+>))")


class _Finds(Protocol):
    @property
    def patterns(self) -> Sequence[Pattern]: ...

    def find(self, text: FoldedText, *, final: bool) -> Sequence[object]: ...


class Naming:
    """The names that must not be shown beside some layers, found step by step."""

    def __init__(self, others: Iterable[bytes] = ()) -> None:
        """Begin without names and layers, beside other texts (bytes) that may hold a label."""
        self._checked: dict[str, None] = {}
        self.entangled: set[str] = set()
        """The names."""
        self.bracketed = set(others)
        """The texts of patterns that may hold a label."""

    def update(
        self, names: Iterable[str | None], layers: Sequence[_Finds], newest: _Finds | None
    ) -> None:
        """Check new names with all layers, and names checked before with the newest layer."""
        new = dict.fromkeys(name for name in names if name is not None)
        fresh = [name for name in new if name not in self._checked]
        for name in fresh:
            label = plain(name)
            if label is None or any(_occurs(layer, label) for layer in layers):
                self.entangled.add(name)
        if newest is not None:
            # One look at all labels is nearly always enough; NUL keeps them apart.
            old = list(self._checked)
            if old and _occurs(newest, "\0".join(f"<{name}>" for name in old)):
                self.entangled.update(name for name in old if _occurs(newest, f"<{name}>"))
            self.bracketed.update(bracketed(newest.patterns))
        self._checked.update(dict.fromkeys(fresh))
        self.entangled.update(
            name
            for text in self.bracketed
            for match in _LABEL.finditer(text)
            if (name := match[1][1:-1].decode("utf-8", "surrogatepass")) in self._checked
        )


def labels_of(names: Iterable[str | None], namings: Sequence[Naming]) -> Labels:
    """Return the labels of names, by their index, as far as all namings let them show.

    A secret without a name here has none to show.
    """
    anonymous = fallback({text for naming in namings for text in naming.bracketed})
    hidden: set[str | None] = {None}
    hidden.update(*(naming.entangled for naming in namings))
    shown = (anonymous if name in hidden else f"<{name}>" for name in names)
    return Labels([label.encode("utf-8", "surrogatepass") for label in shown], anonymous.encode())


def bracketed(patterns: Iterable[Pattern]) -> Iterator[bytes]:
    """Yield the texts of patterns that may hold a label."""
    return (pattern.text for pattern in patterns if b"<" in pattern.text)


def _occurs(layer: _Finds, text: str) -> bool:
    view = FoldedText(text.encode("utf-8", "surrogatepass"))
    return bool(layer.find(view, final=True))
