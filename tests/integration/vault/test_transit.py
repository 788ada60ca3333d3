"""`TransitKeyOf`: OpenBao's transit engine opens the keys of an encrypted store."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.providers.vault import TransitKeyOf
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.unlocking import require_unlock, unwrappers_of
from tests.support.store_keys import NOW
from tests.support.vault.case import OneServerTestCase


class TransitTests(OneServerTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server.root.write("sys/mounts/transit", type="transit")
        cls.server.root.write("transit/keys/ring")

    def opened(self, ring: KeyRing, key: TransitKeyOf) -> Deferred[KeyRing]:
        """Wrap a ring with a key, and open it, in a thread."""

        def work() -> KeyRing:
            (wrapper,) = key.unwrappers()
            wrapped: Any = ring.wrapped_for([wrapper])  # type: ignore[list-item]
            return KeyRing.from_bytes(wrapped.to_bytes(), unwrappers_of(require_unlock([key])))

        return deferToThread(work)

    async def test_a_ring_opens(self) -> None:
        vault = self.provider(self.server.address, self.root.token)
        ring = KeyRing.create(NOW)
        for given in (
            vault,
            SimpleNamespace(checked=vault, current=vault, name="vault"),
        ):
            self.assertEqual((await self.opened(ring, TransitKeyOf(given, "ring"))).keys, ring.keys)

    async def test_what_the_server_refuses(self) -> None:
        ring = KeyRing.create(NOW)
        vault = self.provider(self.server.address, "no-such-token")
        message = await self.message_of(self.opened(ring, TransitKeyOf(vault, "ring")))
        self.assertIn("the key transit/ring of provider 'SecretInVault': ", message)
        vault = self.provider(self.server.address, self.root.token)
        key = TransitKeyOf(vault, "ring", mount="elsewhere")
        message = await self.message_of(self.opened(ring, key))
        self.assertIn("is 'elsewhere/encrypt/ring' right?", message)
        (unwrapper,) = key.unwrappers()
        error = self.assertRaises(KeyRingError, unwrapper.unwrap, "elsewhere/ring", b"", b"")
        self.assertIn("by a master that runs only", str(error))

    async def message_of(self, opened: Deferred[KeyRing]) -> str:
        error: Any = await self.assertFailure(opened, KeyRingError)
        self.shows_nothing(str(error), "the error")
        return str(error)
