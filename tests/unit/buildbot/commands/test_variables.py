from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.commands._variables import escape_secrets, escape_variables
from buildbot_keychain.redaction import Redactor
from tests.support.commands import replace_variables

VALUE = "s3cr3t${HOME}t0ken"
SURROUNDING = {"HOME": "/home/ci"}


def received(text: str) -> str:
    """Return what arrives of a value."""
    return replace_variables(text, SURROUNDING)


class EscapeVariablesTests(TestCase):
    def test_any_text_arrives(self) -> None:
        @given(st.text(alphabet="${}aHOME_-\n", max_size=30))
        def arrives(text: str) -> None:
            self.assertEqual(received(escape_variables(text)), text)

        arrives()
        for text in ("${HOME}", "$${HOME}", "${}", "$${}{HOME}", "${${HOME}}", "${HOME", "$HOME"):
            self.assertEqual(received(escape_variables(text)), text)


class EscapeSecretsTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor()
        self.redactor.add("token", VALUE)

    def received(self, value: object) -> object:
        (result,) = escape_secrets(self.redactor.seen_by(None), {"X": value}).values()
        return [received(each) for each in result] if isinstance(result, list) else received(result)

    def test_nothing_in_a_secret_is_replaced(self) -> None:
        self.assertEqual(self.received(VALUE), VALUE)
        self.assertEqual(self.received(f"a{VALUE}b{VALUE}"), f"a{VALUE}b{VALUE}")

    def test_what_the_configuration_says_is(self) -> None:
        self.assertEqual(self.received("${HOME}/bin:${NO}"), "/home/ci/bin:")
        text = f"${{HOME}}{VALUE}${{HOME}}"
        self.assertEqual(self.received(text), f"/home/ci{VALUE}/home/ci")

    def test_each_element_of_a_list(self) -> None:
        self.assertEqual(self.received(["${HOME}", VALUE]), ["/home/ci", VALUE])

    def test_what_begins_or_ends_in_a_secret(self) -> None:
        self.redactor.add("begins", "begins-with-a$")
        self.redactor.add("ends", "{HOME}-at-its-start")
        for text in ("begins-with-a${HOME}", "${HOME}-at-its-start"):
            self.assertEqual(self.received(text), text)

    def test_other_values_pass(self) -> None:
        environment = {"A": "b", "B": None, "C": b"${HOME}", "D": "${HOME}"}
        self.assertEqual(escape_secrets(self.redactor.seen_by(None), environment), environment)
