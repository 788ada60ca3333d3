"""A build that does not end before its secret files are gone.

Buildbot leaves steps out, those that always run too, when it fails itself between two of them (a
database that is away for a moment, say). The worker is still there then, and this is the last
moment at which nothing else runs in its builder.
"""

from __future__ import annotations

from typing import Any

from buildbot.process.build import Build
from buildbot.process.results import FAILURE, worst_status
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.buildbot.secret_files.leftovers import Leftovers
from buildbot_keychain.buildbot.secret_files.steps import remove_files


class SecretFilesBuild(Build):
    """Buildbot's build, which removes what its steps left."""

    _keychain_log = Logger()

    def buildFinished(self, text: list[str], results: int) -> Deferred[None]:
        """Remove files that are still there, then finish as every build does. Never fails."""
        return Deferred.fromCoroutine(self._finish(text, results, super().buildFinished))

    async def _finish(self, text: list[str], results: int, finish: Any) -> None:
        try:
            if self.conn is not None and Leftovers.of(self.master).live(self):
                _, problems = await remove_files(self.master, self)
                if problems:
                    text = [*text, *problems]
                    results = worst_status(results, FAILURE)
        except Exception:  # noqa: BLE001 - the build must end
            self._keychain_log.failure("while removing the secret files of {build}", build=self)
        await maybeDeferred(finish, text, results)
