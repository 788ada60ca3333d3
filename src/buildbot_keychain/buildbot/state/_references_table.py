"""`ReferencesTable`: how properties of buildsets were made, in the master's own database.

The table ``keychain_references`` has a row for each buildset with such properties: an id that
nobody can guess, the buildset's own id, when the row was written (seconds since the epoch), and
`buildbot_keychain.buildbot.references` as JSON. It holds names of secrets and never a value.

The row is written before its buildset, whose number is not known then. What finds it is the id,
which stands in the buildset; the row then belongs to that buildset, and to no other one that the
same id is copied to.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._table import Table

_metadata = sa.MetaData()

_REFERENCES = sa.Table(
    "keychain_references",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("buildsetid", sa.Integer, nullable=True),
    sa.Column("written_at", sa.BigInteger, nullable=False),
    sa.Column("properties", sa.Text, nullable=False),
)
_BUILDSETS = sa.table("buildsets", sa.column("id"))


class ReferencesTable:
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._table = Table(master, _REFERENCES)

    async def write(self, key: str, properties: dict[str, Any], written_at: int) -> None:
        """Store how `properties` of a buildset that is about to be added were made.

        :param key: 32 characters that nobody can guess.
        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        row = {"id": key, "written_at": written_at, "properties": json.dumps(properties)}

        def write(connection: Any) -> None:
            self._table.create(connection)
            with connection.begin():
                # The pool may do it again.
                connection.execute(_REFERENCES.delete().where(_REFERENCES.c.id == key))
                connection.execute(_REFERENCES.insert(), [row])

        await self._table.do(write)

    async def bind(self, key: str, bsid: int) -> None:
        """Have the row belong to the buildset with this number, unless it belongs to one.

        :raise DatabaseProblemError: when that cannot be done.
        """

        def bind(connection: Any) -> None:
            with connection.begin():
                connection.execute(_binding(key, bsid))

        await self._table.do(bind)

    async def read(self, key: str, bsid: int) -> dict[str, Any] | None:
        """Return how properties of a buildset were made; ``None`` if no such row belongs to it.

        :raise DatabaseProblemError: when it cannot be read.
        """

        def read(connection: Any) -> str | None:
            if not self._table.is_there(connection):
                return None
            query = sa.select(_REFERENCES.c.properties).where(
                (_REFERENCES.c.id == key) & (_REFERENCES.c.buildsetid == bsid)
            )
            with connection.begin():
                # A master that stopped in between, or is still at it, has not bound it.
                connection.execute(_binding(key, bsid))
                found: str | None = connection.execute(query).scalar()
                return found

        text = await self._table.do(read)
        properties = None if text is None else json.loads(text)
        return properties if isinstance(properties, dict) else None

    async def remove_missing_buildsets(self, written_before: int) -> None:
        """Remove the rows of buildsets that no longer exist, or that were never added.

        :param written_before: a row without a buildset that is older than that (seconds since the
            epoch) waits for none.
        :raise DatabaseProblemError: when that cannot be done.
        """
        of_buildset = _BUILDSETS.c.id == _REFERENCES.c.buildsetid
        exists = sa.select(_BUILDSETS.c.id).where(of_buildset).exists()
        forgotten = _REFERENCES.c.buildsetid.is_(None) & (_REFERENCES.c.written_at < written_before)
        removed = _REFERENCES.c.buildsetid.is_not(None) & ~exists
        missing = sa.select(_REFERENCES.c.id).where(forgotten | removed)
        await self._table.remove_those(_REFERENCES.c.id, missing)


def _binding(key: str, bsid: int) -> Any:
    unbound = (_REFERENCES.c.id == key) & _REFERENCES.c.buildsetid.is_(None)
    return _REFERENCES.update().where(unbound).values(buildsetid=bsid)
