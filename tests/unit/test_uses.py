"""What is kept of who asked for which secret."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Question, Rule
from buildbot_keychain.uses import ALLOWED, DENIED, Use, key_of
from tests.support.policies import REQUESTERS, RULES, decided


class UseTests(SynchronousTestCase):
    """`Use`."""

    @given(REQUESTERS, st.text(), RULES)
    def test_what_is_kept_is_decided_alike(
        self, requester: Requester, name: str, rules: list[Rule]
    ) -> None:
        stored = Use(name, requester, ALLOWED, "because").stored()
        self.assertTrue(stored.isascii())
        read = Use.read(stored)
        assert read is not None
        self.assertEqual((read.name, read.outcome, read.reason), (name, ALLOWED, "because"))
        self.assertEqual(read.stored(), stored)
        for path in ("prod/db", "dev/db"):
            was, now = (Question("vault", path, each) for each in (requester, read.requester))
            self.assertEqual(decided(rules, *was[:3]), decided(rules, *now[:3]))

    def test_builds_that_differ_in_nothing_a_rule_can_name(self) -> None:
        first = Requester("build", builder="b", build=1, scope="build/1")
        second = replace(first, build=2, scope="build/2")
        keys = {key_of(Use("x", each).stored()) for each in (first, second)}
        self.assertEqual(len(keys), 1)
        self.assertNotIn(key_of(Use("x", first, DENIED).stored()), keys)

    def test_what_another_version_has_stored(self) -> None:
        document = json.loads(Use("x", Requester("service", service="s")).stored())
        document["requester"]["new"] = document["new"] = 1
        self.assertEqual(
            Use.read(json.dumps(document)), Use("x", Requester("service", service="s"))
        )
        for text in ("", "{}", "[1]", '{"requester": 1}'):
            self.assertIsNone(Use.read(text))
