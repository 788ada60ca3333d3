"""How well a secret is hidden, and from whom: what `Redactor.add` reports."""

from __future__ import annotations

from dataclasses import dataclass

from .protection import Protection
from .strength import OPEN_BITS

__all__ = ["Hiding"]


@dataclass(frozen=True)
class Hiding:
    """How well a secret is hidden. Holds nothing of its value."""

    protection: Protection
    """Where it is hidden from readers to whom it was given."""

    bits: float
    """About how many bits somebody must guess who knows all of it but what is secret."""

    in_all_forms: bool = True
    """Whether it is hidden in every form; a value with too many forms is hidden in fewer."""

    @property
    def from_everybody(self) -> bool:
        """Whether it is hidden from readers too to whom it was not given: it cannot be guessed."""
        return self.bits >= OPEN_BITS
