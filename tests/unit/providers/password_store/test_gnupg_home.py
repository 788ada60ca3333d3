from __future__ import annotations

import subprocess
import time

from buildbot_keychain.providers.password_store._agent import Agent
from buildbot_keychain.providers.password_store._errors import GpgError, GpgStopped
from buildbot_keychain.providers.password_store._gnupg_home import GnupgHome
from buildbot_keychain.providers.password_store._processes import Supervisor, Supervisors
from tests.support.password_store.real_stores import GnupgTestCase


class GnupgHomeTests(GnupgTestCase):
    """With a real gpg-agent."""

    def home(self, path: object = None) -> GnupgHome:
        home = GnupgHome(str(path or self.gnupg_home))
        self.addCleanup(home.close)
        return home

    def agent(self, home: GnupgHome, *, private: bool = False) -> Agent:
        with Supervisor(Supervisors(), time.monotonic() + 30) as supervisor:
            return home.running_agent(supervisor, private=private)

    def test_a_home_that_does_not_exist(self) -> None:
        home = self.home(self.base / "nowhere")
        for check in (home.check, lambda: self.agent(home)):
            error = self.assertRaises(GpgError, check)
            self.assertIn("nowhere is not a directory; create it or correct", str(error))

    def test_one_private_agent_serves_a_home_without_an_agent(self) -> None:
        home = self.home()
        agent = self.agent(home)
        self.assertTrue(agent.answers())
        self.assertNotEqual(agent.home, home.path)
        self.assertEqual(self.agent(home, private=True), agent)

    def test_a_private_agent_that_has_ended_is_replaced(self) -> None:
        home = self.home()
        first = self.agent(home)
        with first.connect(3.0) as connection:
            connection.sendall(b"KILLAGENT\n")
            while connection.recv(256):
                pass
        deadline = time.monotonic() + 30
        while first.answers():  # until its process has ended
            self.assertLess(time.monotonic(), deadline)
        second = self.agent(home)
        self.assertNotEqual(second, first)
        self.assertTrue(second.answers())

    def test_an_agent_that_runs_is_used_and_left(self) -> None:
        path = self.short_home()
        subprocess.run(["gpgconf", "--homedir", path, "--launch", "gpg-agent"], check=True)
        home = self.home(path)
        agent = self.agent(home)
        self.assertEqual(agent.home, str(path))
        self.assertNotEqual(self.agent(home, private=True).home, str(path))
        home.close()
        self.assertTrue(agent.answers())

    def test_none_is_started_after_close(self) -> None:
        home = self.home()
        agent = self.agent(home)
        home.close()
        self.assertFalse(agent.answers())
        self.assertRaises(GpgStopped, self.agent, home)
