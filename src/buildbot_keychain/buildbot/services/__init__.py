"""Secrets that parts of a master hold: workers, reporters, pollers and every other service.

The rule: a service has what its secrets are, and nobody is disturbed by a secret that is as it was.

Theory: Buildbot configures a service again if its arguments differ from what they were, and a
secret is an argument that says only a name. So each service is remembered with the arguments and
the secrets that it was last given, and compared with those. A value is not kept: what is kept is
its digest, under a key of this process.

A service whose secret cannot be looked up does not keep the others from being configured. It waits,
with the configuration that it had, or outside of the master if it had none.

What a service renders when it uses it, such as the token of a web hook, it does not hold. A
reporter that does so waits for it, so that its report is not lost.

=====================  ====================================================================
`_equality`            whether two configurations of a service are the same
`_held`                what one service was last given
`_messages`            what messages say of services and secrets
`_database`            what the master's database was given
`_configuring`         `ServiceSecrets`: configures services of one master
`_waiting`             `WaitingRoom`: services that wait for a secret
`_silent_providers`    `SilentProviders`: providers that are not asked for every service again
`_reports`             `Reports`: reports that wait for a secret
`_refreshing`          `Refresher`: when to look whether secrets have changed
`_logins`              what must be there for people to log in
`_leaving`             how a service leaves its parent, comes back or is replaced
=====================  ====================================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.services._configuring import ServiceSecrets, spellings
from buildbot_keychain.buildbot.services._database import report_changed
from buildbot_keychain.buildbot.services._leaving import leave
from buildbot_keychain.buildbot.services._messages import database_error
from buildbot_keychain.buildbot.services._refreshing import Refresher
from buildbot_keychain.buildbot.services._reports import Reports
from buildbot_keychain.buildbot.services._silent_providers import SilentProviders

__all__ = [
    "Refresher",
    "Reports",
    "ServiceSecrets",
    "SilentProviders",
    "database_error",
    "leave",
    "report_changed",
    "spellings",
]
