"""Hiding secrets in text: exact, in any chunking, in every form programs write a value.

Pure and synchronous: no reactor, no clock, no network. See `Redactor`.
"""

from __future__ import annotations

from .forms import FORMS, Form, Spelling
from .parts import PARTS, Part
from .policy import RedactionPolicy
from .protection import Protection, WeakSecret
from .redactor import Match, Redactor
from .stream import RedactionStream

__all__ = [
    "FORMS",
    "PARTS",
    "Form",
    "Match",
    "Part",
    "Protection",
    "RedactionPolicy",
    "RedactionStream",
    "Redactor",
    "Spelling",
    "WeakSecret",
]
