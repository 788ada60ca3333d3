"""Waiting for a server without a reactor: for what it says of itself, until a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.openbao.api import ApiError

DEADLINE = 60.0
"""Seconds until a server does what it should, on a busy machine."""

_PAUSE = 0.02


def wait_until(done: Callable[[], object], what: str, given_up: Callable[[], str] = str) -> None:
    """Ask until `done` is true; an error of the API counts as "not yet".

    :param given_up: why there is no point in waiting any longer; the empty string while there is.
    :raise RuntimeError: when it is given up, or the deadline is over; it says `what` was not so.
    """
    deadline = time.monotonic() + DEADLINE
    while (said := _ask(done)) is not True:
        if reason := given_up():
            raise RuntimeError(f"{what} never came true: {reason}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {DEADLINE:g} seconds: {what} ({said})")
        time.sleep(_PAUSE)


def _ask(done: Callable[[], object]) -> object:
    try:
        return bool(done())
    except ApiError as error:
        return error
