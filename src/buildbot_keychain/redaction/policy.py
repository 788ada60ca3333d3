"""The rules a user may choose: what is hidden of a value, and in which kind of text."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import PARTS, Part
from .forms import FORMS, Form
from .matching.escapes import visible
from .protection import Protection, protection_of

__all__ = ["RedactionPolicy"]


@dataclass(frozen=True)
class RedactionPolicy:
    """What is hidden, and how well. The default is the policy for text of any origin."""

    length_rule: bool = True
    """Whether short and common values are left in free text. Without, everything is hidden."""

    forms: tuple[Form, ...] = FORMS
    """The spellings of a value that are hidden beside the value itself."""

    parts: tuple[Part, ...] = PARTS
    """The parts of a value that are treated as secrets of their own."""

    split_lines: bool = True
    """Whether each line of a multi-line value is hidden on its own."""

    through_escapes: bool = False
    """Whether a secret is found with terminal control sequences inside."""

    through_cuts: bool = False
    """Whether a secret is found with line ends or backspaces inside that a host put there."""

    strict: bool = False
    """Whether a weak value is refused with `WeakSecret`."""

    largest_encoded: int = 65_536
    """Values with more characters are hidden as they are and by line, but in no other form."""

    @classmethod
    def raw(cls) -> RedactionPolicy:
        """Every value of any length, whole and trimmed; a line end also matches white space."""
        return cls(length_rule=False, forms=(), parts=(), split_lines=False)

    @classmethod
    def ansi(cls) -> RedactionPolicy:
        """The default policy for text with colours."""
        return cls(through_escapes=True)

    @classmethod
    def build_log(cls) -> RedactionPolicy:
        """The policy for text that a build host has cut into lines and freed of cursor movement."""
        return cls(through_escapes=True, through_cuts=True)

    def protection(self, value: str) -> Protection:
        """How well a value (str) will be hidden."""
        if self.length_rule:
            return protection_of(visible(value) if self.through_escapes else value)
        return Protection.ANYWHERE if value.strip() else Protection.BLANK
