"""What providers answer to whoever asks them without the keychain."""

from __future__ import annotations

from typing import Any

from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.providers import hide_answers
from tests.support.fake_master import FakeMaster

VALUE = "s3cr3t-of-a-provider"


class InHouseProvider(SecretProviderBase):
    """Somebody's own, which answers in the way that `answer` does."""

    name: Any = "inhouse"
    master: Any = None

    def get(self, entry: str) -> Any:
        return self.answer(VALUE if entry == "token" else None)

    def answer(self, value: str | None) -> Any:
        return value


async def later(value: str | None) -> str | None:
    return await succeed(value)


class DirectAnswersTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.provider: Any = InHouseProvider()
        self.master = self.provider.master = FakeMaster(self.provider)
        self.keychain = MasterKeychain.of(self.master)
        hide_answers(self.provider)

    def redacted(self) -> str:
        return self.keychain.redactor.redact(f"x {VALUE}")

    def test_a_value_is_hidden_before_it_is_returned(self) -> None:
        self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(self.redacted(), "x <token>")

    def test_values_that_come_later(self) -> None:
        waiting: Deferred[str] = Deferred()
        self.provider.answer = lambda _value: waiting
        answer = self.provider.get("token")
        self.assertNoResult(answer)
        waiting.callback(VALUE)
        self.assertEqual(self.successResultOf(answer), VALUE)
        self.assertEqual(self.redacted(), "x <token>")

    def test_coroutines_and_bytes(self) -> None:
        self.provider.answer = later
        self.assertEqual(self.successResultOf(self.provider.get(entry="token")), VALUE)
        self.assertEqual(self.redacted(), "x <token>")
        self.provider.answer = lambda _: b"other-secret-value"
        self.assertEqual(self.provider.get("other"), b"other-secret-value")
        self.assertEqual(self.keychain.redactor.redact("other-secret-value"), "<other>")

    def test_what_is_no_value(self) -> None:
        self.assertIsNone(self.provider.get("nope"))
        self.provider.answer = lambda _: 17
        self.assertEqual(self.provider.get("number"), 17)
        self.provider.answer = lambda _: fail(ValueError())
        self.failureResultOf(self.provider.get("token"), ValueError)
        self.assertEqual(len(self.keychain.redactor), 0)

    def test_public_names(self) -> None:
        for public in ("token", "inhouse!token"):
            self.provider.keychain_public = frozenset({public})
            self.successResultOf(self.master.reconfigure())
            self.assertEqual(self.provider.get("token"), VALUE)
            self.assertEqual(self.redacted(), f"x {VALUE}")

    def test_a_master_without_a_keychain(self) -> None:
        self.provider.master = FakeMaster()
        self.assertEqual(self.provider.get("token"), VALUE)
        self.provider.master = None
        self.assertEqual(self.provider.get("token"), VALUE)
        self.assertEqual(len(self.keychain.redactor), 0)

    def test_a_second_call_does_nothing(self) -> None:
        get = self.provider.get
        hide_answers(self.provider)
        self.assertIs(self.provider.get, get)
