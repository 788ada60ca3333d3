"""``c["www"]["plugins"]["keychain"]``: names of roles, and switches.

Buildbot shows this dictionary to everybody, at ``/config`` and in its first page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from buildbot_keychain.errors import quote

_NAME = 'c["www"]["plugins"]["keychain"]'
_ROLES = "admin_roles", "viewer_roles"
_SWITCHES = ("plain_http",)


@dataclass(frozen=True)
class PageSettings:
    """What the dictionary says.

    :param admin_roles: Buildbot's roles that make an administrator of secrets.
    :param viewer_roles: those that make somebody who may look.
    :param plain_http: whether to answer browsers that do not say how a page was opened.
    """

    admin_roles: frozenset[str] = frozenset()
    viewer_roles: frozenset[str] = frozenset()
    plain_http: bool = False


def settings_of(given: Any) -> PageSettings:
    """Return the settings of a dictionary; of one that is wrong, those that let nobody in."""
    if list(_problems(given)):
        return PageSettings()
    return PageSettings(
        admin_roles=frozenset(given.get("admin_roles", ())),
        viewer_roles=frozenset(given.get("viewer_roles", ())),
        plain_http=given.get("plain_http", False),
    )


def page_problems(config: Any) -> Iterator[str]:
    """Yield a sentence for each mistake in the settings of the page, if it is configured.

    :param config: Buildbot's ``MasterConfig``.
    """
    plugins = config.www.get("plugins") or {}
    if "keychain" in plugins:
        for problem in _problems(plugins["keychain"]):
            yield f"{_NAME} {problem}"


def _problems(given: Any) -> Iterator[str]:
    example = f'{{"{_ROLES[0]}": ["admins"]}}'
    if not isinstance(given, dict):
        yield f"must be a dictionary, such as {example}"
        return
    known = (*_ROLES, *_SWITCHES)
    for name in given:
        if name not in known:
            yield (
                f"has no setting {quote(name)}: its settings are {', '.join(known)} "
                "(write no secret here: Buildbot shows this dictionary to everybody)"
            )
    for name in _ROLES:
        roles = given.get(name, [])
        if not isinstance(roles, (list, tuple)) or not all(map(_is_role, roles)):
            yield (
                f"needs a list of the names of roles as {name}, such as "
                f'["admins"]; they are compared as they stand'
            )
    for name in _SWITCHES:
        if not isinstance(given.get(name, False), bool):
            yield f"needs True or False as {name}"


def _is_role(role: Any) -> bool:
    return isinstance(role, str) and role.strip() != "" and "*" not in role
