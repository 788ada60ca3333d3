"""From a value to the texts to look for: its spellings, and their patterns."""

from __future__ import annotations

from .spellings import FORMS, Form, Spelling

__all__ = ["FORMS", "Form", "Spelling"]
