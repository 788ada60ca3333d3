"""What is learned in the course of one lookup, for its event: `Asked`.

It belongs to the context in which the lookup runs, so whoever works for that lookup can `note` what
it knows, however deep in it. Where several lookups share one question to a provider, it is the one
that has asked.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

ASKED: ContextVar[Asked | None] = ContextVar("asked", default=None)
"""What is known of the lookup that the current context runs for."""


class Asked:
    """What is known of a lookup that is under way.

    :ivar seen: what was decided on it, if a policy did.
    :ivar answer: where the value came from, as in `Lookup.answer`.
    :ivar canonical: the one spelling of its name, where it is known.
    """

    __slots__ = ("answer", "canonical", "seen")

    def __init__(self) -> None:
        self.seen: Any = None
        self.answer = "provider"
        self.canonical = ""


def note(answer: str = "", canonical: str = "") -> None:
    """Note what is learned of the lookup that this runs for, if any; what is empty is left.

    :param answer: where the value comes from, as in `Lookup.answer`.
    """
    asked = ASKED.get()
    if asked is not None:
        asked.answer = answer or asked.answer
        asked.canonical = canonical or asked.canonical
