"""What a ``master.cfg`` imports: ``from buildbot_keychain.plugins import secrets, util``."""

from __future__ import annotations
