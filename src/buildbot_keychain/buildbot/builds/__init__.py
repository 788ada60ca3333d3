"""For whom a secret is looked up, and until when it is held: what the master knows about builds.

`requester_for` derives the requester of a lookup from the master's own objects. `BuildScopes` ends
what providers hold for a build, such as a lease, when the build has finished.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.builds._requesters import requester_for
from buildbot_keychain.buildbot.builds._scopes import BuildScopes

__all__ = ["BuildScopes", "requester_for"]
