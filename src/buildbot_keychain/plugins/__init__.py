"""What a ``master.cfg`` imports: ``from buildbot_keychain.plugins import secrets, util``.

Importing it patches Buildbot in this process (see `buildbot_keychain.buildbot.patches`).
"""

from __future__ import annotations

import os

from buildbot_keychain.buildbot import install

install(os.environ)
