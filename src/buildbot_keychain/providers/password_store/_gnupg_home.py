"""`GnupgHome`: the agent that gpg uses, so that none is left behind and nobody's own is ended.

1. Without a passphrase, the agent that runs for the configured home is used, if there is one: it
   may hold keys that somebody has unlocked. It is left as it is.
2. Otherwise a `PrivateAgent` is used: a passphrase never reaches an agent that others can ask.

At most one private agent runs for each `GnupgHome`, however many lookups there are at once.
"""

from __future__ import annotations

import os
import threading
from time import monotonic

from buildbot_keychain.providers.password_store._agent import (
    GREETING_TIMEOUT,
    Agent,
    PrivateAgent,
    find_agent,
)
from buildbot_keychain.providers.password_store._errors import GpgError, GpgStopped
from buildbot_keychain.providers.password_store._processes import Supervisor


class GnupgHome:
    """The configured home, and the agents for it. Thread-safe; everything here blocks.

    :param path: the directory of the keys.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._configured: Agent | None = None
        self._private: PrivateAgent | None = None
        self._closed = False
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise `GpgError` when the home is not a directory."""
        if not os.path.isdir(self.path):
            msg = f"the GnuPG home {self.path} is not a directory; create it or correct gnupg_home"
            raise GpgError(msg)

    def running_agent(self, supervisor: Supervisor, *, private: bool) -> Agent:
        """Return an agent that answers; start one if necessary.

        :param supervisor: supervises what is run to start one.
        :param private: whether it must be a private one.
        :raise GpgError: when the home is not a directory, or no agent can be started.
        """
        self.check()
        timeout = min(GREETING_TIMEOUT, max(0, supervisor.expires - monotonic()) / 2)
        with self._lock:
            if not private:
                self._configured = self._configured or find_agent(self.path, supervisor)
                if self._configured.answers(timeout):
                    return self._configured
            if self._closed:
                raise GpgStopped
            if self._private is None or not self._private.agent.answers(timeout):
                if self._private is not None:
                    self._private.kill()
                self._private = PrivateAgent(self.path, supervisor)
            self._private.update_links()
            return self._private.agent

    def close(self) -> None:
        """End the private agent, and wait for its end."""
        with self._lock:
            self._closed = True
            if self._private is not None:
                self._private.close()
