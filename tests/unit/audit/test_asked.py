from __future__ import annotations

from contextvars import copy_context

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit.asked import ASKED, Asked, note


class AskedTests(SynchronousTestCase):
    def test_what_is_noted_is_of_the_lookup_of_this_context(self) -> None:
        note("cache", 7)
        first, second = Asked(), Asked()
        for asked in (first, second):
            copy_context().run(self.look_up, asked, asked is first)
        self.assertEqual((first.answer, first.version, first.canonical), ("stale", 7, "x"))
        self.assertEqual((second.answer, second.version, second.canonical), ("provider", None, ""))

    def look_up(self, asked: Asked, knows: bool) -> None:
        ASKED.set(asked)
        if knows:
            note("stale", version=7)
            note(canonical="x")
