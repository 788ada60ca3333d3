"""What is listed for an import, of a server whose answers are written here."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.vault import _listing, vault_entries
from buildbot_keychain.providers.vault.secrets import Mount
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
)
from buildbot_keychain.providers.vault.transport._api import VaultApi


class _Provider:
    """A `SecretInVault` and its server in one."""

    name = "vault"
    reactor: Any = reactor

    def __init__(self, answers: dict[str, Any], mount: Mount) -> None:
        self.api = VaultApi(None)
        self.asked: list[str] = []
        self.runtime = SimpleNamespace(mounts=self)
        self._answers, self._mount = answers, mount

    def without_trace(self, _path: str, coroutine: Any) -> Any:
        return Deferred.fromCoroutine(coroutine)

    async def session(self, path: str) -> Any:
        return self, RequestContext(self.name, path, reactor, 60)

    async def locate(self, _path: str, _session: Any, _context: Any) -> Mount:
        return self._mount

    async def send(self, context: RequestContext, request: Any, **_: Any) -> Any:
        path = request.path.rstrip("/") + ("/" if request.method == "LIST" else "")
        self.asked.append(path)
        answer = self._answers.get(path)
        if answer is None:
            raise VaultRefused(VaultRefusal.ABSENT, 404)
        if isinstance(answer, str):
            raise getattr(context, answer)("so it is")
        return {"data": {"keys": answer} if isinstance(answer, list) else answer}


class ListingTests(TestCase):
    async def found(self, answers: dict[str, Any], path: str = "kv", **mount: Any) -> Any:
        """Return the names with what each had, or the class of its error, and what ended it."""
        kind = mount or {"type": "kv", "version": 2}
        self.vault: Any = _Provider(answers, Mount("kv", **kind))

        def work() -> Any:
            found: dict[str, Any] = {}
            try:
                for name, read in vault_entries(self.vault, path):
                    found[name] = _or_error(read)
            except ProviderError as error:
                return found, type(error)
            return found, None

        return await deferToThread(work)

    async def test_folders_and_entries(self) -> None:
        answers: dict[str, Any] = {
            "kv/metadata/": ["a", "a/", "b/", "odd\n"],
            "kv/metadata/a/": ["one"],
            "kv/metadata/b/": "denied",
            "kv/data/a": {"data": {"x": 1.5}},
            "kv/data/a/one": "denied",
        }
        found, ended = await self.found(answers)
        self.assertIsNone(ended)
        self.assertEqual(json.loads(found.pop("a")), {"data": {"data": {"x": 1.5}}})
        expected = {"a/one": AccessDenied, "b/": AccessDenied, "odd\n": ProviderError}
        self.assertEqual(found, expected)

    async def test_below_a_folder_of_the_first_version(self) -> None:
        answers = {"kv/team/": ["x", "y/"], "kv/team/x": {"v": "1"}}
        found, ended = await self.found(answers, "kv/team", type="kv", version=1)
        self.assertEqual((found, ended), ({"team/x": '{"data": {"v": "1"}}'}, None))
        self.assertEqual(self.vault.asked, ["kv/team/", "kv/team/x", "kv/team/y/"])

    async def test_what_ends_it(self) -> None:
        """An outage, as each entry would wait for it; and what is not KV, or may not be listed."""
        answers: dict[str, Any] = {"kv/metadata/": ["a", "b"], "kv/data/a": "unavailable"}
        found, ended = await self.found(answers)
        self.assertEqual((found, ended), ({"a": ProviderUnavailable}, ProviderUnavailable))
        answers = {"kv/metadata/": ["a/"], "kv/metadata/a/": "unavailable"}
        self.assertEqual(await self.found(answers), ({}, ProviderUnavailable))
        self.assertEqual(await self.found({"kv/metadata/": "denied"}), ({}, AccessDenied))
        self.assertEqual(await self.found({}, type="pki"), ({}, ProviderError))

    def test_what_cannot_be_a_path(self) -> None:
        provider: Any = _Provider({}, Mount("kv", "kv", 2))
        for path in ("kv/../sys", "kv//a", "", "a\nb"):
            self.assertRaises(ProviderError, vault_entries, provider, path)

    async def test_too_much(self) -> None:
        self.patch(_listing, "MOST_FOLDERS", 5)
        answers: dict[str, Any] = {f"kv/metadata/{'a/' * depth}": ["a/"] for depth in range(99)}
        self.assertEqual(await self.found(answers), ({}, ProviderError))
        self.assertEqual(len(self.vault.asked), 5)


def _or_error(read: Callable[[], str | None]) -> Any:
    try:
        return read()
    except ProviderError as error:
        return type(error)
