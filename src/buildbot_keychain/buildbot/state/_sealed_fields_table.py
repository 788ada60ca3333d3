"""`SealedFieldsTable`: what is remembered of fields that were sealed, in the master's database.

The table ``keychain_sealed_fields`` has a row for each field that has ever been sealed: a digest of
the other columns, the purpose, the owner and the field, how often it was written, and whether a
value stands in Buildbot's object state. It never holds a value, sealed or not. Names are stored as
`buildbot_keychain.given_names` has it: some databases keep few characters.

A value in the object state and its row here are written in one transaction: who finds one that does
not fit the other knows that something else has changed the database.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa

from buildbot_keychain import given_names
from buildbot_keychain.buildbot.state._table import Table
from buildbot_keychain.store.envelope import encode_fields
from buildbot_keychain.store.sealed_values import Kept

_FIELDS = sa.Table(
    "keychain_sealed_fields",
    sa.MetaData(),
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("counter", sa.BigInteger, nullable=False),
    sa.Column("stands", sa.Integer, nullable=False),
)
_STATE = sa.table("object_state", sa.column("objectid"), sa.column("name"), sa.column("value_json"))

Place = tuple[str, str, str]
"""A purpose, an owner and a field."""


class SealedFieldsTable:
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._table = Table(master, _FIELDS)

    async def fields_of(self, purpose: str, owner: str) -> set[str]:
        """Return the fields of an owner that have ever been sealed for a purpose.

        :raise DatabaseProblemError: when they cannot be read.
        """
        query = sa.select(_FIELDS.c.id, _FIELDS.c.field).where(
            (_FIELDS.c.purpose == given_names.stored(purpose))
            & (_FIELDS.c.owner == given_names.stored(owner))
        )
        rows = await self._table.rows(query)
        # Some databases find rows in which letters are of the other case, too.
        found = [(digest, given_names.read(field)) for digest, field in rows]
        return {field for digest, field in found if digest == _id((purpose, owner, field))}

    async def record(self, place: Place) -> None:
        """Remember that something was sealed for a place that is not in the object state.

        :raise DatabaseProblemError: when that cannot be done, or nobody can tell.
        """

        def record(connection: Any) -> None:
            self._table.create(connection)
            try:
                with connection.begin():
                    connection.execute(_FIELDS.insert(), [_row(place, 0, stands=False)])
            except sa.exc.IntegrityError:
                pass  # it is remembered

        await self._table.do(record)

    async def read(self, place: Place, objectid: int) -> Kept:
        """Return what stands in the object state for a place, and what is remembered of it.

        :param objectid: the number of the object in Buildbot's ``objects``.
        :raise DatabaseProblemError: when it cannot be read.
        """
        remembered = _FIELDS.c.id == _id(place)
        stored = sa.select(_STATE.c.value_json).where(_in_state(place, objectid)).scalar_subquery()
        alone = sa.select(stored, sa.null(), sa.null())
        # One statement: between two, others may write both.
        both = sa.select(
            stored,
            sa.select(_FIELDS.c.counter).where(remembered).scalar_subquery(),
            sa.select(_FIELDS.c.stands).where(remembered).scalar_subquery(),
        )

        def read(connection: Any) -> Kept:
            query = both if self._table.is_there(connection) else alone
            with connection.begin():
                text, counter, stands = connection.execute(query).one()
            return Kept(None if text is None else json.loads(text), counter, bool(stands))

        kept: Kept = await self._table.do(read)
        return kept

    async def write(
        self, place: Place, objectid: int, text: str | None, before: int | None
    ) -> bool:
        """Store a text in the object state, and count it; ``None`` removes what stands there.

        :param before: the counter that was read; ``None`` where there was none.
        :return: whether it is stored; not where somebody else has written in the meantime.
        :raise DatabaseProblemError: when that cannot be done, or nobody can tell.
        """
        row = _row(place, (before or 0) + 1, stands=text is not None)
        in_state = _in_state(place, objectid)

        def write(connection: Any) -> bool:
            self._table.create(connection)
            try:
                with connection.begin():
                    if before is None:
                        connection.execute(_FIELDS.insert(), [row])
                    else:
                        same = (_FIELDS.c.id == row["id"]) & (_FIELDS.c.counter == before)
                        update = _FIELDS.update().where(same).values(row)
                        if connection.execute(update).rowcount != 1:
                            return False
                    connection.execute(sa.delete(_STATE).where(in_state))
                    if text is not None:
                        stored = {"objectid": objectid, "name": place[2]}
                        value = {"value_json": json.dumps(text)}
                        connection.execute(sa.insert(_STATE), [stored | value])
            except sa.exc.IntegrityError:
                return False
            return True

        written: bool = await self._table.do(write)
        return written


def _id(place: Place) -> str:
    return hashlib.sha256(encode_fields([name.encode() for name in place])).hexdigest()


def _row(place: Place, counter: int, *, stands: bool) -> dict[str, Any]:
    stored = map(given_names.stored, place)
    names = dict(zip(("purpose", "owner", "field"), stored, strict=True))
    return {"id": _id(place), **names, "counter": counter, "stands": int(stands)}


def _in_state(place: Place, objectid: int) -> Any:
    return (_STATE.c.objectid == objectid) & (_STATE.c.name == place[2])
