"""The tables of a store, and what is asked of them often. Both are made for each database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from buildbot_keychain.store import _sqlalchemy as sa
from buildbot_keychain.store.records import VersionRow

_AT_ONCE = 500
"""Secrets that one statement is about."""


class Tables:
    """The tables. They are made when SQLAlchemy is there."""

    def __init__(self) -> None:
        self.metadata = sa.MetaData()

        class Binary(sa.LargeBinary):  # type: ignore[misc]
            """Bytes as the driver returns them, which may be none: `_binary` tells."""

            def result_processor(self, *_: object) -> None:
                """Leave them as they are; SQLAlchemy 1.4 fails at what is a text."""

        column, binary, number = sa.Column, Binary, sa.BigInteger

        def table(name: str, *columns: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's
            return sa.Table(f"keychain_store{name}", self.metadata, *columns)

        self.store = table(
            "",
            column("id", sa.Integer, primary_key=True, autoincrement=False),
            column("schema", sa.Integer, nullable=False),
            column("store_id", binary(16), nullable=False),
            column("primary_kid", binary(8), nullable=False),
            column("root_box", binary, nullable=False),
            column("head_seq", number, nullable=False),
            column("head_mac", binary(32), nullable=False),
        )
        self.masters = table(
            "_masters",
            column("master", sa.String(200), primary_key=True),
            column("kid", binary(8), primary_key=True),
            column("seen", number, nullable=False),
        )
        self.secrets = table(
            "_secrets",
            column("uid", binary(16), primary_key=True),
            column("name", sa.Text, nullable=False, unique=True),
            column("used", number, nullable=False),
        )
        self.current = table(
            "_current",
            column("uid", binary(16), primary_key=True),
            column("version", number, nullable=False),
            column("deleted", number, nullable=False),
            column("seq", number, nullable=False),
            column("mac", binary(32), nullable=False),
        )
        self.versions = table(
            "_versions",
            column("uid", binary(16), primary_key=True),
            column("version", number, primary_key=True, autoincrement=False),
            column("kid", binary(8), nullable=False, index=True),
            column("wrapped", binary, nullable=False),
            column("metadata", binary, nullable=False),
            column("metadata_digest", binary(32), nullable=False),
            column("payload_digest", binary(32), nullable=False),
            column("payload", binary, nullable=False),
        )
        self.journal = table(
            "_journal",
            column("seq", number, primary_key=True, autoincrement=False),
            column("time", number, nullable=False),
            column("operation", sa.Text, nullable=False),
            column("uid", binary(16), nullable=False, index=True),
            column("version", number, nullable=False),
            column("actor", sa.Text, nullable=False),
            column("digest", binary(32), nullable=False),
            column("mac", binary(32), nullable=False),
        )


class Queries:
    """What each lookup asks: SQLAlchemy takes longer to make a statement than to execute it."""

    def __init__(self, tables: Tables) -> None:
        secrets, current, versions = tables.secrets.c, tables.current, tables.versions.c
        described = [versions[item.name] for item in fields(VersionRow)]
        self.store = sa.select(tables.store)
        self.described = sa.select(*described)
        self.names = ByUid(sa.select(secrets.uid, secrets.name), secrets.uid)
        self.uses = ByUid(sa.select(secrets.uid, secrets.used), secrets.uid)
        self.currents = ByUid(sa.select(current), current.c.uid)
        self.versions = ByUid(self.described.order_by(versions.version), versions.uid)
        is_version = (versions.uid == sa.bindparam("of")) & (versions.version == sa.bindparam("at"))
        self.payload = sa.select(versions.payload).where(is_version)


class ByUid:
    """A query for what is known of some secrets."""

    def __init__(self, query: Any, uid: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        self._one = query.where(uid == sa.bindparam("of"))
        several = sa.bindparam("of", expanding=True, type_=uid.type)
        self._several = query.where(uid.in_(several))

    def rows(self, connection: Any, uids: Sequence[bytes]) -> Iterator[Any]:  # noqa: ANN401 - the same
        """Yield the rows about `uids`."""
        for at in range(0, len(uids), _AT_ONCE):
            some = uids[at : at + _AT_ONCE]
            if len(some) == 1:
                yield from connection.execute(self._one, {"of": some[0]})
            else:
                yield from connection.execute(self._several, {"of": list(some)})
