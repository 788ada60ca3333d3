from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Allow
from buildbot_keychain.audit import Given, Lookup
from buildbot_keychain.audit.given import RuleTexts
from buildbot_keychain.details import Requester

BUILD = Requester("build", builder="release")
FACTS = ("vault", "team/app", 3, "allowed", "cache", "ab12")


class GivenTests(SynchronousTestCase):
    def test_it_is_an_event_of_a_lookup(self) -> None:
        first, second = Allow("a", location="x:1"), Allow("b", location="x:2")
        given = Given("vault!team/app", BUILD, (first, None, second, first), FACTS)
        self.assertEqual(
            given.event(RuleTexts(), 0.5),
            Lookup(
                "vault!team/app",
                BUILD,
                "given",
                "vault",
                "team/app",
                3,
                "allowed",
                ("Allow('a') (x:1)", "Allow('b') (x:2)"),
                "cache",
                "",
                "ab12",
                0.5,
            ),
        )
        self.assertEqual((given.provider, given.digest), ("vault", "ab12"))

    def test_whether_it_says_the_same(self) -> None:
        rule = Allow("a")
        given = Given("x", BUILD, (rule, None), FACTS)
        self.assertTrue(given.says((rule, None), (*FACTS,)))
        for rules in ((rule,), (rule, None, None), (None, rule), (Allow("a"), None)):
            self.assertFalse(given.says(rules, FACTS))
        self.assertFalse(given.says((rule, None), (*FACTS[:2], 4, *FACTS[3:])))


class RuleTextsTests(SynchronousTestCase):
    def test_each_is_made_once(self) -> None:
        texts, rules = RuleTexts(), (Allow("a"), Allow("b"))
        self.assertIs(texts.of(rules), texts.of([*rules]))
        self.assertEqual(texts.of(()), ())
