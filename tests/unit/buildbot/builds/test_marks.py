from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._marks import mark_of

STAMP = {
    "ssid": 7,
    "branch": "main",
    "revision": "f00dcafe",
    "repository": "https://git.example.org/app",
    "codebase": "",
    "project": "",
    "created_at": 0,
    "patch": None,
}


class MarkTests(SynchronousTestCase):
    def mark(self, answer: Deferred[Any], **changes: Any) -> Deferred[bool | None]:
        asked: list[Any] = []

        def get(path: Any) -> Deferred[Any]:
            asked.append(path)
            return answer

        master = SimpleNamespace(data=SimpleNamespace(get=get))
        mark = Deferred.fromCoroutine(mark_of(master, {**STAMP, **changes}))
        self.assertEqual(asked, [("sourcestamps", 7, "changes")])
        return mark

    def test_nobody_knows_where_a_stamp_without_changes_is_from(self) -> None:
        self.assertIsNone(self.successResultOf(self.mark(succeed([]))))

    def test_a_patch_is_from_outside(self) -> None:
        patch = {"patchid": 1, "body": b"+x", "level": 0, "author": "", "comment": "", "subdir": ""}
        self.assertIs(self.successResultOf(self.mark(succeed([]), patch=patch)), True)

    def test_an_error_of_the_database_is_passed_on(self) -> None:
        self.failureResultOf(self.mark(fail(OSError("gone"))), OSError)
