"""Where what was typed is hidden, and how long."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import Descendants, GivenSecrets
from buildbot_keychain.buildbot.forms import HiddenTyped
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.fake_master import FakeMaster

VALUE = "typed-by-somebody"
KEY = "a" * 32


class HiddenTypedTests(SynchronousTestCase):
    """`HiddenTyped`."""

    def setUp(self) -> None:
        master: Any = FakeMaster()
        master.mq.startConsuming = lambda _callback, _path: succeed(None)
        self.redactor = Redactor(RedactionPolicy.build_log(), apart=True)
        self.given = GivenSecrets(master)
        self.descendants = Descendants(master)
        self.is_public = False
        self.hidden = HiddenTyped(self.protect, self.redactor.forget, self.given, self.descendants)

    async def protect(self, name: str, value: str) -> str | None:
        return None if self.is_public else self.redactor.add_passing(name, value)

    def hide(self, *buildids: int) -> None:
        hiding = self.hidden.hide(KEY, "form!pw", VALUE, buildids)
        self.successResultOf(Deferred.fromCoroutine(hiding))

    def shown(self, *buildids: int) -> list[str]:
        return [self.redactor.redact(VALUE, self.given.of_buildid(each)) for each in buildids]

    def trigger(self, parent: int, buildid: int) -> None:
        request = buildid + 100
        self.descendants.add_buildset(parent, lambda: succeed((9, {1: request})))
        self.descendants.add_build(request, lambda: succeed((buildid, 1)))

    def test_in_builds_and_their_descendants(self) -> None:
        self.trigger(17, 18)
        self.hide(17)
        self.trigger(18, 19)
        self.assertEqual(self.shown(17, 18, 19), ["<form!pw>"] * 3)
        self.assertEqual(self.shown(20), [VALUE])
        self.assertEqual(self.redactor.redact(VALUE), "<form!pw>")

    def test_until_it_is_forgotten(self) -> None:
        self.hide(17)
        self.hide(18)
        self.assertEqual((len(self.redactor), self.hidden.known), (1, {KEY}))
        self.hidden.forget([KEY])
        self.assertEqual(self.shown(17, 18), [VALUE] * 2)
        self.assertEqual((len(self.redactor), self.hidden.known), (0, frozenset()))
        self.assertEqual(self.given.of_buildid(17), set())

    def test_what_is_public(self) -> None:
        self.is_public = True
        self.hide(17)
        self.assertEqual((self.shown(17), self.hidden.known), ([VALUE], frozenset()))
