"""The redactor: secrets go in, text goes through, and nothing of the secrets comes out.

It owns the list of secrets and the current `Snapshot`. Adding a secret only notes it; the snapshot
is built when text next needs it, in `Layers`, so that one more secret among thousands costs what
one secret costs. No method returns, prints or raises a value.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from .forms.expansion import LARGEST, expand
from .fragments import Fragments
from .matching.layer import Layer
from .matching.layers import Layers
from .matching.normalisation import fold
from .matching.pattern import Pattern
from .matching.scanner import TIERS
from .matching.view import FoldedText, views_of
from .output.labels import Labels, fallback, plain
from .output.writer import unite
from .policy import RedactionPolicy
from .protection import Protection, WeakSecret
from .snapshot import Snapshot, SnapshotReference
from .stream import RedactionStream

__all__ = ["Match", "Redactor"]

MOST = 2_000_000
"""Patterns in all; beyond them, new values are hidden as they stand and in no other form."""

_LABEL = re.compile(rb"(?=(<[^<>\r\n]+>))")


class Match(NamedTuple):
    """Where `Redactor.redact` would hide something: text[start:end], of the secret `name`."""

    name: str
    start: int
    end: int


class Redactor:
    """Hides secrets in text. All methods may be called from any thread at any time."""

    def __init__(self, policy: RedactionPolicy | None = None, *, tier: str = TIERS[0]) -> None:
        """Begin without secrets, under a policy, with an engine tier of this machine."""
        self._policy = policy if policy is not None else RedactionPolicy()
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, bool], Protection] = {}
        self._names: list[str] = []
        self._pending: list[Pattern] = []
        self._fewer_forms: set[str] = set()
        self._entangled: set[str] = set()
        self._bracketed: list[bytes] = []
        self._labelled = self._count = 0
        self._shared = SnapshotReference(self._shot((), ()), self._renew)
        self._layers = Layers(tier, self._lock, self._shared.expire)
        self._fragments: Fragments | None = None

    @property
    def policy(self) -> RedactionPolicy:
        """The policy in force."""
        return self._policy

    def add(self, name: str, value: str, *, redact: bool = True) -> Protection:
        """Hide a value (str) from now on as ``<name>``, and return how well it can be hidden.

        With ``redact=False`` the value is declared public and left alone. The same name with
        another value is one more secret: the old value stays hidden. Raises `WeakSecret` under a
        strict policy if the value is too short or too common, `TypeError` if name or value is not
        a `str`.
        """
        key = (name, value, redact)
        known = self._known.get(key)
        if known is not None:
            return known
        if not all(isinstance(text, str) for text in (name, value)):
            raise TypeError(f"name and value of a secret must be str: {name!r}")
        protection = self._policy.protection(value) if redact else Protection.PUBLIC
        if self._policy.strict and protection.is_weak:
            raise WeakSecret(name, protection)
        with self._lock:
            if key not in self._known:
                if redact:
                    secret = len(self._names)
                    self._names.append(name)
                    self._pending += self._expand(name, value, secret)
                    self._shared.expire()
                self._known[key] = protection
        return protection

    def redact(self, text: str) -> str:
        """Return a whole text (str) with every occurrence of every secret hidden."""
        if self._passes(text):
            return text
        stream = self.stream()
        return stream.feed(text) + stream.close()

    def redact_bytes(self, data: bytes) -> bytes:
        """Return data (bytes) with every occurrence of every secret hidden.

        Secrets are looked for in UTF-8; bytes that are not UTF-8 stay as they are.
        """
        stream = self.stream()
        return stream.feed_bytes(data) + stream.close_bytes()

    def find(self, text: str) -> list[Match]:
        """List what `redact` would hide in a text (str): places in characters, in order."""
        data = text.encode("utf-8", "surrogatepass")
        snapshot = self._shared.snapshot()
        views = views_of(data, through_escapes=snapshot.through_escapes)
        runs = unite(
            (view.place(span.start), view.place_after(span.end), span.secret)
            for view in views
            for span in snapshot.find_at_end(view.text, 0)
        )
        found, characters, at = [], 0, 0
        for start, end, secret in runs:
            characters += _length(data[at:start])
            size = _length(data[start:end])
            found.append(Match(self._names[secret], characters, characters + size))
            characters, at = characters + size, end
        return found

    def redact_torn(self, line: str, *, at_start: int = 0, at_end: int = 0) -> str:
        """Hide pieces of secrets at the edges of a line (str, without its line end).

        For hosts that cut lines and lose text at the cut; all else in the line stays for `redact`.
        At the start it hides the end of a secret of at least so many bytes (4 or more), at the end
        the beginning of one; 0 leaves that edge alone.
        """
        snapshot = self._shared.snapshot()
        fragments = self._fragments
        if fragments is None or fragments.snapshot is not snapshot:
            fragments = self._fragments = Fragments(snapshot)
        return fragments.redact(line, at_start=at_start, at_end=at_end)

    def stream(self) -> RedactionStream:
        """Begin an independent stream of text."""
        return RedactionStream(self._shared)

    def settle(self) -> None:
        """Wait until what was added is compiled for good; until then, texts take longer."""
        self._layers.settle()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all secrets, sorted; those declared public are left out."""
        return tuple(sorted(set(self._names)))

    @property
    def in_fewer_forms(self) -> tuple[str, ...]:
        """The names, sorted, of secrets that have too many forms to be hidden in all of them."""
        return tuple(sorted(self._fewer_forms))

    @property
    def memory(self) -> int:
        """How many bytes the texts that are looked for take, in all."""
        snapshot = self._shared.snapshot()
        return sum(layer.memory for layer in snapshot.layers)

    def __len__(self) -> int:
        """How many secrets are hidden, each value counted."""
        return len(self._names)

    def __repr__(self) -> str:
        """Return how many secrets there are, and nothing of them."""
        return f"<{type(self).__name__} with {len(self)} secrets>"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied: the copy would hold the values."""
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled")

    def _passes(self, text: str) -> bool:
        """Return whether there is certainly nothing to hide in a whole text, at a glance."""
        snapshot = self._shared.snapshot()
        data = text.encode("utf-8", "surrogatepass")
        if b"\x1b" in data and snapshot.through_escapes:
            return False
        folded = fold(data)
        for layer in snapshot.layers:  # noqa: SIM110 - a generator would cost more than the rest
            if not layer.passes_whole(folded):
                return False
        return True

    def _expand(self, name: str, value: str, secret: int) -> list[Pattern]:
        """Return the patterns of a value, in fewer forms where there are too many. Lock held."""
        limit = LARGEST if self._count < MOST else 0
        expansion = expand(value, secret, self._policy, limit=limit)
        self._count += len(expansion.patterns)
        if not expansion.complete:
            self._fewer_forms.add(name)
        return expansion.patterns

    def _renew(self) -> None:
        """Build the next snapshot, if no other thread has by now."""
        with self._lock:
            if not self._shared.current:
                self._shared.set(self._next())

    def _next(self) -> Snapshot:
        """Return the snapshot with everything added so far. The lock is held."""
        newest = self._layers.add(self._pending) if self._pending else None
        layers = tuple(self._layers)
        self._entangle(layers, newest)
        label = fallback(self._bracketed)
        labels = [label if name in self._entangled else f"<{name}>" for name in self._names]
        snapshot = self._shot(layers, labels)
        # Not before: if something fails, such as for want of memory, it is all done again.
        self._pending, self._labelled = [], len(self._names)
        return snapshot

    def _shot(self, layers: Sequence[Layer], labels: Sequence[str]) -> Snapshot:
        return Snapshot(
            tuple(layers),
            Labels([label.encode("utf-8", "surrogatepass") for label in labels]),
            self._policy.through_escapes,
            self._policy.through_cuts,
        )

    def _entangle(self, layers: Sequence[Layer], newest: Layer | None) -> None:
        """Find the names that cannot be shown: new ones in all layers, old ones in the newest."""
        fresh = dict.fromkeys(self._names[self._labelled :])
        for name in fresh:
            label = plain(name)
            if label is None or any(_occurs(layer, label) for layer in layers):
                self._entangled.add(name)
        if newest is not None:
            old = [name for name in dict.fromkeys(self._names) if name not in fresh]
            # One look at all labels is nearly always enough; NUL keeps them apart.
            if old and _occurs(newest, "\0".join(f"<{name}>" for name in old)):
                self._entangled.update(name for name in old if _occurs(newest, f"<{name}>"))
            self._bracketed += [pattern.text for pattern in newest.patterns if b"<" in pattern.text]
        names = set(self._names)
        self._entangled.update(
            name
            for text in set(self._bracketed)
            for match in _LABEL.finditer(text)
            if (name := match[1][1:-1].decode("utf-8", "surrogatepass")) in names
        )


def _occurs(layer: Layer, text: str) -> bool:
    view = FoldedText(text.encode("utf-8", "surrogatepass"))
    return bool(layer.find(view, final=True))


def _length(data: bytes) -> int:
    return len(data.decode("utf-8", "surrogatepass"))
