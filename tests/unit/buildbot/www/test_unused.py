from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import BriefUse
from buildbot_keychain.buildbot.www import _used as module
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._unused import MONTH, unused
from buildbot_keychain.buildbot.www._used import Used

LISTS = {"files": NameList(("a", "b", "c", "d")), "vault": NameList(("a", "b"))}
NOW = 10 * MONTH


class UnusedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.used = Used()

    def use(self, name: str, first_at: int, builder: str | None = None) -> None:
        self.used.add([BriefUse(name, name, builder, True, first_at, first_at)])

    @property
    def found(self) -> list[str]:
        return [secret.name for secret in unused(LISTS, self.used, NOW)]

    def test_what_nobody_has_asked_for(self) -> None:
        for name, builder in (("a", None), ("files!b|user", "deploy"), ("c@3", None)):
            self.use(name, 9 * MONTH, builder)
        self.assertEqual(self.found, ["files!d", "vault!b"])

    def test_nothing_is_said_before_there_is_a_record(self) -> None:
        self.assertEqual(self.found, [])
        self.use("a", NOW - MONTH + 1)
        self.assertEqual(self.found, [])
        self.use("a", NOW - MONTH)
        self.assertEqual(len(self.found), 4)

    def test_nothing_is_said_where_there_is_too_much(self) -> None:
        self.patch(module, "MOST", 2)
        for name in ("a", "b", "b", "a"):
            self.use(name, 1)
        self.assertEqual(self.found, ["files!c", "files!d"])
        self.use("e", 1)
        self.assertEqual(self.found, [])
