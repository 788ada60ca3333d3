"""Properties that a scheduler keeps in the database until its time comes.

They have labels in place of secrets. How they were made stands with them, in `PROPERTY`, until the
scheduler adds a buildset. What anybody else passes under that name counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from buildbot.process.properties import Properties

from buildbot_keychain.buildbot.references import PROPERTY, stored_entry

_SOURCE = "keychain"
_KEY = "templates"

_passing_on: ContextVar[bool] = ContextVar("passing_on", default=False)
"""Whether a scheduler is adding the buildset for which it has kept properties."""


@contextmanager
def passing_on() -> Iterator[None]:
    """Let the next buildset have, in a ``with`` block, what was kept with its properties."""
    token = _passing_on.set(True)
    try:
        yield
    finally:
        _passing_on.reset(token)


def kept(clean: Mapping[str, Any], templates: Mapping[str, Any]) -> Any:
    """Return redacted properties, ``{name: (value, source)}``, as a scheduler is to keep them.

    :param templates: how those of them that travel by name were made.
    """
    made = {PROPERTY: ({_KEY: dict(templates)}, _SOURCE)} if templates else {}
    return Properties.fromDict({**clean, **made})


def take_kept(entry: Any) -> dict[str, Any]:
    """Return the templates that were kept in a `PROPERTY`, if a scheduler passes them on."""
    is_passing_on = _passing_on.get()
    _passing_on.set(False)
    if entry is None or not is_passing_on:
        return {}
    value, source = stored_entry(entry)
    return dict(value.get(_KEY, {})) if source == _SOURCE and isinstance(value, dict) else {}
