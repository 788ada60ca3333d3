"""`leave`: takes a service out of its parent."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.errors import safe_summary

_log = Logger()


async def leave(child: Any, kind: str) -> None:
    """Stop `child` and remove it from its parent, also when it does not stop cleanly.

    :param kind: what it is, for the log.
    """
    try:
        # A Buildbot service needs its parent to stop; leaving would stop it without one.
        await maybeDeferred(child.stopService)
    except Exception:  # noqa: BLE001 - logged without its message
        _log.error(
            "the {kind} {name!r} did not stop cleanly: {problem}",
            kind=kind,
            name=child.name,
            problem=safe_summary(Failure()),
        )
    if getattr(child, "parent", None) is not None:
        child.stopService = lambda: None
        try:
            await maybeDeferred(child.disownServiceParent)
        finally:
            del child.stopService
