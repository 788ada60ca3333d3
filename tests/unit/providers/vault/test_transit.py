from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet import defer
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import ConfigurationError, KeyRingError
from buildbot_keychain.providers.vault import SecretInVault, TransitKeyOf

SERVER = "https://vault.example.org"


class TransitKeyTests(TestCase):
    """The server's part is in ``tests/integration/vault``."""

    def setUp(self) -> None:
        self.vault = SecretInVault(SERVER, "canary-of-the-token")
        self.answer: dict[str, Any] = {}

        async def write(path: str, data: dict[str, str]) -> dict[str, Any]:
            return self.answer

        self.vault.write = write  # type: ignore[method-assign]

    def test_wrong_arguments(self) -> None:
        for arguments, expected in (
            ((None, "ring"), "vault must be"),
            ((SimpleNamespace(checked=None), "ring"), "vault must be"),
            ((self.vault, "a/b"), "name must be"),
            ((self.vault, ""), "name must be"),
            ((self.vault, 5), "name must be"),
            ((self.vault, "ring", "/"), "mount must be"),
        ):
            error = self.assertRaises(ConfigurationError, TransitKeyOf, *arguments)
            self.assertIn(expected, str(error))

    def test_it_shows_no_token(self) -> None:
        self.assertNotIn("canary", repr(TransitKeyOf(self.vault, "ring")))

    def test_the_reactor_does_not_wait_for_itself(self) -> None:
        (unwrapper,) = TransitKeyOf(self.vault, "ring").unwrappers()
        error = self.assertRaises(KeyRingError, unwrapper.unwrap, "transit/ring", b"x", b"")
        self.assertIn("by a master that runs only", str(error))

    async def test_the_provider_that_answers_now_is_asked(self) -> None:
        """A reconfiguration stops one, and starts another one."""
        stopped = SecretInVault(SERVER, "canary-of-the-token")
        stopped.stopService()
        service = SimpleNamespace(checked=self.vault, current=stopped, name="v")
        (unwrapper,) = TransitKeyOf(service, "ring").unwrappers()
        message = await self.problem_of(unwrapper)
        self.assertIn("the key transit/ring of provider 'v': it has been stopped", message)
        service.current = self.vault
        self.assertIn("the answer has no plaintext", await self.problem_of(unwrapper))
        service.current = None
        self.assertIn("not among the providers", await self.problem_of(unwrapper))

    async def problem_of(self, unwrapper: Any) -> str:
        opened: defer.Deferred[Any] = deferToThread(unwrapper.unwrap, "transit/ring", b"x", b"")
        error: Any = await self.assertFailure(opened, KeyRingError)
        self.assertNotIn("canary", str(error))
        return str(error)

    async def test_answers_that_make_no_sense(self) -> None:
        (unwrapper,) = TransitKeyOf(self.vault, "ring").unwrappers()
        for answer, expected in (
            ({}, "the answer has no plaintext"),
            ({"data": {"plaintext": 5}}, "the answer has no plaintext"),
            ({"data": {"plaintext": "canary"}}, "something else than base64"),
        ):
            self.answer = answer
            self.assertIn(expected, await self.problem_of(unwrapper))
