"""`steps_of`: the steps of a configuration, before there are builds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def steps_of(builder: Any) -> Iterator[tuple[type, Any]]:
    """Yield the class of each step of `builder`, and what holds its ``args`` and ``kwargs``.

    :param builder: Buildbot's ``BuilderConfig``.
    """
    for step in getattr(builder.factory, "steps", ()):
        cls = getattr(step, "step_class", None)  # a factory of somebody else has none
        if isinstance(cls, type):
            yield cls, step
