"""One secret of a redactor, packed: what is looked for on account of it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildbot_keychain.secretive import secretive

from .packed import PackedPatterns, PackedTexts

if TYPE_CHECKING:
    from .matching.layer import Layer

__all__ = ["Secret"]

_NO_PATTERNS, _NO_TEXTS = PackedPatterns(()), PackedTexts(())


@secretive
@dataclass(repr=False)
class Secret:
    """One secret, or the place for one."""

    key: str | None = None
    """By this it is given: its name, or something of its own, which begins with name and NUL.

    ``None`` if there is no secret here, not yet or not any more.
    """
    name: str = ""
    patterns: PackedPatterns = _NO_PATTERNS
    open_texts: PackedTexts = _NO_TEXTS
    passing: bool = False
    """Whether it will be forgotten, and is no secret to anyone it was not given to."""
    known: AbstractSet[str] = frozenset()
    """Of a passing secret: the live set of what was given to whoever chose it."""
    layer: Layer | None = None
    """What is compiled of it, if it is passing and has many patterns."""

    @property
    def forgotten(self) -> bool:
        """Whether the place is free for another passing secret."""
        return self.passing and self.key is None
