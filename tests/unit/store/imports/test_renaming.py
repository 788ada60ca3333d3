from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.store.imports import Renaming, Rule, rules_of


class RenamingTests(SynchronousTestCase):
    def test_names_stay_but_for_the_prefix(self) -> None:
        self.assertEqual(Renaming().new_name("a"), "a")
        self.assertEqual(Renaming(prefix="old/").new_name("a"), "old/a")

    def test_the_first_rule_that_fits_counts(self) -> None:
        rules = rules_of("a = b\n\n# a comment\nx/*.pem=keys/*\nx/*=\n*-tmp=\n")
        renaming = Renaming(rules, "p/")
        names = ["a", "x/one.pem", "x/one", "z-tmp", "aa"]
        found = [renaming.new_name(name) for name in names]
        self.assertEqual(found, ["p/b", "p/keys/one", None, None, "p/aa"])
        self.assertEqual(renaming.unused, [])

    def test_a_star_stands_for_anything_but_not_for_an_overlap(self) -> None:
        rule = Rule.parse("ab*ba=*")
        self.assertEqual([rule.apply(name) for name in ("abba", "ab-ba", "aba")], ["", "-", None])

    def test_rules_that_were_for_nothing_are_known(self) -> None:
        renaming = Renaming([Rule("a", "b"), Rule("typo", "c")])
        renaming.new_name("a")
        self.assertEqual(renaming.unused, [Rule("typo", "c")])

    def test_what_is_no_rule(self) -> None:
        for text in ("a", "=b", "a**=b", "a=*", "a*=b**"):
            error = self.assertRaises(ConfigurationError, Rule.parse, text)
            self.assertIn("must be OLD=NEW", str(error))
