"""Where a master keeps its keychain, the one attribute that is added, and services of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.audit import Event

ATTRIBUTE = "buildbot_keychain"

S = TypeVar("S", bound=Service)


def keychain_of(master: Any) -> Any:
    """Return the `MasterKeychain` of `master`, or ``None`` if it has none or is ``None``."""
    return getattr(master, ATTRIBUTE, None)


def record(master: Any, event: Event) -> None:
    """Record an event in the audit trail of `master`, if it has a keychain."""
    keychain = keychain_of(master)
    if keychain is not None:
        keychain.audit.record(event)


def service_of(master: Any, name: str, kind: Callable[[Any], S]) -> S:
    """Return the service of `master` that has a name, which stays once it is there.

    :param kind: makes it, of the master, the first time.
    """
    found: S | None = master.namedServices.get(name)
    if found is None:
        found = kind(master)
        maybeDeferred(found.setServiceParent, master)
    return found
