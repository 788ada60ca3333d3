"""The steps that hide values which a build makes itself, and Buildbot's `ShellCommand`.

Everything else in Buildbot's own ``steps`` is here too, so a ``master.cfg`` needs only this one.
"""

from __future__ import annotations

from typing import Any

from buildbot.plugins import steps as _buildbot_steps

from buildbot_keychain.buildbot import HideValue, SetPropertyFromCommand, ShellCommand

__all__ = ["HideValue", "SetPropertyFromCommand", "ShellCommand"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any type
    return getattr(_buildbot_steps, name)
