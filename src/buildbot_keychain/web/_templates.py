"""Renders HTML. The only module that knows Jinja2.

Everything is escaped, a name that a template does not know is an error, and what could make a text
look like another one is shown as an escape.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from buildbot_keychain.web._refusals import sentence

try:
    import jinja2
except ImportError:  # it comes with Buildbot; nothing is rendered without
    jinja2 = None  # type: ignore[assignment]

_DIRECTORY = Path(__file__).parent / "templates"
_LONGEST = 500
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Me", "Zl", "Zp"}
_MOST_MARKS = 4
"""On one letter, as no language has more."""


def render(template: str, **values: Any) -> Iterator[str]:  # noqa: ANN401 - whatever it shows
    """Yield a page, piece by piece."""
    return _environment().get_template(template).generate(**values)  # type: ignore[no-any-return]


def prepare() -> None:
    """Read all templates before a page needs them, which takes a while."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def visible(text: object) -> str:
    """Return a text that others chose, as it may be shown: no controls, and no endless ones.

    Controls of direction among them can make ``approve`` of ``evorppa``, and many marks on one
    letter are drawn over what is around it.
    """
    unlimited = str(text)
    shown = whole(unlimited[:_LONGEST])[:_LONGEST]
    return shown if len(unlimited) <= _LONGEST else f"{shown}…"


def whole(text: object) -> str:
    """Return a text that others chose as `visible` does, however long: people decide on it."""
    shown = str(text)
    return shown if shown.isascii() and shown.isprintable() else _escaped(shown)  # most are


def _escaped(text: str) -> str:
    shown, marks = [], 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        hidden = category in _HIDDEN or marks > _MOST_MARKS
        shown.append(character.encode("unicode_escape").decode() if hidden else character)
    return "".join(shown)


def without(text: str, name: str) -> str:
    """Return a text that begins with a name, and a colon, without these."""
    return text.removeprefix(f"{name}: ")


def moment(seconds: float) -> str:
    """Return a time (seconds since the epoch) as HTML and people can read it."""
    return _time(seconds, "%Y-%m-%d %H:%MZ")


def day(seconds: float) -> str:
    """Return the day of a time (seconds since the epoch)."""
    return _time(seconds, "%Y-%m-%d")


def _time(seconds: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "after the year 9999" if seconds > 0 else "before the year 1"


def in_query(text: str) -> str:
    """Return a text as the value of a parameter of an address."""
    return quote(text, safe="", errors="surrogatepass")


def days(seconds: float) -> str:
    """Return how long something lasts."""
    hours, count = int(seconds // 3600), int(seconds // 86_400)
    if count:
        return f"{count} {'day' if count == 1 else 'days'}"
    return "less than an hour" if hours < 1 else f"{hours} {'hour' if hours == 1 else 'hours'}"


def shared_templates() -> Any:  # noqa: ANN401 - Jinja2's
    """Return a loader of the templates that pages of other plug-ins may use."""
    return jinja2.PrefixLoader({"keychain": jinja2.FileSystemLoader(_DIRECTORY / "keychain")})


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
    environment.filters.update(
        visible=visible,
        whole=whole,
        without=without,
        moment=moment,
        day=day,
        sentence=sentence,
        in_query=in_query,
        days=days,
    )
    return environment
