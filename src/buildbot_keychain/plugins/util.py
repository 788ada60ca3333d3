"""For steps, factories and services: the renderables, and the factory with secret files."""

from __future__ import annotations

from buildbot_keychain.buildbot import context  # noqa: F401 - our renderables render in Buildbot
from buildbot_keychain.buildbot.secret_files.factory import BuildFactory
from buildbot_keychain.rendering import Interpolate, Secret

__all__ = ["BuildFactory", "Interpolate", "Secret"]
