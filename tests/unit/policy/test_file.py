from __future__ import annotations

from unittest import TestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.policy import Allow, Approval, Deny, parse_rules

RULES = """
# Who may deploy.
[[allow]]
secrets = ["deploy/*", "files!x"]
builders = ["release-*"]
repositories = ["https://git.example.org/app"]
branches = ["main"]

[[ deny ]]
secrets = "prod/*"
outside = true

[[allow]]
secrets = "ci"
"""


class FileTests(TestCase):
    def test_an_approval(self) -> None:
        rule = "[[allow]]\nsecrets='x'\n"
        text = f"{rule}approval = {{ by = ['a', 'b'], of = 2, wait = 60, valid = 9 }}"
        (allow,) = parse_rules(text, "policy.toml")
        self.assertEqual(allow.approval, Approval(["a", "b"], of=2, wait=60, valid=9))
        for entry, problem in (
            ("'a'", "approval must be a table of by, of, wait, valid"),
            ("{ roles = ['a'] }", "approval must be a table of by, of, wait, valid"),
            ("{ of = 2 }", "by of an Approval must be a list of roles"),
            ("{ by = ['a'], of = true }", "of of an Approval must be a whole number"),
        ):
            with self.assertRaises(ConfigurationError) as caught:
                parse_rules(f"{rule}approval = {entry}", "policy.toml")
            self.assertIn(f"policy.toml:1: {problem}", str(caught.exception))

    def test_rules_know_their_lines(self) -> None:
        rules = parse_rules(RULES, "policy.toml")
        deploy = Allow(
            ["deploy/*", "files!x"],
            builders=["release-*"],
            repositories=["https://git.example.org/app"],
            branches=["main"],
        )
        self.assertEqual(rules, [deploy, Allow("ci"), Deny("prod/*", outside=True)])
        places = [rule.location for rule in rules]
        self.assertEqual(places, ["policy.toml:3", "policy.toml:13", "policy.toml:9"])

    def test_rules_that_are_written_in_another_way(self) -> None:
        (rule,) = parse_rules('allow = [{secrets = ["x"]}]', "policy.toml")
        self.assertEqual((rule, rule.location), (Allow("x"), "policy.toml"))
        self.assertEqual(parse_rules("", "policy.toml"), [])

    def test_mistakes_are_named_with_their_place(self) -> None:
        for text, expected in (
            ("[[allow]]", "policy.toml:1: a rule needs secrets = [...]"),
            ("[[alow]]\nsecrets = 'x'", "policy.toml: 'alow' is not a rule"),
            ("[allow]\nsecrets = 'x'", "policy.toml: 'allow' is not a rule"),
            ("allow = ['x']", "policy.toml: a rule needs secrets"),
            ("[[allow]\n", "policy.toml: it is not TOML, at line 1"),
            ("\n[[allow]]\nsecrets='x'\nbranch=['a']", "policy.toml:2: there is no condition"),
            ("[[deny]]\nsecrets='x'\nbuilders='a'", "policy.toml:1: builders must be a list"),
            ("[[deny]]\nsecrets='x'\nlocation='a'", "policy.toml:1: a rule in a file cannot have"),
            ("[[deny]]\nsecrets=1", "policy.toml:1: secrets must be a list"),
        ):
            with self.assertRaises(ConfigurationError) as caught:
                parse_rules(text, "policy.toml")
            self.assertIn(expected, str(caught.exception), text)
