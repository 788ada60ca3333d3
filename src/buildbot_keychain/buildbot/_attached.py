"""Where a master keeps its keychain: the one attribute that is added to Buildbot's master."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.audit import Event

ATTRIBUTE = "buildbot_keychain"


def keychain_of(master: Any) -> Any:
    """Return the `MasterKeychain` of `master`, or ``None`` if it has none or is ``None``."""
    return getattr(master, ATTRIBUTE, None)


def record(master: Any, event: Event) -> None:
    """Record an event in the audit trail of `master`, if it has a keychain."""
    keychain = keychain_of(master)
    if keychain is not None:
        keychain.audit.record(event)
