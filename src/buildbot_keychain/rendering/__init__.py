"""Texts that name secrets now and hold them only when they are needed."""

from __future__ import annotations

from buildbot_keychain.rendering.context import RenderingContext
from buildbot_keychain.rendering.interpolate import Interpolate
from buildbot_keychain.rendering.secret import Secret

__all__ = ["Interpolate", "RenderingContext", "Secret"]
