"""`Record`: an event, when it happened, and how it is written."""

from __future__ import annotations

import json
from typing import Any

from buildbot_keychain.audit.events import Event
from buildbot_keychain.audit.form import Form


class Record:
    """An event that is to be written.

    :ivar time: seconds since the epoch.
    :ivar event: what happened. It is not redacted.
    """

    __slots__ = ("_form", "_master", "_text", "event", "time")

    def __init__(self, time: float, event: Event, form: Form, master: str = "") -> None:
        self.time = time
        self.event = event
        self._form = form
        self._master = master
        self._text = ""

    @property
    def text(self) -> str:
        """Its JSON, redacted: one line of ASCII, without a line end."""
        if not self._text:
            self._text = self._form.text(self.time, self._master, self.event)
        return self._text

    @property
    def document(self) -> dict[str, Any]:
        """What its JSON says."""
        document: dict[str, Any] = json.loads(self.text)
        return document

    def __repr__(self) -> str:
        return self.text
