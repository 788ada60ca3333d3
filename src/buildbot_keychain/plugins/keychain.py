"""What the author of a step or a service may ask of the keychain of a master."""

from __future__ import annotations

from buildbot_keychain.buildbot import SealedState, hide
from buildbot_keychain.store.sealed_field import SealedField

__all__ = ["SealedField", "SealedState", "hide"]
