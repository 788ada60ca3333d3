"""What a ``master.cfg`` imports in place of ``buildbot.plugins``.

::

    from buildbot_keychain.plugins import reporters, schedulers, secrets, steps, util, worker

Every namespace of Buildbot's is here, with everything that Buildbot and others have registered in
it; `reporters`, `secrets`, `steps` and `util` add to that what is ours, or put it in the place of
Buildbot's.

Importing it patches Buildbot in this process (see `buildbot_keychain.buildbot.patches`).
"""

from __future__ import annotations

import os

from buildbot.plugins import changes, schedulers, statistics, webhooks, worker
from buildbot.plugins.db import get_plugins

from buildbot_keychain.buildbot import install
from buildbot_keychain.plugins import keychain, reporters, secrets, steps, util

__all__ = [
    "changes",
    "keychain",
    "reporters",
    "schedulers",
    "secrets",
    "statistics",
    "steps",
    "util",
    "webhooks",
    "worker",
    "www",
]

www = get_plugins("www")

install(os.environ)
