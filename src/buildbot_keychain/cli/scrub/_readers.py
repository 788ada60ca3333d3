"""`Readers`: who reads what a database holds, as far as redaction knows them.

Hiding a text tells whoever printed it that the guess was right. So what belongs to a build is
redacted for readers who have what that build was given, as the master has recorded, and everything
else for readers who have nothing: only what nobody could have guessed is hidden from them.

What is recorded is a name. Where several values may be meant by it, of several providers or times,
a build counts as given none of them: whoever stored one of them must not find out another.
"""

from __future__ import annotations

from functools import lru_cache

from buildbot_keychain.cli._database import Database, Row
from buildbot_keychain.redaction import Audience, Redactor


class Readers:
    """The audiences of one database.

    :param redactor: knows all secrets by now.
    :param guessable: whether to redact everything as if its readers had all secrets.
    """

    def __init__(self, database: Database, redactor: Redactor, *, guessable: bool) -> None:
        self.everyone = redactor.seen_by(None)
        self._database = database
        self._redactor = redactor
        self._guessable = guessable
        self._audiences: dict[frozenset[str], Audience] = {}
        self._given = lru_cache(512)(self._find_given)
        self._owner = lru_cache(512)(self._find_owner)

    def of_build(self, number: int | None) -> Audience:
        """Return the readers of a build, or of what belongs to none."""
        if self._guessable:
            return self.everyone
        given = frozenset() if number is None else self._given(number)
        if given not in self._audiences:
            self._audiences[given] = self._redactor.seen_by(given)
        return self._audiences[given]

    def of_row(self, table: str, row: Row) -> Audience:
        """Return the readers of a row of any table except ``logchunks``."""
        if self._guessable:
            return self.everyone
        return self.of_build(self._build(table, row))

    def never_given(self) -> list[str]:
        """Return the names of the secrets that no build is recorded to have been given, sorted."""
        recorded = self._database.given(None)
        names = self._redactor.names
        return [name for name in names if not any(_is_same(name, each) for each in recorded)]

    def _find_given(self, number: int) -> frozenset[str]:
        """Return the names by which the redactor knows what a build is recorded to have been given.

        These are of the one value that each of them may be.
        """
        names, recorded = self._redactor.names, self._database.given(number)
        known = ([name for name in names if _is_same(name, each)] for each in recorded)
        return frozenset(
            each[0] for each in known if len(each) == 1 and self._redactor.count(each[0]) == 1
        )

    def _build(self, table: str, row: Row) -> int | None:
        """Return the build that has written a row; of a buildset, the one that triggered it."""
        if table == "builds":
            return _number(row["id"])
        if table == "buildsets":
            return _number(row.get("parent_buildid"))
        if row.get("buildid") is not None:
            return _number(row["buildid"])
        for column, owner in (
            ("stepid", "steps"),
            ("logid", "logs"),
            ("test_result_setid", "test_result_sets"),
            ("buildsetid", "buildsets"),
        ):
            if row.get(column) is not None and table != "buildrequests":
                return self._owner(owner, row[column])
        return None

    def _find_owner(self, table: str, number: int) -> int | None:
        row = self._database.find(table, number)
        return None if row is None else self._build(table, row)


def _is_same(one: str, other: str) -> bool:
    """Return whether two names may be of one secret: a provider may be named in front or not."""
    if one == other:
        return True
    paths = [name.partition("!")[2] or name for name in (one, other)]
    return paths[0] == paths[1] and ("!" not in one or "!" not in other)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
