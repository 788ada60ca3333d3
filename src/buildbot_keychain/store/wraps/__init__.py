"""Wraps: what opens the ring key, for each of several people and machines.

A wrap stands in the file of the keys. Each opens the same ring key by itself: two people with their
passphrases, one machine with an age identity. Whoever has none of them learns nothing but the
labels.

**The error rule.** `Unwrapper.unwrap` returns ``None``, and only that, for a wrap that is not its
own: the next one is tried. Any error ends the attempt.

`_passphrase`   a passphrase, by Argon2id
`_age`          age recipients and identities; the only module of the store that imports pyrage
`_transit`      a server that encrypts and decrypts, as Vault's transit engine does
"""

from __future__ import annotations

from typing import Protocol

from buildbot_keychain.store.wraps._age import AgeIdentity, AgeRecipient
from buildbot_keychain.store.wraps._passphrase import Cost, Passphrase
from buildbot_keychain.store.wraps._transit import Transit, TransitKey

__all__ = [
    "AgeIdentity",
    "AgeRecipient",
    "Cost",
    "Passphrase",
    "Transit",
    "TransitKey",
    "Unwrapper",
    "Wrapper",
]


class Wrapper(Protocol):
    """Wraps a ring key for one person or machine."""

    @property
    def kind(self) -> str:
        """What opens it: lower-case letters."""

    @property
    def label(self) -> str:
        """Whose it is: ASCII, without blanks."""

    def wrap(self, ring_key: bytes, store_id: bytes) -> bytes:
        """Return the ring key as only its owner can open it. May block."""


class Unwrapper(Protocol):
    """Opens wraps of one kind."""

    @property
    def kind(self) -> str:
        """The kind of the wraps that it is asked for."""

    def unwrap(self, label: str, wrapped: bytes, store_id: bytes) -> bytes | None:
        """Return the ring key, or ``None`` where the wrap is not for it. May block.

        :raise KeyRingError: when it should open it and cannot now, or must not.
        """
