"""`asking`: marks what is done for a person whom the master knows by a login.

The mark is in a context variable. Contexts follow what is started in them, through the message
queue too, so a mark counts only until what it was made for is done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.approvals import TELEGRAM


@dataclass
class _Mark:
    person: str | None


_mark: ContextVar[_Mark | None] = ContextVar("asking", default=None)


def asking(person: str | None, do: Callable[[], Any]) -> Any:
    """Return what `do` returns; what it asks for, until it is done, `person` asks for.

    :param person: ``None`` for somebody who is not known.
    """
    mark = _Mark(person)
    token = _mark.set(mark)
    try:
        # Buildbot's functions take a copy of the context when they are called.
        doing = do()
    finally:
        _mark.reset(token)

    def done(result: Any) -> Any:
        mark.person = None
        return result

    return doing.addBoth(done) if isinstance(doing, Deferred) else done(doing)


def telegram_person(caller: object) -> str | None:
    """Return the Telegram account, by its number, for which `caller` forces a build, if it does.

    Names in Telegram, and nicknames in other chats, are chosen by their users.
    """
    telegram = sys.modules.get("buildbot.reporters.telegram")
    if telegram is None or not isinstance(caller, telegram.TelegramContact):
        return None
    return f"{TELEGRAM}{caller.user_info['id']}"


def who_is_asking() -> str | None:
    """Return the person for whom something is done now, if the master knows one."""
    mark = _mark.get()
    return None if mark is None else mark.person


def person_of(user: Mapping[str, Any], auth: Any) -> str | None:
    """Return what identifies a user of the web pages; ``None`` for one who is not logged in.

    It is the user name, and Google's mail address. Full names, and addresses that nobody may have
    verified, are chosen by the users.

    :param user: what Buildbot's session says of the user.
    :param auth: Buildbot's ``AuthBase``.
    """
    if user.get("anonymous"):
        return None
    person = user.get("email" if _is_google(auth) else "username")
    return person if isinstance(person, str) and person.strip() else None


def _is_google(auth: Any) -> bool:
    oauth2 = sys.modules.get("buildbot.www.oauth2")  # it needs requests, which not all have
    return oauth2 is not None and isinstance(auth, oauth2.GoogleAuth)
