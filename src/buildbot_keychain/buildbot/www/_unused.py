"""`unused`: which secrets nobody has asked for, as far as a master has recorded. Pure.

Nothing is said until there is a record of a month, or where it is too long to be remembered.
"""

from __future__ import annotations

from collections.abc import Mapping

from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._used import Used
from buildbot_keychain.web.host_secrets import Listed

MONTH = 30 * 86_400
"""Seconds."""


def unused(lists: Mapping[str, NameList], used: Used, now: float) -> list[Listed]:
    """Return the secrets of some lists, by the names of their providers, that are unused.

    :param now: seconds since the epoch.
    """
    if not used.is_complete or not 0 < used.first_at <= now - MONTH:
        return []
    return [
        Listed(provider, name)
        for provider, each in lists.items()
        for name in each.names
        if name not in used.asked and f"{provider}!{name}" not in used.asked
    ]
