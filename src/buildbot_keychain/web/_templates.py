"""Renders HTML. The only module that knows Jinja2.

Everything is escaped, a name that a template does not know is an error, and what could make a text
look like another one is shown as an escape.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

try:
    import jinja2
except ImportError:  # it comes with Buildbot; nothing is rendered without
    jinja2 = None  # type: ignore[assignment]

_DIRECTORY = Path(__file__).parent / "templates"
_LONGEST = 500


def render(template: str, **values: Any) -> bytes:  # noqa: ANN401 - whatever the template shows
    """Return a page."""
    html: str = _environment().get_template(template).render(**values)
    return html.encode()


def visible(text: object) -> str:
    """Return a text that others chose, as it may be shown: no controls, and no endless ones.

    Controls of direction among them can make ``approve`` of ``evorppa``.
    """
    shown = "".join(_visible(character) for character in str(text)[: _LONGEST + 1])
    return shown if len(str(text)) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return character.encode("unicode_escape").decode() if hidden else character


def moment(seconds: float) -> str:
    """Return a time (seconds since the epoch) as HTML and people can read it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%MZ")


@cache
def _environment() -> Any:  # noqa: ANN401 - Jinja2's
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_DIRECTORY),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(visible=visible, moment=moment)
    return environment
