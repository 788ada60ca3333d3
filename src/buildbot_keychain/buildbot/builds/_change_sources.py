"""Which part of a master brings a change, and so whether it is known what its changes say.

Of Buildbot's own change sources and hooks, and of the plug-in for Gitea, it is known how they say
that a change is from outside. What others bring, those that derive a class of their own from one of
Buildbot's among them, is of unknown origin unless they state it. So each of their changes that does
not is given the statement that nobody knows, in the same property, when it arrives.

The hook for Gitea says of a tag what it says of a branch of that name. What it was sent tells them
apart, and so a property of the change.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from buildbot.util import bytes2unicode
from buildbot.www.change_hook import ChangeHookResource
from twisted.logger import Logger

from buildbot_keychain.buildbot.builds._outside import STATEMENT, TAG

_GITEA = "buildbot_gitea."
_KNOWN = ("buildbot.changes.", "buildbot.www.hooks.", _GITEA)
"""What the modules' names begin with of change sources that are known."""

_DIALECT = re.compile("/change_hook/?([a-zA-Z0-9_]*)")
"""How Buildbot finds the dialect of a hook in the address."""

_READ = "keychain_is_of_tag"
"""The attribute of a request that keeps what was read of it: it may bring many changes."""

_log = Logger()


class ChangeSources:
    """The change sources of one master."""

    def __init__(self) -> None:
        self._reported: set[str] = set()

    def stated(self, properties: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the properties of a change that the caller's caller brings, and its statement.

        :param properties: those that the change has.
        """
        found = dict(properties or {})
        caller = sys._getframe(2)  # noqa: SLF001 - documented in `sys`
        source = _class_of_source(caller)
        if source.startswith(_GITEA) and _is_of_tag(caller.f_locals.get("request")):
            found[TAG] = True
        if STATEMENT not in found and not source.startswith(_KNOWN):
            found[STATEMENT] = None
            if source not in self._reported:
                self._reported.add(source)
                _log.warn(
                    "{source} does not say whether its changes are from outside (the property "
                    "{statement}): a policy gives their builds nothing, unless a rule names the "
                    "scheduler or says outside=True",
                    source=source,
                    statement=STATEMENT,
                )
        return found


def _class_of_source(caller: FrameType) -> str:
    """Return the full name of the class whose method calls; of a hook, that of its handler."""
    names = caller.f_code.co_varnames[: caller.f_code.co_argcount]
    owner = caller.f_locals.get(names[0]) if names else None
    if type(owner) is ChangeHookResource:
        owner = _handler(owner, caller.f_locals.get("request"))
    cls = type(owner)
    return f"{cls.__module__}.{cls.__qualname__}"


def _handler(hooks: Any, request: Any) -> Any:
    dialect = _DIALECT.match(bytes2unicode(getattr(request, "uri", "")))
    handler = dialect and hooks.makeHandler(dialect[1] or "base")
    # That of Gitea has another one, of a class that may be configured.
    return getattr(handler, "handler", handler)


def _is_of_tag(request: Any) -> bool:
    """Return whether what the hook for Gitea was sent is of a tag."""
    if not hasattr(request, _READ):
        request.content.seek(0)
        ref = json.loads(request.content.read()).get("ref")
        setattr(request, _READ, isinstance(ref, str) and ref.startswith("refs/tags/"))
    is_of_tag: bool = getattr(request, _READ)
    return is_of_tag
