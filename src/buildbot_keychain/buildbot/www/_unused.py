"""`Unused`: which secrets nobody has asked for, as far as a master has recorded; kept for a while.

Nothing is said until there is a record of a month, or where it is too long to be gone through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildbot_keychain.buildbot.state import UsesReader
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._spellings import forms_of
from buildbot_keychain.web.host_secrets import Listed

KEPT = 600.0
"""Seconds for which it is remembered what was asked for."""

MONTH = 30 * 86_400
"""Seconds."""

MOST = 20_000
"""Kinds of uses that are gone through."""


class Unused:
    """Compares what there is with what was asked for.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._used: frozenset[str] | None = None
        self._until = 0.0

    async def of(self, lists: Mapping[str, NameList]) -> list[Listed]:
        """Return the secrets of some lists, by the names of their providers, that are unused.

        :raise DatabaseProblemError: when the database cannot be read.
        """
        now = self._master.reactor.seconds()
        if now >= self._until:
            names, since = await UsesReader(self._master).names(MOST)
            is_known = since is not None and since <= now - MONTH
            self._used = frozenset().union(*map(forms_of, names)) if is_known else None
            self._until = now + KEPT
        if self._used is None:
            return []
        return [
            Listed(provider, name)
            for provider, each in lists.items()
            for name in each.names
            if self._used.isdisjoint((name, f"{provider}!{name}"))
        ]
