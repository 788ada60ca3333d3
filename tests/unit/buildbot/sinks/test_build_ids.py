"""Which build things belong to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks import _build_ids
from buildbot_keychain.buildbot.sinks._build_ids import BuildIds

DATA: dict[tuple[str, str], Any] = {
    ("steps", "1"): {"stepid": 1, "buildid": 17},
    ("logs", "2"): {"logid": 2, "stepid": 1},
    ("test_result_sets", "3"): {"test_result_setid": 3, "buildid": 18, "stepid": 1},
    ("logs", "4"): {"logid": 4, "stepid": 5},
    ("steps", "6"): None,
}


class BuildIdsTests(SynchronousTestCase):
    """`BuildIds`."""

    def setUp(self) -> None:
        self.asked: list[tuple[str, str]] = []
        master = SimpleNamespace(data=SimpleNamespace(get=self.get))
        self.ids = BuildIds(master)

    def get(self, path: tuple[str, str]) -> Any:
        self.asked.append(path)
        return succeed(DATA[path])

    def of(self, **arguments: Any) -> Any:
        found = self.ids.of(arguments)
        return self.successResultOf(found) if isinstance(found, Deferred) else found

    def test_what_says_it_itself(self) -> None:
        self.assertEqual(self.of(buildid=5, stepid=1, text="x"), 5)
        self.assertIsNone(self.of(text="x"))
        self.assertEqual(self.asked, [])

    def test_what_was_noted(self) -> None:
        self.ids.note("stepid", 1, 5)
        self.ids.note("stepid", 2, None)
        self.assertEqual(self.of(stepid=1), 5)
        self.assertEqual(self.asked, [])

    def test_what_is_looked_up_once(self) -> None:
        for _ in range(2):
            self.assertEqual(self.of(logid=2), 17)
            self.assertEqual(self.of(test_result_setid=3), 18)
        self.assertEqual(self.asked, [("logs", "2"), ("steps", "1"), ("test_result_sets", "3")])

    def test_what_cannot_be_found(self) -> None:
        self.assertEqual([self.of(logid=4), self.of(stepid=6)], [None, None])

    def test_notes_are_bounded(self) -> None:
        for number in range(_build_ids._MOST + 5):
            self.ids.note("stepid", number, 5)
        self.assertEqual(self.of(stepid=1), 17)
        self.assertEqual(self.of(stepid=_build_ids._MOST), 5)
