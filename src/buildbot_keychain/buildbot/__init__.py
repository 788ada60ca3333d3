"""The Buildbot host: providers as Buildbot services, and one redactor for all that a master writes.

Nothing in here is imported by the core. `buildbot_keychain.plugins` is what a ``master.cfg`` uses.
"""

from __future__ import annotations
