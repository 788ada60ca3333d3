"""`RootSecretTable`: the secret that a master's own keys are derived from, sealed.

The table ``keychain_root_secret`` has one row, for all masters that share the database: the number
1, and the box that `buildbot_keychain.store.derived_keys` makes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._table import Table

_ROOT_SECRET = sa.Table(
    "keychain_root_secret",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("box", sa.LargeBinary, nullable=False),
)
_ONLY = 1
_SEALED = ("keychain_sealed_fields", "keychain_form_values")
"""The tables of what is sealed with keys that are derived from it."""


class RootSecretTable:
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._table = Table(master, _ROOT_SECRET)

    async def read(self) -> bytes | None:
        """Return the box, if there is one.

        :raise DatabaseProblemError: when it cannot be read.
        """

        def read(connection: Any) -> bytes | None:
            return _box(connection) if self._table.is_there(connection) else None

        box: bytes | None = await self._table.do(read)
        return box

    async def create(self, box: bytes) -> bytes | None:
        """Store the first box, unless there is one; return what is stored then.

        :return: ``None`` where nothing was stored, as something is sealed already.
        :raise DatabaseProblemError: when that cannot be done, or nobody can tell.
        """

        def create(connection: Any) -> bytes | None:
            if _is_anything_sealed(connection):
                return None
            self._table.create(connection)
            try:
                with connection.begin():
                    connection.execute(_ROOT_SECRET.insert(), [{"id": _ONLY, "box": box}])
            except sa.exc.IntegrityError:
                pass  # another master was faster, or the pool does it again
            return _box(connection)

        stored: bytes | None = await self._table.do(create)
        return stored

    async def replace(self, old: bytes, new: bytes) -> None:
        """Store `new` in place of `old`, unless another master has replaced that.

        :raise DatabaseProblemError: when that cannot be done, or nobody can tell.
        """

        def replace(connection: Any) -> None:
            with connection.begin():
                # Not all databases compare such values in a condition.
                if connection.execute(_QUERY).scalar() == old:
                    row = _ROOT_SECRET.c.id == _ONLY
                    connection.execute(_ROOT_SECRET.update().where(row).values(box=new))

        await self._table.do(replace)


_QUERY = sa.select(_ROOT_SECRET.c.box).where(_ROOT_SECRET.c.id == _ONLY)


def _box(connection: Any) -> bytes | None:
    with connection.begin():
        box = connection.execute(_QUERY).scalar()
    return None if box is None else bytes(box)


def _is_anything_sealed(connection: Any) -> bool:
    with connection.begin():
        there = [name for name in _SEALED if sa.inspect(connection).has_table(name)]
        queries = [sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1) for name in there]
        return any(connection.execute(query).scalar() for query in queries)
