"""A build that does not end before its secret files are gone.

When Buildbot itself fails between two steps (a database that is down for a moment, say), it leaves
out the remaining steps, including those that always run. The worker is still connected then, and
this is the last moment at which nothing else runs in its builder.
"""

from __future__ import annotations

from buildbot.process.build import Build
from buildbot.process.results import FAILURE, worst_status
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.buildbot.secret_files._registry import SecretFileRegistry
from buildbot_keychain.buildbot.secret_files._steps import remove_files
from buildbot_keychain.deferreds import returns_deferred


class SecretFilesBuild(Build):
    """Buildbot's build, which removes what its steps left."""

    _keychain_log = Logger()

    @returns_deferred
    async def buildFinished(self, text: list[str], results: int) -> None:
        """Remove files that are still there, then finish as every build does. Never fails."""
        try:
            if self.conn is not None and SecretFileRegistry.of(self.master).files_of(self):
                _, problems = await remove_files(self.master, self)
                if problems:
                    text = [*text, *problems]
                    results = worst_status(results, FAILURE)
        except Exception:  # noqa: BLE001 - the build must end
            self._keychain_log.failure("while removing the secret files of {build}", build=self)
        await maybeDeferred(super().buildFinished, text, results)
