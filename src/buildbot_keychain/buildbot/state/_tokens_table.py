"""`TokensTable`: tokens for the page's JSON, in the master's own database.

The command ``buildbot-keychain token`` writes the table, which the master makes when its page is
configured. `buildbot_keychain.bearer_tokens` says what is in it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from buildbot_keychain.bearer_tokens import TABLE, TokenRow
from buildbot_keychain.buildbot.state._table import Table

_TOKENS = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)


class TokensTable:
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._table = Table(master, _TOKENS)

    async def prepare(self, now: int) -> None:
        """Make the table, and remove what has ended before `now` (seconds since the epoch).

        :raise DatabaseProblemError: when that cannot be done.
        """

        def prepare(connection: Any) -> None:
            self._table.create(connection)
            with connection.begin():
                connection.execute(_TOKENS.delete().where(_TOKENS.c.expires_at < now))

        await self._table.do(prepare)

    async def find(self, number: str) -> TokenRow | None:
        """Return the token with this id; ``None`` if there is none, or no more.

        :raise DatabaseProblemError: when it cannot be read.
        """

        def find(connection: Any) -> TokenRow | None:
            if not self._table.is_there(connection):
                return None
            query = sa.select(_TOKENS).where(_TOKENS.c.id == number)
            with connection.begin():
                row = connection.execute(query).mappings().first()
            return None if row is None else TokenRow.read(dict(row))

        found: TokenRow | None = await self._table.do(find)
        return found
