"""`lines_logged`: what Twisted's log has been told during a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import globalLogPublisher


def lines_logged(test: Any, wanted: Callable[[Any], object] = lambda _: True) -> list[str]:
    """Return the list of the lines that are logged until the end of `test`, as they come.

    :param wanted: tells by an event whether its line is wanted.
    """
    lines: list[str] = []

    def note(event: Any) -> None:
        if wanted(event):
            lines.append(event["log_format"].format(**event))

    publisher: Any = globalLogPublisher
    publisher.addObserver(note)
    test.addCleanup(publisher.removeObserver, note)
    return lines
