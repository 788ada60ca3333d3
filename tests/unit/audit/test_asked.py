from __future__ import annotations

from contextvars import copy_context

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit.asked import ASKED, Asked, note


class AskedTests(SynchronousTestCase):
    def test_what_is_noted_is_of_the_lookup_of_this_context(self) -> None:
        note("cache")
        first, second = Asked(), Asked()
        for asked in (first, second):
            copy_context().run(self.look_up, asked, asked is first)
        self.assertEqual((first.answer, first.canonical), ("stale", "x"))
        self.assertEqual((second.answer, second.canonical), ("provider", ""))

    def look_up(self, asked: Asked, knows: bool) -> None:
        ASKED.set(asked)
        if knows:
            note("stale")
            note(canonical="x")
