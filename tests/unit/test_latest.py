from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.latest import Latest


class LatestTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.latest: Latest[str, int] = Latest(2)
        self.latest["a"] = 1
        self.latest["b"] = 2

    def test_the_oldest_entry_goes_when_there_are_too_many(self) -> None:
        self.latest["c"] = 3
        self.assertEqual(list(self.latest.items()), [("b", 2), ("c", 3)])

    def test_what_is_set_again_is_the_newest(self) -> None:
        self.latest["a"] = 4
        self.assertEqual(list(self.latest.items()), [("b", 2), ("a", 4)])
        self.latest["c"] = 3
        self.assertEqual(list(self.latest.items()), [("a", 4), ("c", 3)])

    def test_what_is_looked_up_is_not_newer(self) -> None:
        self.assertEqual(self.latest["a"], 1)
        self.latest["c"] = 3
        self.assertNotIn("a", self.latest)

    def test_what_is_removed_makes_room(self) -> None:
        self.assertEqual(self.latest.pop("a"), 1)
        self.latest["c"] = 3
        self.assertEqual(list(self.latest.items()), [("b", 2), ("c", 3)])
