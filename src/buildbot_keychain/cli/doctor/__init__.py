"""``buildbot-keychain doctor``: what is wrong with an installation."""

from __future__ import annotations

from buildbot_keychain.cli.doctor._command import COMMAND

__all__ = ["COMMAND"]
