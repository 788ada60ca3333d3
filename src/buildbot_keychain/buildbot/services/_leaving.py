"""How a service leaves its parent, comes back to it, or is replaced there by another one."""

from __future__ import annotations

from typing import Any

from buildbot.worker.latent import AbstractLatentWorker, States
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.buildbot.services._messages import log_failure


async def leave(child: Any, kind: str) -> None:
    """Stop `child` and remove it from its parent, also when it does not stop cleanly.

    :param kind: what it is, for the log.
    """
    runs = getattr(child, "running", True)
    try:
        # A Buildbot service needs its parent to stop; leaving would stop it without one.
        await maybeDeferred(child.stopService)
    except Exception as error:  # noqa: BLE001 - logged without its message
        # Buildbot asserts that what it stops runs, but sets services up before they do.
        if runs or not isinstance(error, AssertionError):
            log_failure(f"the {kind} {child.name!r}", "did not stop cleanly")
    if getattr(child, "parent", None) is not None:
        child.stopService = lambda: None
        try:
            await maybeDeferred(child.disownServiceParent)
        finally:
            del child.stopService


async def enter(child: Any, parent: Any) -> None:
    """Add `child` to `parent`, also when it was there before."""
    if isinstance(child, AbstractLatentWorker):
        child.state = States.NOT_SUBSTANTIATED  # when it leaves, it is shut down for good
    await maybeDeferred(child.setServiceParent, parent)


async def take_on(child: Any, sibling: Any, kind: str) -> None:
    """Have `child` take on the arguments of `sibling`, or have that take its place.

    Buildbot does the latter if it raises a `NotImplementedError`.
    """
    parent = child.parent
    try:
        await maybeDeferred(child.reconfigServiceWithSibling, sibling)
    except NotImplementedError:
        await leave(child, kind)
        sibling.objectid = child.objectid
        await enter(sibling, parent)
