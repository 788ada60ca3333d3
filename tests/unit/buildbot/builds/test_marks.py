from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._marks import mark_of

CHANGE: dict[str, Any] = {"branch": "main", "category": None, "properties": {}}


class MarksTests(SynchronousTestCase):
    """`mark_of`."""

    def mark(self, changes: Any, **facts: Any) -> Any:
        def get(path: tuple[Any, ...]) -> Any:
            self.assertEqual(path, ("sourcestamps", 7, "changes"))
            return changes

        stamp = {"ssid": 7, "branch": "main", "patch": None, **facts}
        master = SimpleNamespace(data=SimpleNamespace(get=get))
        return Deferred.fromCoroutine(mark_of(master, stamp))

    def test_what_its_change_says(self) -> None:
        unknown = {"properties": {"keychain_outside": (None, "Change")}}
        for changes, mark in (
            ([], None),
            ([CHANGE], False),
            ([CHANGE | unknown], None),
            ([CHANGE | {"category": "merge_request"}], True),
            ([CHANGE | {"properties": {"pr_number": (5, "Change")}}], True),
        ):
            self.assertIs(self.successResultOf(self.mark(succeed(changes))), mark, changes)

    def test_a_patch_and_a_ref(self) -> None:
        patch = {"level": 1, "body": b"", "subdir": ""}
        for facts in ({"patch": patch}, {"branch": "refs/pull/5/head"}):
            self.assertIs(self.successResultOf(self.mark(succeed([]), **facts)), True)

    def test_without_a_database(self) -> None:
        self.failureResultOf(self.mark(fail(OSError())), OSError)
