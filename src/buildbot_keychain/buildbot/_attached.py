"""Where a master keeps its keychain: the one attribute that is added to Buildbot's master."""

from __future__ import annotations

from typing import Any

ATTRIBUTE = "buildbot_keychain"


def keychain_of(master: Any) -> Any:
    """Return the `MasterKeychain` of `master`, or ``None`` if it has none or is ``None``."""
    return getattr(master, ATTRIBUTE, None)
