from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import (
    EmptySecret,
    InvalidSecret,
)
from buildbot_keychain.lookups import _answers as module
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Interpolate
from tests.support.fakes import DictProvider
from tests.support.reachable import reachable_text

VALUE = "tr0ub4dor&3"


class TextTests(TestCase):
    def ask(self, answer: Any) -> Any:
        return SecretManager([DictProvider("first", {"x": answer})]).get("x")

    def test_bytes_are_read_as_utf_8(self) -> None:
        self.assertEqual(self.successResultOf(self.ask("пароль".encode())).value, "пароль")

    def test_bytes_that_are_not_utf_8_are_an_error_without_them(self) -> None:
        error = self.failureResultOf(self.ask(b"s3cr3t\xff"), InvalidSecret).value
        self.assertNotIn("s3cr3t", reachable_text(error))
        self.assertIn("UTF-8", str(error))

    def test_a_lone_surrogate_is_an_error_without_the_rest(self) -> None:
        error = self.failureResultOf(self.ask("s3cr3t\udcff"), InvalidSecret).value
        self.assertNotIn("s3cr3t", reachable_text(error))
        self.assertIn("not valid Unicode", str(error))

    def test_what_is_too_long_to_be_hidden_is_an_error_at_once(self) -> None:
        self.patch(module, "LONGEST", 20)
        for answer in ("s3cr3t" * 4, b"s3cr3t" * 4):
            error = self.failureResultOf(self.ask(answer), InvalidSecret).value
            self.assertIn("longer than 20 characters", str(error))
            self.assertNotIn("s3cr3t", reachable_text(error))
        self.assertEqual(len(self.successResultOf(self.ask("s3cr3t" * 3)).value), 18)

    def test_any_other_type_is_an_error_that_names_provider_and_type(self) -> None:
        for answer in (42, ["s3cr3t"], {"s3cr3t": 1}, object()):
            error = self.failureResultOf(self.ask(answer), InvalidSecret).value
            self.assertIn("first", str(error))
            self.assertIn(type(answer).__name__, str(error))
            self.assertNotIn("s3cr3t", reachable_text(error))


class EmptyTests(TestCase):
    """Values with which a build would be green and wrong."""

    def setUp(self) -> None:
        self.provider = DictProvider(
            "d", {"no": "", "blank": " \n", "mark": "\ufeff\n", "yes": VALUE}
        )

    def test_an_empty_value_is_an_error_that_says_how_to_allow_it(self) -> None:
        manager = SecretManager([self.provider, DictProvider("e", {"no": VALUE})])
        for name in ("no", "d!no", "blank", "mark"):
            error = self.failureResultOf(manager.get(name), EmptySecret).value
            self.assertIn("provider 'd': its value is empty; ", str(error))
            self.assertIn("allow_empty=", str(error))
        self.assertEqual(self.successResultOf(manager.get("yes")).value, VALUE)

    def test_a_name_that_is_allowed_to_be_empty(self) -> None:
        manager = SecretManager([self.provider], allow_empty=["no", "d!blank"])
        self.assertEqual(self.successResultOf(manager.get("no")).value, "")
        self.failureResultOf(manager.get("d!no"), EmptySecret)
        for name in ("d!blank", "blank"):
            self.assertEqual(self.successResultOf(manager.get(name)).value, " \n")

    def test_operators(self) -> None:
        """Those that are about empty values accept one; a default for a missing one does not."""
        manager = SecretManager([self.provider])
        for part, text in {":~else": "else", ":#?|yes|no": "no"}.items():
            rendered = manager.render(Interpolate(f"%(secret:no{part})s"))
            self.assertEqual(self.successResultOf(rendered), text)
        for part in ("", ":-else", ":+there", ":?|yes|no"):
            self.failureResultOf(manager.render(Interpolate(f"%(secret:no{part})s")), EmptySecret)
