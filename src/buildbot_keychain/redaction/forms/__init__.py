"""From a value to the texts to look for: its spellings, its parts, and the patterns of both."""

from __future__ import annotations

from .parts import PARTS, Part
from .spellings import FORMS, Form, Spelling

__all__ = ["FORMS", "PARTS", "Form", "Part", "Spelling"]
