"""`Remembered`: what the pages of a master remember, through its reconfigurations.

It is read a second after each of them, before somebody waits for it: names and tags of
secrets, what builders had, what the configuration names. What has not changed is not read again.
"""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.interfaces import IDelayedCall

from buildbot_keychain.buildbot._attached import keychain_of, service_of
from buildbot_keychain.buildbot.www._secrets import BuildbotSecrets
from buildbot_keychain.web import prepare

NAME = "keychain pages"

DELAY = 1.0
"""Seconds after a configuration, in which a master begins its work: a page may be opened next."""

_LONGEST = 60.0
"""Seconds that reading templates may take."""


class Remembered(Service):
    """That of one master, whose service this is.

    :param master: Buildbot's ``BuildMaster``.
    :ivar secrets: what is known of the secrets.
    """

    name = NAME

    def __init__(self, master: Any) -> None:
        self._master = master
        self._soon: IDelayedCall | None = None
        self.secrets = BuildbotSecrets(master)

    @classmethod
    def of(cls, master: Any) -> Remembered:
        """Return that of a master."""
        return service_of(master, NAME, cls)

    def reconfigured(self) -> None:
        """Look again for all that another configuration may have made another one, and soon."""
        self.secrets.reconfigured()
        self._wait()

    def stopService(self) -> None:
        """Wait for nothing any more, and end the threads."""
        super().stopService()
        self._stop_waiting()
        self.secrets.stop()

    def _wait(self) -> None:
        self._stop_waiting()
        self._soon = self._master.reactor.callLater(DELAY, self._prepare)

    def _stop_waiting(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def _prepare(self) -> None:
        self._soon = None
        if keychain_of(self._master) is None or self._master.reconfig_active:
            self._wait()
        else:
            self.secrets.prepare()
            reading = self.secrets.thread.run(_LONGEST, prepare)
            reading.addErrback(lambda failure: failure.trap(DeferredTimeout))  # a page reads them
