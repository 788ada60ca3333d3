"""Finds out what Buildbot knows of somebody who is not logged in now: the owner of a token.

Roles come from what a login brings along, such as groups. Whether an account still exists, and what
its groups are now, can be told where Buildbot has a list of accounts, or asks a directory such as
LDAP. It cannot where another site logs people in (OAuth).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from buildbot.www.auth import UserInfoProviderBase
from twisted.cred.checkers import FilePasswordDB, InMemoryUsernamePasswordDatabaseDontUse
from twisted.internet.defer import maybeDeferred


async def account_of(auth: Any, name: str) -> dict[str, Any] | None:
    """Return what a login as `name` would say of the user now; ``None`` if nobody can tell.

    :param auth: Buildbot's ``AuthBase``.
    """
    listed = list(_listed(getattr(auth, "checkers", ()), name.encode()))
    if listed and not any(listed):
        return None
    provider = auth.userInfoProvider
    if provider is None:
        return None
    if not listed and type(provider) is UserInfoProviderBase:
        return None  # it says the same of everybody
    try:
        details = await maybeDeferred(provider.getUserInfo, name)
    except Exception:  # noqa: BLE001 - a directory may fail in any way, and then nobody can tell
        return None
    return {"username": name, **details}


def _listed(checkers: Iterable[Any], name: bytes) -> Iterable[bool]:
    """Yield whether each list of accounts has one of that name."""
    for checker in checkers:
        if isinstance(checker, InMemoryUsernamePasswordDatabaseDontUse):
            yield name in checker.users
        elif isinstance(checker, FilePasswordDB):
            try:
                checker.getUser(name)
            except KeyError:
                yield False
            else:
                yield True
