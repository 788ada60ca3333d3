"""`Sealer`: seals the values that somebody else's code keeps in files or tables of its own.

A sealed text is ``bbk1:COUNTER:BOX``: a decimal number, and the box in base64url without padding.
The box holds the value as a payload does, so it does not show how long it is. It opens only where
it was sealed: in the same store, for the same purpose, owner, field and counter. So a text that was
copied to another field, or whose counter was edited, does not open. An older text of the same field
does, unless the caller says what counter it must have at least.

Pure but for what is passed in: `SealedWrites` remembers which fields have been sealed.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Protocol

from buildbot_keychain import utf8
from buildbot_keychain.errors import NotABox, StoreError, StoreRolledBack, quote
from buildbot_keychain.store.envelope import Kind, Purpose, open_box, pad, seal, u64, unpad

_PREFIX = "bbk1:"
_FORM = re.compile(r"bbk1:(0|[1-9][0-9]{0,18}):([A-Za-z0-9_-]+)", re.ASCII)
_COUNTERS = range(1 << 63)


def is_sealed(text: str) -> bool:
    """Return whether a text claims to be sealed: no other is a plain text."""
    return text.startswith(_PREFIX)


class SealedWrites(Protocol):
    """Remembers, for good, which fields have been sealed; a store does so in its journal."""

    def has_sealed(self, purpose: str, owner: str, field: str) -> bool:
        """Return whether that field has ever been sealed. May block."""

    def record(self, purpose: str, owner: str, field: str) -> None:
        """Remember that it has been. May block."""


class Sealer:
    """Seals and unseals the fields of one owner. It shows no key.

    :param key: 32 bytes: the key for this, derived from the store's root secret.
    :param store_id: the 16 bytes that name the store.
    :param purpose: what the values are for: the name of a plug-in.
    :param owner: whose they are: the name of a service, or of a class for all of its instances.
    :param writes: where it is remembered which fields have been sealed.
    :param report: called with a sentence for each plain text that is accepted; it shows no value.
    """

    def __init__(
        self,
        key: bytes,
        store_id: bytes,
        purpose: str,
        owner: str,
        *,
        writes: SealedWrites,
        report: Callable[[str], object],
    ) -> None:
        self._key = key
        self._store_id = store_id
        self.purpose = purpose
        self.owner = owner
        self._writes = writes
        self._report = report

    def __repr__(self) -> str:
        return f"Sealer({self.purpose!r}, {self.owner!r})"

    def seal(self, field: str, value: str | bytes, counter: int = 0) -> str:
        """Return `value` sealed for one field: ASCII, different each time.

        From now on, no plain text is accepted for that field.

        :param counter: how often the field has been written, where its owner counts.
        :raise TypeError: when the value is neither text nor bytes.
        :raise ValueError: when the value is not valid Unicode, or the counter negative.
        """
        self.require_value(field, value)
        if isinstance(value, str) and not utf8.is_encodable(value):
            msg = f"{self._place(field)} is not valid Unicode"
            raise ValueError(msg)
        if counter not in _COUNTERS:
            msg = f"a counter must be from 0 to 2**63 - 1, not {counter}"
            raise ValueError(msg)
        padded = (
            pad(Kind.TEXT, value.encode()) if isinstance(value, str) else pad(Kind.BYTES, value)
        )
        box = seal(self._key, Purpose.FIELD, self._context(field, counter), padded)
        self._writes.record(self.purpose, self.owner, field)
        return f"{_PREFIX}{counter}:{urlsafe_b64encode(box).rstrip(b'=').decode('ascii')}"

    def require_value(self, field: str, value: object) -> None:
        """Raise a `TypeError` unless a value of that type can be sealed."""
        if not isinstance(value, (str, bytes)):
            msg = f"{self._place(field)} must be str or bytes, not {type(value).__name__}"
            raise TypeError(msg)

    def unseal(
        self, field: str, text: str, *, oldest: int = 0, migrate: bool = False
    ) -> str | bytes:
        """Return the value that was sealed.

        :param oldest: the counter that it must have at least.
        :param migrate: whether a plain text is accepted as well, as long as the field has never
            been sealed. It is reported.
        :raise NotABox: when it is not sealed.
        :raise StoreError: when it was sealed for another field or with another key, or changed.
        :raise StoreRolledBack: when its counter is lower than `oldest`.
        """
        loaded: object = text  # of a file, so it may be anything
        if not isinstance(loaded, str):
            raise NotABox(f"{self._place(field)} is not a text; set it again")
        if not is_sealed(text):
            return self._plain(field, text, migrate=migrate)
        counter, box = self._parsed(field, text)
        try:
            context = self._context(field, counter)
            kind, content = unpad(open_box(self._key, Purpose.FIELD, context, box))
        except StoreError as error:
            msg = f"{self._place(field)}: {error}; restore it from its backup, or set it again"
            raise type(error)(msg) from None
        if counter < oldest:
            msg = f"{self._place(field)} is older than it was: somebody has put it back"
            raise StoreRolledBack(msg)
        return content.decode() if kind is Kind.TEXT else content

    def _plain(self, field: str, text: str, *, migrate: bool) -> str:
        place = self._place(field)
        if not migrate:
            raise NotABox(f"{place} is not sealed; accept a plain text once with migrate=True")
        if self._writes.has_sealed(self.purpose, self.owner, field):
            raise NotABox(f"{place} is not sealed, and was before: somebody has replaced it")
        self._report(f"{place} is a plain text, which is sealed when it is saved")
        return text

    def _parsed(self, field: str, text: str) -> tuple[int, bytes]:
        matched = _FORM.fullmatch(text)
        try:
            if matched is not None and int(matched[1]) in _COUNTERS:
                return int(matched[1]), urlsafe_b64decode(matched[2] + "=" * (-len(matched[2]) % 4))
        except binascii.Error:  # of a length that none has
            pass
        raise NotABox(f"{self._place(field)} was cut or changed; restore it from its backup")

    def _context(self, field: str, counter: int) -> list[bytes]:
        names = [name.encode() for name in (self.purpose, field, self.owner)]
        return [self._store_id, *names, u64(counter)]

    def _place(self, field: str) -> str:
        return f"the field {quote(field)} of {quote(self.owner)}"
