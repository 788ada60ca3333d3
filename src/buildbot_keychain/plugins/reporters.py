"""What has reporters announce that people are asked to approve.

Everything else in Buildbot's own ``reporters`` is here too, so a ``master.cfg`` needs only this
one.
"""

from __future__ import annotations

from typing import Any

from buildbot.plugins import reporters as _buildbot_reporters

from buildbot_keychain.buildbot import ApprovalGenerator

__all__ = ["ApprovalGenerator"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any type
    return getattr(_buildbot_reporters, name)
