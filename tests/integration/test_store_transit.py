"""A key ring that is wrapped by OpenBao's transit engine."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Passphrase, Transit
from tests.support.openbao.api import Api, ApiError
from tests.support.openbao.shared_server import SharedServer
from tests.support.store_keys import CHEAP, NOW


class Key:
    """A key of the engine, as an administrator's client uses it."""

    name = "transit/ring"

    def __init__(self, api: Api) -> None:
        self._api = api

    def encrypt(self, plain: bytes) -> str:
        answer = self._write("encrypt", plaintext=b64encode(plain).decode())
        return str(answer["ciphertext"])

    def decrypt(self, encrypted: str) -> bytes:
        return b64decode(self._write("decrypt", ciphertext=encrypted)["plaintext"])

    def _write(self, verb: str, **data: str) -> dict[str, str]:
        try:
            return self._api.write(f"transit/{verb}/ring", **data)
        except ApiError as error:
            raise KeyRingError(str(error)) from error


class TransitTests(SharedServer, SynchronousTestCase):
    @classmethod
    def prepare(cls, root: Api) -> None:
        root.write("sys/mounts/transit", type="transit")
        root.write("transit/keys/ring")

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(mode=0o700)
        self.ring = KeyRing.create(NOW)
        self.transit = Transit(Key(self.server.root))
        self.person = Passphrase("a person's", "alice", CHEAP)
        self.wrapped = self.ring.wrapped_for([self.transit, self.person])
        RingFile(self.directory / "ring").create(self.wrapped)

    def read(self, unwrapper: Transit | Passphrase) -> KeyRing:
        return RingFile(self.directory / "ring", [unwrapper]).read()

    def test_the_server_and_a_person_open_it(self) -> None:
        for unwrapper in (self.transit, self.person):
            self.assertEqual(self.read(unwrapper).keys, self.ring.keys)

    def test_it_opens_after_the_servers_key_was_rotated(self) -> None:
        self.server.root.write("transit/keys/ring/rotate")
        self.assertEqual(self.read(self.transit).keys, self.ring.keys)

    def test_a_server_that_denies_it_is_not_a_ring_of_others(self) -> None:
        denied = Transit(Key(self.server.root.with_token("no-such-token")))
        error = str(self.assertRaises(KeyRingError, self.read, denied))
        self.assertIn("transit/decrypt/ring: 403", error)
        self.assertEqual(self.read(self.person).keys, self.ring.keys)
