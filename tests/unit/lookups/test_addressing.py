from __future__ import annotations

from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import (
    InvalidName,
    SecretNotFound,
)
from buildbot_keychain.interfaces import IRendersArguments
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Secret
from tests.support.fakes import DictProvider, LockedProvider

VALUE = "tr0ub4dor&3"


class RenderedArgumentTests(TestCase):
    """Providers that need a secret of another provider before they can answer."""

    def setUp(self) -> None:
        self.files = DictProvider("files", {"key": VALUE})

    def test_the_fake_keeps_the_contract(self) -> None:
        verifyObject(IRendersArguments, LockedProvider("locked", "key"))

    def test_the_key_is_looked_up_in_the_others_and_anew_each_time(self) -> None:
        manager = SecretManager([LockedProvider("vault", Secret("key")), self.files])
        details = self.successResultOf(manager.get("vault!locked"))
        self.assertEqual(details.value, f"locked behind {VALUE}")
        self.assertEqual(manager.redactor.redact(f"a {VALUE}"), "a <key>")
        self.files.answers["key"] = "rotated-key"
        details = self.successResultOf(manager.get("vault!locked"))
        self.assertEqual(details.value, "locked behind rotated-key")

    def test_a_provider_that_needs_a_key_of_its_own_is_an_error(self) -> None:
        manager = SecretManager([LockedProvider("vault", Secret("vault!key"))])
        error = self.failureResultOf(manager.get("vault!locked"), InvalidName).value
        self.assertIn("secret 'vault!key': the provider 'vault' needs it", str(error))

    def test_keys_that_depend_on_each_other_are_not_found(self) -> None:
        manager = SecretManager(
            [LockedProvider("one", Secret("locked")), LockedProvider("two", Secret("locked"))]
        )
        self.failureResultOf(manager.get("one!locked"), SecretNotFound)


class NameTests(TestCase):
    def setUp(self) -> None:
        self.first = DictProvider("first", {"both": "one"})
        self.second = DictProvider("second", {"both": "two"})
        self.manager = SecretManager([self.first, self.second])

    def value_of(self, name: str) -> str:
        return str(self.successResultOf(self.manager.get(name)).value)

    def test_names_that_no_provider_can_have(self) -> None:
        for name in ("", "  ", None, 3, "third!x", "first!"):
            failure = self.failureResultOf(self.manager.get(name), InvalidName)  # type: ignore[arg-type]
            self.assertTrue(str(failure.value))

    def test_an_unknown_provider_is_reported_with_those_there_are(self) -> None:
        error = self.failureResultOf(self.manager.get("vualt!x"), InvalidName).value
        self.assertIn("first, second", str(error))

    def test_a_provider_is_addressed_by_its_kind_too(self) -> None:
        self.second.kind = "vault"  # type: ignore[attr-defined]
        self.assertEqual(self.value_of("vault!both"), "two")

    def test_two_of_a_kind_cannot_be_addressed_by_it(self) -> None:
        self.first.kind = self.second.kind = "vault"  # type: ignore[attr-defined]
        error = self.failureResultOf(self.manager.get("vault!both"), InvalidName).value
        self.assertIn("2 providers", str(error))
