from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import collect, collecting


class CollectingTests(SynchronousTestCase):
    def test_what_begins_in_it_is_collected_also_later(self) -> None:
        answer: Deferred[None] = Deferred()

        async def look_up(name: str) -> None:
            await answer
            collect(name, "files", 3)

        with collecting() as found:
            Deferred.fromCoroutine(look_up("a"))
        Deferred.fromCoroutine(look_up("b"))
        collect("c", "files", None)
        self.assertEqual(found, {})
        answer.callback(None)
        self.assertEqual(found, {("a", "files"): 3})
