"""Counts how many texts are redacted: a measure of cost that is the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.structures import Redacts


class CountingRedactor:
    """Redacts as another redactor does.

    :ivar calls: how many texts it was given.
    """

    def __init__(self, redactor: Redacts) -> None:
        self.calls = 0
        self._redactor = redactor

    def redact(self, text: str) -> str:
        """Redact `text`, and count it."""
        self.calls += 1
        return self._redactor.redact(text)


class Calls:
    """The number of texts that all redactors of the process were given, in `count`."""

    count = 0


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """Count the texts that all redactors of the process are given."""
    calls = Calls()
    redact = Audience.redact

    def counted(audience: Audience, text: str) -> str:
        calls.count += 1
        return redact(audience, text)

    with mock.patch.object(Audience, "redact", counted):
        yield calls
