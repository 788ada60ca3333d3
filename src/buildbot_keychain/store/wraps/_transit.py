"""`Transit`: wraps by a server that keeps its key to itself, such as Vault's transit engine.

A wrap is what the server answers, in UTF-8: ``vault:v1:...``. What is encrypted is ``store id |
ring key``. It does not say who made it: whoever may encrypt with that key can. The server is
reached by whoever implements `TransitKey`; nothing here knows a network.
"""

from __future__ import annotations

import hmac
from typing import Protocol


class TransitKey(Protocol):
    """A key of a server that encrypts and decrypts."""

    @property
    def name(self) -> str:
        """The server's name of the key, with its mount: ASCII, without blanks."""

    def encrypt(self, plain: bytes) -> str:
        """Return `plain` as the server encrypts it. May block.

        :raise KeyRingError: when the server does not answer, or denies it.
        """

    def decrypt(self, encrypted: str) -> bytes:
        """Return what the server decrypts. May block.

        :raise KeyRingError: when the server does not answer, or denies it.
        """


class Transit:
    """Wraps with a key of a server, and opens what is wrapped with it."""

    kind = "transit"

    def __init__(self, key: TransitKey) -> None:
        self.label = key.name
        self._key = key

    def wrap(self, ring_key: bytes, store_id: bytes) -> bytes:
        """Return the ring key, encrypted by the server. May block.

        :raise KeyRingError: when the server does not answer, or denies it.
        """
        return self._key.encrypt(store_id + ring_key).encode("utf-8")

    def unwrap(self, label: str, wrapped: bytes, store_id: bytes) -> bytes | None:
        """Return the ring key, or ``None`` where it is wrapped with another key. May block.

        :raise KeyRingError: when the server does not answer, or denies it.
        """
        if label != self.label:
            return None
        opened = self._key.decrypt(wrapped.decode("utf-8", "replace"))
        found, ring_key = opened[: len(store_id)], opened[len(store_id) :]
        return ring_key if hmac.compare_digest(found, store_id) else None
