"""`KeyRing`: the keys of a store, and the text in which a file keeps them. Pure.

The keys seal the store's data keys, each of which seals one value. The ring holds them; which one
seals from now on, the *primary*, stands in the database, so that several masters agree. A key that
is replaced becomes *retired*: it opens what it has sealed, in backups too, and seals nothing more.
A ring never changes: methods return another one, which `ring_file` writes.

**The file** is text in ASCII (`_ring_text`)::

    buildbot-keychain ring 1
    store STORE-ID
    wrap KIND LABEL WRAPPED                  none where the keys are not wrapped
    key KEY-ID STATE CREATED KEY             KEY in a box where they are wrapped
    check MAC

**It authenticates itself.** The MAC is over all that stands before it. Its key is derived from the
keys themselves, or from the *ring key* where they are wrapped, which is random, seals them, and is
wrapped for each of several people and machines. So nobody adds a wrap, takes one away or brings a
retired key back without having opened the ring. In a ring that is not wrapped, the MAC protects
against damage alone: whoever can write to it can read it. Each key is checked by its id as well.

What it does not say is who wrote it. A passphrase opens only what somebody wrapped who knows it.
But whoever has a public key of age, or may encrypt with the server's key, can wrap a ring of their
own making for it; with a database that fits, it opens. What notices that is the head of the journal
that was seen last, which is kept elsewhere.

No method makes a key because one is missing; `create` and `with_new_key` alone do.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from buildbot_keychain.errors import DamagedBox, KeyRingError, NotABox, WrongKey
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store import _ciphers
from buildbot_keychain.store._ring_text import KeyLine, RingText, Wrap, parse
from buildbot_keychain.store.envelope import LABEL, Purpose, key_id, open_box, seal, u64
from buildbot_keychain.store.wraps import Unwrapper, Wrapper

STORE_ID_LENGTH = 16

ADDED = "added"
"""The state of a key that may seal."""

RETIRED = "retired"
"""The state of a key that opens what it has sealed, and seals nothing more."""

_INFO = LABEL + b" ring"
_DAMAGED = "restore it from its backup"


@secretive
@dataclass(frozen=True)
class RingKey:
    """A key of the store.

    :param key: 32 bytes, which are not shown.
    :param state: `ADDED` or `RETIRED`.
    :param created: seconds since the epoch.
    :ivar id: the 8 bytes that name it in public.
    """

    key: bytes = field(repr=False)
    state: str
    created: int
    id: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", key_id(self.key))


@secretive
@dataclass(frozen=True)
class KeyRing:
    """The keys of one store, oldest first, and for whom they are wrapped.

    :param store_id: the 16 bytes that name the store; every box in it is bound to them.
    :param ring_key: what seals the keys in the file; ``None`` where they are not wrapped.
    :param wraps: the ring key, as each person or machine can open it.
    """

    store_id: bytes
    keys: tuple[RingKey, ...]
    ring_key: bytes | None = field(default=None, repr=False)
    wraps: tuple[Wrap, ...] = field(default=(), repr=False)

    @classmethod
    def create(cls, now: int) -> KeyRing:
        """Return the ring of a new store, with one key.

        :param now: seconds since the epoch.
        """
        return cls(secrets.token_bytes(STORE_ID_LENGTH), (_new_key(now),))

    def key(self, wanted: bytes) -> bytes:
        """Return the key of an id.

        :raise KeyRingError: when the ring lacks it.
        """
        return self._find(wanted).key

    def oldest(self) -> RingKey:
        """Return the oldest key that may seal, which every copy of the ring has; there is one."""
        return next(key for key in self.keys if key.state != RETIRED)

    def is_retired(self, wanted: bytes) -> bool:
        """Return whether the key of an id is retired.

        :raise KeyRingError: when the ring lacks it.
        """
        return self._find(wanted).state == RETIRED

    def sealing_key(self, wanted: bytes) -> bytes:
        """Return the key of an id, to seal with.

        :raise KeyRingError: when the ring lacks it, or it is retired.
        """
        found = self._find(wanted)
        if found.state == RETIRED:
            msg = f"the key {wanted.hex()} is retired and must not seal; rotate to a newer one"
            raise KeyRingError(msg)
        return found.key

    def with_new_key(self, now: int) -> KeyRing:
        """Return the ring with one more key, the last of its `keys`.

        :param now: seconds since the epoch.
        """
        return replace(self, keys=(*self.keys, _new_key(now)))

    def with_retired(self, wanted: bytes) -> KeyRing:
        """Return the ring with a key of it retired.

        :raise KeyRingError: when the ring lacks it, or has no other that may seal.
        """
        retired = replace(self._find(wanted), state=RETIRED)
        keys = tuple(retired if key.id == wanted else key for key in self.keys)
        if all(key.state == RETIRED for key in keys):
            msg = f"the key {wanted.hex()} is the last that may seal; add another one first"
            raise KeyRingError(msg)
        return replace(self, keys=keys)

    def wrapped_for(self, wrappers: Sequence[Wrapper]) -> KeyRing:
        """Return the ring with its keys wrapped for these people and machines, and no others.

        The ring key is a new one: who could open the file before cannot open what is written from
        now on. But they have seen the keys; rotate them. With no wrapper, the keys are not wrapped.
        """
        if not wrappers:
            return replace(self, ring_key=None, wraps=())
        ring_key = secrets.token_bytes(_ciphers.KEY_LENGTH)
        return replace(self, ring_key=ring_key, wraps=()).wrapped_also_for(wrappers)

    def with_wraps(self, wraps: Sequence[Wrap]) -> KeyRing:
        """Return the ring, which is wrapped, with some of its wraps alone; the ring key stays."""
        return replace(self, wraps=tuple(wraps))

    def wrapped_also_for(self, wrappers: Iterable[Wrapper]) -> KeyRing:
        """Return the ring, which is wrapped already, wrapped for more people or machines.

        :raise KeyRingError: when it is not wrapped, or is for one of them.
        """
        if self.ring_key is None:
            raise KeyRingError("the keys are not wrapped")
        wraps = list(self.wraps)
        for wrapper in wrappers:
            if any((wrap.kind, wrap.label) == (wrapper.kind, wrapper.label) for wrap in wraps):
                msg = f"it is wrapped for {wrapper.kind} {wrapper.label} already"
                raise KeyRingError(msg)
            wrapped = wrapper.wrap(self.ring_key, self.store_id)
            wraps.append(Wrap(wrapper.kind, wrapper.label, wrapped))
        return replace(self, wraps=tuple(wraps))

    def to_bytes(self) -> bytes:
        """Return the content of its file."""
        lines = [
            KeyLine(key.id, key.state, key.created, self._content_of(key)) for key in self.keys
        ]
        text = RingText(self.store_id, self.wraps, tuple(lines))
        return text.signed(self._mac(text.body()))

    @classmethod
    def from_bytes(cls, content: bytes, unwrappers: Iterable[Unwrapper] = ()) -> KeyRing:
        """Return the ring that `to_bytes` wrote.

        :param unwrappers: what opens the ring key; each is tried. If there is any, the keys must be
            wrapped: a ring in clear was put there by something else.
        :raise KeyRingError: when anything differs from what was written, or none of them opens it.
            The message is the end of a sentence that begins with the file.
        """
        text, mac = parse(content)
        unwrappers = tuple(unwrappers)
        if unwrappers and not text.wraps:
            msg = f"is not wrapped, and should be; {_DAMAGED}, or give nothing to open it"
            raise KeyRingError(msg)
        ring_key = _unwrap(text, unwrappers) if text.wraps else None
        keys = tuple(_key_of(line, text.store_id, ring_key) for line in text.keys)
        ring = cls(text.store_id, keys, ring_key, text.wraps)
        if not hmac.compare_digest(mac, ring._mac(text.body())):
            msg = f"is damaged, or was changed by something else; {_DAMAGED}"
            raise KeyRingError(msg)
        return ring

    def _find(self, wanted: bytes) -> RingKey:
        for key in self.keys:
            if key.id == wanted:
                return key
        has = ", ".join(key.id.hex() for key in self.keys)
        msg = (
            f"the key ring lacks the key {wanted.hex()} (it has {has}); "
            "copy it from a master that has the key, or restore it from the backup of the database"
        )
        raise KeyRingError(msg)

    def _mac(self, body: bytes) -> bytes:
        secret = self.ring_key or b"".join(key.key for key in self.keys)
        return hmac.digest(_ciphers.hkdf(secret, self.store_id, _INFO, 32), body, "sha256")

    def _content_of(self, key: RingKey) -> bytes:
        if self.ring_key is None:
            return key.key
        place = _place(self.store_id, key.id, key.created)
        return seal(self.ring_key, Purpose.FIELD, place, key.key)


def _new_key(now: int) -> RingKey:
    return RingKey(secrets.token_bytes(_ciphers.KEY_LENGTH), ADDED, int(now))


def _place(store_id: bytes, kid: bytes, created: int) -> list[bytes]:
    return [store_id, b"ring", b"key", kid, u64(created)]


def _unwrap(text: RingText, unwrappers: tuple[Unwrapper, ...]) -> bytes:
    for wrap in text.wraps:
        for unwrapper in unwrappers:
            if unwrapper.kind == wrap.kind:
                ring_key = unwrapper.unwrap(wrap.label, wrap.wrapped, text.store_id)
                if ring_key is not None and len(ring_key) == _ciphers.KEY_LENGTH:
                    return ring_key
    wrapped_for = ", ".join(f"{wrap.kind} {wrap.label}" for wrap in text.wraps)
    given = ", ".join(sorted({unwrapper.kind for unwrapper in unwrappers})) or "nothing"
    msg = f"is wrapped for {wrapped_for}; {given} was given, which does not open it"
    raise KeyRingError(msg)


def _key_of(line: KeyLine, store_id: bytes, ring_key: bytes | None) -> RingKey:
    content = line.content
    damaged = f"is damaged in its key {line.id.hex()}; {_DAMAGED}"
    if ring_key is not None:
        try:
            place = _place(store_id, line.id, line.created)
            content = open_box(ring_key, Purpose.FIELD, place, content)
        except (NotABox, WrongKey, DamagedBox) as error:
            raise KeyRingError(damaged) from error
    if len(content) != _ciphers.KEY_LENGTH or key_id(content) != line.id:
        raise KeyRingError(damaged)
    return RingKey(content, line.state, line.created)
