"""Which secrets a build looks up while something is rendered for it, also by Buildbot's classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Found = dict[tuple[str, str], int | str | None]
"""The versions of secrets, by their names and those of the providers that answered."""

_found: ContextVar[Found | None] = ContextVar("found", default=None)


@contextmanager
def collecting() -> Iterator[Found]:
    """Collect what is looked up by what begins in this context, also when it ends later."""
    found: Found = {}
    token = _found.set(found)
    try:
        yield found
    finally:
        _found.reset(token)


def collect(name: str, provider: str, version: int | str | None) -> None:
    """Note that a build was given a secret, for whoever collects that."""
    found = _found.get()
    if found is not None:
        found[name, provider] = version
