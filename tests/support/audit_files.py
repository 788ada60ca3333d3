"""`FileCase`: a test of an `AuditToFile` in a directory of its own."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.audit_records import file_sink


class FileCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.path = self.directory / "audit.jsonl"
        self.sink = file_sink(self.path)

    def tearDown(self) -> None:
        self.sink.close()

    def files(self) -> list[Path]:
        """Return the files of the trail, the newest last."""
        found = sorted(each for each in self.directory.iterdir() if each.suffix != ".state")
        return sorted(found, key=lambda each: each == self.path)
