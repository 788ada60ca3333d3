"""`Record`: an event, when it happened, and how it is written."""

from __future__ import annotations

import json
import threading
from typing import Any

from buildbot_keychain.audit.events import Event
from buildbot_keychain.audit.form import Form
from buildbot_keychain.audit.given import Given

_GATHERING = 1.0
"""Seconds in which events that are alike can be one record, if it takes so long to write it."""

_lock = threading.Lock()


class Record:
    """An event that is to be written.

    :param said: what happened, as an event or as a `Given`. It is not redacted.
    :param took: how long the lookup took of what was given.
    :ivar time: seconds since the epoch.
    :ivar times: how often it happened until this was written.
    """

    __slots__ = ("_form", "_is_closed", "_master", "_said", "_text", "_took", "time", "times")

    def __init__(
        self,
        time: float,
        said: Event | Given,
        form: Form,
        master: str = "",
        took: float | None = None,
    ) -> None:
        self.time = time
        self._said = said
        self._form = form
        self._master = master
        self._took = took
        self._text = ""
        self.times = 1
        self._is_closed = False

    @property
    def event(self) -> Event:
        """What happened. It is not redacted."""
        said = self._said
        return said.event(self._form.rules, self._took) if isinstance(said, Given) else said

    def repeat(self, time: float) -> bool:
        """Have it say that the event has happened once more; return whether it still can."""
        with _lock:
            if not self.may_repeat(time):
                return False
            self.times += 1
            return True

    def may_repeat(self, time: float) -> bool:
        """Return whether it can still say that the event has happened once more."""
        return not self._is_closed and time - self.time <= _GATHERING

    def close(self) -> None:
        """Have it say no more: it is about to be written."""
        with _lock:
            self._is_closed = True

    @property
    def text(self) -> str:
        """Its JSON, redacted: one line of ASCII, without a line end."""
        if not self._text:
            if not self._is_closed:
                self.close()
            self._text = self._form.text(
                self.time, self._master, self._said, self.times, self._took
            )
        return self._text

    @property
    def document(self) -> dict[str, Any]:
        """What its JSON says."""
        document: dict[str, Any] = json.loads(self.text)
        return document

    def __repr__(self) -> str:
        return self.text
