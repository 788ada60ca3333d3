"""An unpatched Buildbot, and one in which something differs from what a patch expects."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from buildbot_keychain.buildbot.patches import PATCHES
from buildbot_keychain.buildbot.patches._expectations import (
    Behaves,
    Expectation,
    Is,
    Mentions,
    Target,
)
from buildbot_keychain.buildbot.patches.table import TABLE


@contextmanager
def unpatched() -> Iterator[None]:
    """Put Buildbot back as it was installed; afterwards it is as it was before."""
    applied = PATCHES.applied
    PATCHES.revert()
    try:
        yield
    finally:
        PATCHES.revert()
        if applied:
            PATCHES.apply(TABLE)


@contextmanager
def replaced(target: Target, value: Any) -> Iterator[None]:
    """Replace an attribute of an unpatched Buildbot; patches on top of it are reverted first."""
    owner, attribute = target.owner()
    own = attribute in vars(owner)
    original = vars(owner).get(attribute)  # as it is written: a class method is bound otherwise
    setattr(owner, attribute, value)
    try:
        yield
    finally:
        PATCHES.revert()
        if own:
            setattr(owner, attribute, original)
        else:
            delattr(owner, attribute)


@contextmanager
def missing(target: Target) -> Iterator[None]:
    """Remove an attribute of an unpatched Buildbot, from every class that has it or inherits it."""
    owner, attribute = target.owner()
    classes = owner.__mro__ if inspect.isclass(owner) else (owner,)
    originals = [(cls, vars(cls)[attribute]) for cls in classes if attribute in vars(cls)]
    for cls, _original in originals:
        delattr(cls, attribute)
    try:
        yield
    finally:
        PATCHES.revert()
        for cls, original in originals:
            setattr(cls, attribute, original)


def broken(expectation: Expectation) -> Any:
    """Return something for the target that does not meet `expectation`.

    Functions still do what they did before, so that a master with them runs.
    """
    original = expectation.target.value()
    if isinstance(expectation, Is):
        return object()

    def other(*args: Any, **kwargs: Any) -> Any:
        return None if isinstance(expectation, Behaves) else original(*args, **kwargs)

    if isinstance(expectation, Mentions):
        other.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    return other
