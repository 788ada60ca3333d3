"""`SealedState`: values that a plug-in keeps in Buildbot's object state, sealed.

They stand where ``StateMixin`` of Buildbot keeps the values of the same service or class, under the
same keys. So a plug-in that kept a plain text there finds it, with ``migrate=True``.
"""

from __future__ import annotations

from base64 import b64encode
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger, LogLevel

from buildbot_keychain import utf8
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import Asker, who_asks
from buildbot_keychain.buildbot.sealed._writes import RecordedWrites
from buildbot_keychain.buildbot.state import DatabaseProblemError, SealedFieldsTable
from buildbot_keychain.errors import ConfigurationError, StoreError
from buildbot_keychain.store.sealed_values import FILE, STATE, Kept, Place, SealedValues

_EVERY_INSTANCE = "every instance"
"""What the name of the object begins with, in Buildbot's table, that instances of a class share."""

_log = Logger()


class _MasterState(SealedValues):
    """The sealed values of one owner, in the object state of a master.

    :param holder: what has the master, as ``master``, by the first value.
    :param object_name: the name and class of the object in Buildbot's ``objects`` table.
    :param owner: what the values are bound to.
    """

    def __init__(self, holder: Any, object_name: tuple[str, str], owner: str) -> None:
        self._holder = holder
        self._object = object_name
        self._owner = owner
        self._writes: RecordedWrites | None = None

    def __repr__(self) -> str:
        return f"<sealed state of {self._owner}>"

    async def _open(self) -> Place:
        asker = who_asks(None)
        master = self._holder.master
        keychain = keychain_of(master)
        if keychain is None:
            msg = f"{self!r}: there is no master with a keychain yet; use it when the master runs"
            raise ConfigurationError(msg)
        sealing = await keychain.keys.get()
        table = SealedFieldsTable(master)
        if self._writes is None:
            try:
                fields = await table.fields_of(FILE, self._owner)
            except DatabaseProblemError as error:
                raise _unavailable(error) from None
            self._writes = self._writes or RecordedWrites(table, fields)

        async def hide(field: str, value: str | bytes) -> None:
            await _hide(keychain, asker, self._owner, f"state!{field}", value)

        return Place(
            sealing.keys.sealed_field,
            sealing.store_id,
            self._owner,
            _Rows(master, table, self._object, self._owner),
            self._writes,
            _report,
            hide,
        )


class SealedState(_MasterState):
    """The sealed values of one service.

    They open for a service of this name and class only. It needs ``SecretManager(key_file=...)``.

    :param service: a Buildbot service that belongs to a master by the first value.
    """

    def __init__(self, service: Any) -> None:
        cls = type(service)
        owner = f"{_full_name(cls)} {service.name}"
        super().__init__(service, (service.name, cls.__name__), owner)

    @staticmethod
    def of_class(owner: type, master: Any) -> SealedValues:
        """Return the values that all instances of a class share, such as those of a step.

        :param master: the master, such as ``self.master`` of a step.
        """
        full = _full_name(owner)
        name = f"{_EVERY_INSTANCE} of {full}", owner.__name__
        return _MasterState(SimpleNamespace(master=master), name, full)


class _Rows:
    """The rows of one owner, in the object state of a master."""

    def __init__(
        self, master: Any, table: SealedFieldsTable, object_name: tuple[str, str], owner: str
    ) -> None:
        self._master = master
        self._table = table
        self._object = object_name
        self._owner = owner

    async def read(self, field: str) -> Kept:
        """Return what is kept of a field."""
        try:
            return await self._table.read((STATE, self._owner, field), await self._objectid())
        except DatabaseProblemError as error:
            raise _unavailable(error) from None

    async def write(self, field: str, text: str | None, before: int | None) -> bool:
        """Store a text and count it."""
        place = STATE, self._owner, field
        try:
            return await self._table.write(place, await self._objectid(), text, before)
        except DatabaseProblemError as error:
            raise _unavailable(error) from None

    async def _objectid(self) -> int:
        objectid: int = await maybeDeferred(self._master.db.state.getObjectId, *self._object)
        return objectid


async def _hide(keychain: Any, asker: Asker, owner: str, name: str, value: str | bytes) -> None:
    """Make a value known to the redactor, in the spellings of bytes that are not a text."""
    text = utf8.decode(value) if isinstance(value, bytes) else value
    spellings = [text] if text is not None else []
    if text is None and isinstance(value, bytes):
        spellings = [b64encode(value).decode("ascii"), value.hex()]
    for spelling in spellings:
        await keychain.giving.hide_for(asker, name, spelling, owner=owner)


def _report(sentence: str) -> None:
    _log.emit(LogLevel.warn, "{sentence}", sentence=sentence)


def _unavailable(error: DatabaseProblemError) -> StoreError:
    return error.of_table("keychain_sealed_fields")


def _full_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
