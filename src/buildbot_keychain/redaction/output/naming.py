"""Which names of secrets must not be shown: those whose labels show a secret, or are part of one.

Both would make a difference when a text is redacted again, and the former is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText

from .labels import Labels, fallback, plain

__all__ = ["Naming", "labels_in_html", "labels_of"]

_LABEL = re.compile(rb"(?=(<[^<>\r\n]+>))")


class _Finds(Protocol):
    def find(self, text: FoldedText, *, final: bool) -> Sequence[object]: ...


class _HasPatterns(_Finds, Protocol):
    @property
    def bracketed(self) -> Sequence[Pattern]: ...


class _Bracketed:
    """Texts of patterns that may hold a label, and the names in what looks like one."""

    def __init__(self) -> None:
        """Begin without any."""
        self.texts: set[bytes] = set()
        self.names: set[str] = set()

    def update(self, patterns: Iterable[Pattern]) -> None:
        """Add the texts of more patterns."""
        new = {pattern.text for pattern in patterns if b"<" in pattern.text} - self.texts
        self.texts |= new
        self.names.update(
            match[1][1:-1].decode("utf-8", "surrogatepass")
            for text in new
            for match in _LABEL.finditer(text)
        )

    def copy(self) -> _Bracketed:
        """Return another with the same texts."""
        copy = _Bracketed()
        copy.texts, copy.names = set(self.texts), set(self.names)
        return copy


class Naming:
    """The names that must not be shown beside some layers, found step by step."""

    def __init__(self) -> None:
        """Begin without names and layers."""
        self._checked: dict[str, None] = {}
        self.entangled: set[str] = set()
        """The names."""
        self.bracketed = _Bracketed()

    def copy(self) -> Naming:
        """Return another that knows the same, and learns on its own what comes next."""
        copy = Naming()
        copy._checked = dict(self._checked)
        copy.entangled = set(self.entangled)
        copy.bracketed = self.bracketed.copy()
        return copy

    def update(
        self,
        names: Iterable[str],
        layers: Sequence[_Finds],
        newest: _HasPatterns | None,
    ) -> None:
        """Check new names with all layers, and names checked before with the newest layer."""
        fresh = [name for name in dict.fromkeys(names) if name not in self._checked]
        labels = {name: plain(name) for name in fresh}
        self.entangled.update(name for name, label in labels.items() if label is None)
        shown = [name for name, label in labels.items() if label is not None]
        for layer in layers:
            self.entangled.update(_occurring(layer, shown))
        if newest is not None:
            self.entangled.update(_occurring(newest, self._checked))
            self.bracketed.update(newest.bracketed)
        self._checked.update(dict.fromkeys(fresh))
        self.entangled.update(self.bracketed.names & self._checked.keys())


def labels_of(
    names: Mapping[int, str], namings: Sequence[Naming], others: Iterable[bytes] = ()
) -> Labels:
    """Return the labels of names, by their index, as far as all namings let them show.

    :param others: more texts, in which the label that names no secret must not stand.
    """
    anonymous = fallback({text for each in namings for text in each.bracketed.texts}.union(others))
    hidden: set[str] = set().union(*(naming.entangled for naming in namings))
    labels = {
        secret: f"<{name}>".encode("utf-8", "surrogatepass")
        for secret, name in names.items()
        if name not in hidden
    }
    return Labels(labels, anonymous.encode())


def labels_in_html(labels: Labels, layers: Sequence[_Finds]) -> Labels:
    """Return labels as a page of HTML shows them, as far as the layers let them show."""
    return labels.in_html(lambda text: any(_is_in(layer, text) for layer in layers))


def _occurring(layer: _Finds, names: Collection[str]) -> Iterable[str]:
    """Return the names in whose labels a layer finds something."""
    # One look at all labels is nearly always enough; NUL keeps them apart.
    if not names or not _occurs(layer, "\0".join(f"<{name}>" for name in names)):
        return ()
    return [name for name in names if _occurs(layer, f"<{name}>")]


def _occurs(layer: _Finds, text: str) -> bool:
    return _is_in(layer, text.encode("utf-8", "surrogatepass"))


def _is_in(layer: _Finds, text: bytes) -> bool:
    return bool(layer.find(FoldedText(text), final=True))
