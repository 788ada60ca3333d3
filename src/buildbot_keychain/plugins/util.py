"""For steps, factories and services: the renderables, and the factory with secret files.

Whatever else Buildbot's own ``util`` has, this one has too: a ``master.cfg`` needs no other.
"""

from __future__ import annotations

from typing import Any

from buildbot.plugins import util as _buildbot_util

from buildbot_keychain.buildbot import context  # noqa: F401 - our renderables render in Buildbot
from buildbot_keychain.buildbot.secret_files.factory import BuildFactory
from buildbot_keychain.rendering import Interpolate, Secret

__all__ = ["BuildFactory", "Interpolate", "Secret"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - of any type
    return getattr(_buildbot_util, name)
