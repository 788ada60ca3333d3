"""What the author of a step may ask of the keychain of a master."""

from __future__ import annotations

from buildbot_keychain.buildbot import hide

__all__ = ["hide"]
