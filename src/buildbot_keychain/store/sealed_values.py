"""`SealedValues`: values of one owner, each sealed in its own field, and counted. Pure.

What stands in a field opens only there: for that owner, that field, and as that write of it. What
must stand there is remembered beside it. So an older value that was put back is noticed, and so is
one that was removed, or put back after it was deleted. What is not noticed is that the place itself
and what is remembered beside it were put back together, as by restoring a whole database.

The base class has the rules. A host has a subclass that says where the values are kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from buildbot_keychain import utf8
from buildbot_keychain.errors import NotABox, StoreConflict, StoreTampered, quote
from buildbot_keychain.store.sealer import SealedWrites, Sealer, is_sealed

STATE = "state"
"""The purpose of the values that are kept here."""

FILE = "file"
"""The purpose of those that an author keeps elsewhere."""

LARGEST = 32 << 10
"""Bytes of a value: sealed, it fits into 64 KiB, which a text in MySQL may have."""

_LONGEST_FIELD = 200
_ATTEMPTS = 10


class Kept(NamedTuple):
    """What is kept of a field."""

    text: Any
    """What stands there: a text, or whatever else was written; ``None`` where nothing does."""
    counter: int | None
    """How often it was written or deleted; ``None`` if never."""
    stands: bool
    """Whether something must stand there."""


class Rows(Protocol):
    """Where the values of one owner are kept."""

    async def read(self, field: str) -> Kept:
        """Return what is kept of a field."""

    async def write(self, field: str, text: str | None, before: int | None) -> bool:
        """Store a text, or ``None`` for nothing, and count it, both or neither.

        :param before: the counter that was read.
        :return: whether it is stored; not where somebody else has written in the meantime.
        """


class FileWrites(SealedWrites, Protocol):
    """Remembers which fields of those that an author keeps have been sealed."""

    async def recorded(self) -> None:
        """Return when all that it was told is remembered for good."""


class Place(NamedTuple):
    """What the values of one owner are sealed with, and where they are kept."""

    key: bytes
    store_id: bytes
    owner: str
    rows: Rows
    writes: FileWrites
    """What is remembered of the fields that the author keeps."""
    report: Callable[[str], object]
    """Called with a sentence for each plain text that is accepted."""
    hide: Callable[[str, str | bytes], Awaitable[None]]
    """Makes the value of a field known to whatever hides values."""

    def sealer(self, purpose: str, writes: SealedWrites) -> Sealer:
        """Return what seals for a purpose."""
        return Sealer(
            self.key, self.store_id, purpose, self.owner, writes=writes, report=self.report
        )


class SealedValues:
    """The values of one owner, by the names of their fields."""

    async def get(self, field: str, default: Any = None, *, migrate: bool = False) -> Any:  # noqa: ANN401
        """Return the value of a field (`str` or `bytes`), as it was set.

        :param default: what is returned where nothing was set, or it was deleted.
        :param migrate: whether a plain text that stands there is accepted, as long as the field has
            never been sealed. It is reported, and sealed when it is set next.
        :raise StoreTampered: when what stands there was removed, or not by `set`.
        :raise StoreRolledBack: when it is older than what was set last.
        :raise NotABox: when it is not sealed.
        :raise StoreError: when it does not open.
        """
        _check_field(field)
        place = await self._open()
        kept = await place.rows.read(field)
        where = f"the field {quote(field)} of {quote(place.owner)}"
        if kept.text is None:
            if kept.stands:
                msg = f"{where} has gone, and was not deleted; restore it, or set it again"
                raise StoreTampered(msg)
            return default
        if not isinstance(kept.text, str):
            raise NotABox(f"{where} is not a text; set it again")
        if kept.counter is None and is_sealed(kept.text):
            msg = f"{where} stands there, and it is not known that it was set; set it again"
            raise StoreTampered(msg)
        sealer = place.sealer(STATE, _Remembered(kept))
        value = sealer.unseal(field, kept.text, oldest=kept.counter or 0, migrate=migrate)
        await place.hide(field, value)
        return value

    async def set(self, field: str, value: str | bytes) -> None:
        """Seal a value in a field; it is kept when this returns.

        :param value: of 32 KiB at most, in UTF-8.
        :raise ValueError: when it is not such a value.
        :raise StoreError: when it cannot be kept.
        """
        _check_field(field)
        _check_value(field, value)
        place = await self._open()
        await place.hide(field, value)
        await self._write(place, field, value)

    async def get_or_set(self, field: str, make: Callable[[], str | bytes]) -> Any:  # noqa: ANN401
        """Return the value of a field; where nothing was set, what `make` returns, which is set.

        Whoever does this at the same time, in whatever process, is returned the same value. A value
        that was removed or changed is an error, and another one never takes its place.

        :raise ValueError: when what is made cannot be such a value.
        :raise StoreError: as for `get` and `set`.
        """
        for _ in range(_ATTEMPTS):
            found = await self.get(field)
            if found is not None:
                return found
            place = await self._open()
            kept = await place.rows.read(field)
            if kept.text is not None or kept.stands:
                continue
            value = make()
            _check_value(field, value)
            await place.hide(field, value)
            sealer = place.sealer(STATE, _Remembered(kept))
            text = sealer.seal(field, value, (kept.counter or 0) + 1)
            if await place.rows.write(field, text, kept.counter):
                return value
        raise StoreConflict(f"the field {quote(field)} is written by others all the time")

    async def delete(self, field: str) -> None:
        """Remove the value of a field; it is no error when there is none.

        :raise StoreError: when that cannot be done.
        """
        _check_field(field)
        await self._write(await self._open(), field, None)

    async def seal(self, field: str, value: str | bytes) -> str:
        """Return `value` sealed as a text in ASCII, which the author keeps: in a file, a table.

        It opens for this owner and this field. An older text of the same field opens too.

        :raise ValueError: when the value is not valid Unicode.
        """
        _check_field(field)
        _check_text(field, value)
        place = await self._open()
        await place.hide(field, value)
        text = place.sealer(FILE, place.writes).seal(field, value)
        await place.writes.recorded()
        return text

    async def unseal(self, field: str, text: str, *, migrate: bool = False) -> str | bytes:
        """Return the value that `seal` was given.

        :param migrate: as for `get`.
        :raise NotABox: when it is not sealed.
        :raise StoreError: when it was sealed for something else, or changed.
        """
        _check_field(field)
        place = await self._open()
        value = place.sealer(FILE, place.writes).unseal(field, text, migrate=migrate)
        await place.hide(field, value)
        return value

    async def sealer(self) -> Sealer:
        """Return what `seal` and `unseal` seal with, for a `SealedField`.

        What that opens is not hidden; use `unseal` where it may be logged.
        """
        place = await self._open()
        return place.sealer(FILE, place.writes)

    async def _write(self, place: Place, field: str, value: str | bytes | None) -> None:
        for _ in range(_ATTEMPTS):
            kept = await place.rows.read(field)
            if value is None and kept.text is None and not kept.stands:
                return
            sealer = place.sealer(STATE, _Remembered(kept))
            text = None if value is None else sealer.seal(field, value, (kept.counter or 0) + 1)
            if await place.rows.write(field, text, kept.counter):
                return
        raise StoreConflict(f"the field {quote(field)} is written by others all the time")

    async def _open(self) -> Place:
        """Return where the values are kept; what runs before it waits has the caller's stack."""
        raise NotImplementedError


class _Remembered:
    """`SealedWrites`: what the counter of one field says, which is stored with the value."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def has_sealed(self, purpose: str, owner: str, field: str) -> bool:  # noqa: ARG002
        return self._kept.counter is not None

    def record(self, purpose: str, owner: str, field: str) -> None:
        pass


def _check_field(field: str) -> None:
    if not isinstance(field, str) or not field.isidentifier() or len(field) > _LONGEST_FIELD:
        msg = f"a field's name must be an identifier, such as refresh_token, not {quote(field)}"
        raise ValueError(msg)


def _check_text(field: str, value: object) -> None:
    if not isinstance(value, (str, bytes)):
        msg = f"the value of {quote(field)} must be str or bytes, not {type(value).__name__}"
        raise TypeError(msg)
    if isinstance(value, str) and not utf8.is_encodable(value):
        msg = f"the value of {quote(field)} is not valid Unicode"
        raise ValueError(msg)


def _check_value(field: str, value: str | bytes) -> None:
    _check_text(field, value)
    size = len(value.encode() if isinstance(value, str) else value)
    if size > LARGEST:
        msg = f"the value of {quote(field)} has {size:,} bytes; {LARGEST:,} can be kept"
        raise ValueError(msg)
