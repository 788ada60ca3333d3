"""Suggestions as text."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.policy import Allow, Suggested, Suggestion, parse_rules, python_of, toml_of

RULE = Allow(["deploy/*", "vault!x"], builders=["release-*"], forced=True, location="suggestion")

TOML = """\
# used 1,200 times; from 50 repositories, so from any
[[allow]]
secrets = ["deploy/*", "vault!x"]
builders = ["release-*"]
forced = true

# From outside: whoever opens a pull request could obtain these. Is that meant? Only then
# remove the # before the lines.

# used once
# [[allow]]
# secrets = ["ci"]
# outside = true

# Not allowed by these rules:
#   why
"""

PYTHON = """\
policy=[
    # used 3 times
    secrets.Allow(
        secrets=['deploy/*', 'vault!x'],
        builders=['release-*'],
        forced=True,
    ),
]
"""


class TextTests(SynchronousTestCase):
    """`toml_of` and `python_of`."""

    def test_toml(self) -> None:
        rule = Suggested(RULE, 1200, ("from 50 repositories, so from any",))
        asked = Suggested(Allow("ci", outside=True), 1)
        self.assertEqual(toml_of(Suggestion((rule,), (asked,), ("why",))), TOML)

    def test_python(self) -> None:
        self.assertEqual(python_of(Suggestion((Suggested(RULE, 3),), (), ())), PYTHON)

    def test_any_text(self) -> None:
        for text in ('a"b\\', "é\U0001f511", "a\nb\x7f\x00", "[[allow]]"):
            rule = Allow([text] * 30, builders=[text], location="x")
            suggestion = Suggestion((Suggested(rule, 3),), (), ())
            self.assertEqual(parse_rules(toml_of(suggestion), "x"), [rule])
            scope = {"secrets": _Secrets}
            found = eval(python_of(suggestion).removeprefix("policy="), scope)
            self.assertEqual(found, [rule])


class _Secrets:
    Allow = Allow
