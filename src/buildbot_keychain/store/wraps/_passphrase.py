"""`Passphrase`: a key that is derived from what a person knows, by Argon2id (RFC 9106).

A wrap is ``salt 16 B | u32be memory in KiB | u32be iterations | u32be lanes | box``. The box has
the purpose 3 and the context (store id, ``ring``, ``passphrase``, label, u64be 0). The passphrase
counts in Unicode's normal form C, as keyboards spell accents differently.
"""

from __future__ import annotations

import secrets
import struct
import unicodedata
from dataclasses import dataclass

from buildbot_keychain.errors import DamagedBox, KeyRingError, NotABox, WrongKey
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store import _ciphers
from buildbot_keychain.store.envelope import Purpose, open_box, seal, u64

_SALT_LENGTH = 16
_HEAD = struct.Struct(">16sIII")

_MAX_MEMORY, _MAX_ITERATIONS, _MAX_LANES = 1 << 20, 64, 64
"""KiB, passes and threads: a file that asks for more is not worked on."""

_MIN_MEMORY = 8
"""KiB for each lane, by the RFC."""


@dataclass(frozen=True)
class Cost:
    """What it costs to try a passphrase: about half a second by default.

    :param memory: KiB.
    :param iterations: passes over the memory.
    :param lanes: threads.
    """

    memory: int = 64 << 10
    iterations: int = 3
    lanes: int = 4

    def is_too_high(self) -> bool:
        """Return whether no wrap of that cost is opened."""
        return (
            self.memory > _MAX_MEMORY
            or self.iterations > _MAX_ITERATIONS
            or self.lanes > _MAX_LANES
        )

    def is_too_low(self) -> bool:
        """Return whether Argon2id knows no such cost."""
        return self.iterations < 1 or self.lanes < 1 or self.memory < _MIN_MEMORY * self.lanes


@secretive
class Passphrase:
    """Wraps for a passphrase, and opens what is wrapped for it. It shows nothing.

    :param text: the passphrase.
    :param label: whose it is, for a new wrap; every wrap of this kind is tried.
    :param cost: of a new wrap.
    :raise KeyRingError: when the passphrase is empty, or no wrap of that cost could be opened.
    """

    kind = "passphrase"

    def __init__(self, text: str, label: str = "passphrase", cost: Cost | None = None) -> None:
        self.label = label
        self._cost = cost or Cost()
        self._text = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
        if not self._text:
            raise KeyRingError("the passphrase is empty")
        if self._cost.is_too_high() or self._cost.is_too_low():
            msg = (
                f"the cost must be 1 to {_MAX_ITERATIONS} iterations, 1 to {_MAX_LANES} lanes, and "
                f"{_MIN_MEMORY} KiB for each lane to {_MAX_MEMORY} KiB of memory"
            )
            raise KeyRingError(msg)

    def labelled(self, label: str) -> Passphrase:
        """Return the same passphrase, for a new wrap of another label."""
        return Passphrase(self._text.decode("utf-8", "surrogatepass"), label, self._cost)

    def wrap(self, ring_key: bytes, store_id: bytes) -> bytes:
        """Return the ring key in a box that the passphrase opens. Takes a while.

        :raise KeyRingError: when there is too little memory for it.
        """
        salt = secrets.token_bytes(_SALT_LENGTH)
        cost = self._cost
        key = self._key(salt, cost)
        box = seal(key, Purpose.FIELD, _place(store_id, self.label), ring_key)
        return _HEAD.pack(salt, cost.memory, cost.iterations, cost.lanes) + box

    def unwrap(self, label: str, wrapped: bytes, store_id: bytes) -> bytes | None:
        """Return the ring key, or ``None`` where it is another passphrase. Takes a while.

        :raise KeyRingError: when the wrap is damaged, or there is too little memory for it.
        """
        try:
            salt, memory, iterations, lanes = _HEAD.unpack_from(wrapped)
            cost = Cost(memory, iterations, lanes)
            if cost.is_too_high():
                msg = f"has a wrap for passphrase {label} that asks for too much memory or time"
                raise KeyRingError(msg)
            return open_box(
                self._key(salt, cost), Purpose.FIELD, _place(store_id, label), wrapped[_HEAD.size :]
            )
        except WrongKey:
            return None
        except (DamagedBox, NotABox, ValueError, struct.error) as error:
            msg = f"is damaged in its wrap for passphrase {label}; restore it from its backup"
            raise KeyRingError(msg) from error

    def _key(self, salt: bytes, cost: Cost) -> bytes:
        try:
            return _ciphers.argon2id(self._text, salt, cost.memory, cost.iterations, cost.lanes)
        except MemoryError as error:
            msg = (
                f"needs {-(-cost.memory >> 10)} MiB of memory to try the passphrase, which this "
                "process does not get; let it have more"
            )
            raise KeyRingError(msg) from error


def _place(store_id: bytes, label: str) -> list[bytes]:
    return [store_id, b"ring", b"passphrase", label.encode("utf-8"), u64(0)]
