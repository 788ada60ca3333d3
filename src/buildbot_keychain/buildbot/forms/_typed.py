"""`Typed`: the label of what was typed into a form, which carries the sealed value."""

from __future__ import annotations


class Typed(str):
    """A text that says the label of a value.

    :ivar key: the id of the value: 32 characters that nobody can guess.
    :ivar box: the sealed value.
    """

    __slots__ = ("box", "key")

    box: bytes
    key: str

    @classmethod
    def of(cls, label: str, key: str, box: bytes) -> Typed:
        """Return a label with what it stands for."""
        typed = cls(label)
        typed.key, typed.box = key, box
        return typed
