"""The texts that are hidden from everybody, and what is compiled of them.

They are those of each secret that cannot be guessed, not even by whoever was given others. If one
more secret has too much in common with them, they are hidden no longer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence

from buildbot_keychain.secretive import secretive

from .compiler import AHEAD
from .matching.finder import Finder
from .matching.indexed_open_layer import IndexedOpenLayer
from .matching.kept_layers import KeptLayers
from .matching.layers import Layers
from .matching.open_layer import open_layer
from .output.labels import ANONYMOUS_LABEL
from .packed import PackedTexts
from .secret import Secret
from .shared_ends import SharedEnds
from .shared_insides import SharedInsides

__all__ = ["OpenTexts"]


@secretive
class OpenTexts:
    """The texts of secrets that are hidden from everybody."""

    def __init__(
        self,
        secrets: Iterable[Secret],
        tier: str,
        lock: threading.Lock,
        changed: Callable[[], None],
    ) -> None:
        """Begin without texts.

        :param secrets: all secrets, whenever they are gone through.
        :param changed: is called, under the lock, when layers have been merged.
        """
        self._secrets = secrets
        self._tier = tier
        self._lock = lock
        self._changed = changed
        self._shared_ends = SharedEnds()
        self._shared_insides = SharedInsides()
        self._known_in_part: set[str] = set()
        self._layers = self._no_layers()
        self._pending: list[PackedTexts] = []
        self._compiling = threading.Lock()
        self._layer_of = KeptLayers(self._layer_of_texts)
        self.like_a_label: set[bytes] = set()
        """The texts in which the label may stand that names no secret."""

    def add(self, index: int, secret: Secret) -> None:
        """Have a new secret hidden from everybody, as far as it shares too little with others."""
        known: set[str] = set()
        for kernel in secret.open_texts.kernels:
            known |= self._shared_ends.add(kernel, index, secret.key or secret.name)
        known |= self._shared_insides.add(secret.open_texts.texts, index)
        self.like_a_label.update(
            each.text for each in secret.open_texts.bracketed if ANONYMOUS_LABEL in each.text
        )
        known -= self._known_in_part
        self._known_in_part |= known
        if known:
            self._close(known)
        secret.open_texts = secret.open_texts.without(self._known_in_part)
        if secret.open_texts.count:
            self._pending.append(secret.open_texts)

    def compile_ahead(self) -> None:
        """Compile what is new for everybody, if it is much. Lock not held.

        Meanwhile secrets may be added. What else needs these layers waits, and does not compile
        them again.
        """
        with self._compiling:
            with self._lock:
                pending = list(self._pending)
            if sum(part.count for part in pending) < AHEAD:
                return
            compiled = self._compile(pending)
            with self._lock:
                # If something of it can be guessed now, it is not to be hidden any more.
                if self._pending[: len(pending)] == pending:
                    self._layers.add(pending, compiled)
                    del self._pending[: len(pending)]

    def layers(self) -> tuple[IndexedOpenLayer[PackedTexts], ...]:
        """Return the layers for everybody. Lock held."""
        if self._pending:
            self._layers.add(self._pending)
            self._pending = []
        return tuple(self._layers)

    def _no_layers(self) -> Layers[PackedTexts, IndexedOpenLayer[PackedTexts]]:
        return Layers(self._compile, self._lock, self._changed)

    def _compile(self, parts: list[PackedTexts]) -> IndexedOpenLayer[PackedTexts]:
        return IndexedOpenLayer(parts, self._layer_of, self._layer_of_all_texts, self._tier)

    def _layer_of_texts(self, part: PackedTexts) -> Finder:
        return self._layer_of_all_texts([part])

    def _layer_of_all_texts(self, parts: Sequence[PackedTexts]) -> Finder:
        return open_layer((text for part in parts for text in part.unpack()), self._tier)

    def _close(self, known: Collection[str]) -> None:
        """Hide no longer from everybody what can be guessed now; compile what holds it again."""
        replaced: dict[PackedTexts, PackedTexts] = {}
        for secret in self._secrets:
            before, after = secret.open_texts, secret.open_texts.without(known)
            if after is not before:
                secret.open_texts = replaced[before] = after
        layers, pending = self._no_layers(), self._pending
        for parts, compiled in self._layers.items():
            if replaced.keys().isdisjoint(parts):
                layers.add(parts, compiled)
            else:
                pending = [*parts, *pending]
        self._pending = [part for each in pending if (part := replaced.get(each, each)).count]
        self._layers = layers

    def settle(self) -> None:
        """Wait until what texts have needed is compiled for good. Lock not held."""
        self._layers.settle()
