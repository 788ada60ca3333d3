"""The renderables, the factory with secret files, and the parameter of forms for secrets.

Everything else in Buildbot's own ``util`` is here too, so a ``master.cfg`` needs only this one.
"""

from __future__ import annotations

from typing import Any

from buildbot.plugins import util as _buildbot_util

from buildbot_keychain.buildbot import BuildFactory, Hidden, Interpolate, Secret, SecretParameter

__all__ = ["BuildFactory", "Hidden", "Interpolate", "Secret", "SecretParameter"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any type
    return getattr(_buildbot_util, name)
