"""Finds the part of a master that is at work, from the functions that are running.

A method belongs to the object that is its first argument. No other variable of any function is
looked at, and none is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import attrgetter
from types import FrameType
from typing import Any

from buildbot.process.build import Build
from buildbot.process.builder import Builder
from buildbot.process.buildstep import BuildStep
from buildbot.secrets.manager import SecretManager
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.pullrequest import PullRequestMixin
from buildbot.util.service import (
    AsyncService,
    BuildbotService,
    MasterService,
    SharedService,
)
from buildbot.worker.protocols.manager.base import BaseDispatcher
from buildbot.www.auth import AuthBase
from buildbot.www.hooks.base import BaseHookHandler

from buildbot_keychain.buildbot.builds._requesters import requester_named
from buildbot_keychain.uses import DATABASE, HOOKS, LOGINS

ASKS_FOR_NOBODY = object()
"""Stands for a part of the master that renders for others, without saying for whom."""

_RENDER_DATABASE = ("get_db_config", "get_db_url")
"""The method of a master that renders the database's address, since Buildbot 4.3 and before."""

_HOOKS = "buildbot.www.hooks."
_PLUGINS = {"buildbot_gitea.webhook": "gitea"}
"""The dialects of hooks of others, by their modules."""


def nearest_on_stack() -> Any:
    """Return who is at work: a ``Build``, a `Requester`, `ASKS_FOR_NOBODY`, or ``None``."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect's function is the same
    while frame is not None:
        found = _asker(_first_argument(frame), frame.f_code.co_name)
        if found is not None:
            return found
        frame = frame.f_back
    return None


def _first_argument(frame: FrameType) -> Any:
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None


def _asker(owner: Any, function: str) -> Any:
    """Return whom `owner`, whose method `function` runs, asks for; ``None`` if it never asks."""
    # Not isinstance: an object may pretend to be of any class.
    is_a = type(owner).__mro__.__contains__
    if is_a(BuildStep):
        return owner.build
    if is_a(Build):
        return owner
    for cls, kind, name_of in _PARTS:
        if is_a(cls):
            return requester_named(kind, name_of(owner), owner)
    if is_a(MasterService) and function in _RENDER_DATABASE:
        return requester_named("service", DATABASE, owner)
    works_for_others = is_a(SecretManager) or is_a(SharedService)
    is_another_part = is_a(Builder) or is_a(AsyncService)
    return ASKS_FOR_NOBODY if is_another_part and not works_for_others else None


def _hook_name(handler: object) -> str:
    """Return ``hook/`` and the dialect; of an unknown hook, the name of its module."""
    modules = [cls.__module__ for cls in type(handler).__mro__]
    for module in modules:
        if module in _PLUGINS:
            return f"{HOOKS}{_PLUGINS[module]}"
    dialects = [name for name in modules if name.startswith(_HOOKS) and name != f"{_HOOKS}base"]
    return f"{HOOKS}{(dialects or modules)[0].rpartition('.')[2]}"


_PARTS: tuple[tuple[type, str, Callable[[Any], str]], ...] = (
    (SecretProviderBase, "provider", attrgetter("name")),
    (BuildbotService, "service", attrgetter("name")),
    (BaseHookHandler, "service", _hook_name),
    (PullRequestMixin, "service", _hook_name),
    (AuthBase, "service", lambda _: "auth"),
    (BaseDispatcher, "service", lambda _: LOGINS),
)
"""Parts of a master by their class, the first that fits: the kind and the name of the requester."""
