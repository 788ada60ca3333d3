"""The table: every place where Buildbot is altered or relied upon, and what is expected of it.

``docs/development/patches.md`` shows it; a test compares the two.

============  =============================================================================
`_sinks`      what leaves a master
`_lookups`    lookups, and the configurations and services that need them
`_builds`     how builds begin and end, and what must not outlive them
============  =============================================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.patches.table._builds import BUILDS
from buildbot_keychain.buildbot.patches.table._lookups import LOOKUPS
from buildbot_keychain.buildbot.patches.table._sinks import SINKS

TABLE = (*SINKS, *LOOKUPS, *BUILDS)
"""In the order of what a reader asks first: the sinks, then commands, lookups and leftovers."""

__all__ = ["TABLE"]
