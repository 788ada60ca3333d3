from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store import _agent
from buildbot_keychain.providers.password_store._agent import Agent, PrivateAgent, find_agent
from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._processes import Supervisor, Supervisors
from tests.support.password_store.real_stores import GnupgTestCase


def supervisor() -> Supervisor:
    return Supervisor(Supervisors(), time.monotonic() + 30)


class AgentTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(dir="/tmp")
        self.addCleanup(directory.cleanup)
        self.agent = Agent("/home", f"{directory.name}/S.gpg-agent")

    def listen(self, greeting: bytes) -> None:
        """Answer one client with `greeting`; without one, let it wait."""
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(self.agent.socket_path)
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting)

        if greeting:
            thread = threading.Thread(target=serve)
            thread.start()
            self.addCleanup(thread.join)

    def test_the_directories_of_a_home(self) -> None:
        self.assertEqual(Agent("/h", "/h/S.gpg-agent").directories, ["/h"])
        shared = "/run/user/1000/gnupg/S.gpg-agent"
        self.assertEqual(Agent("/h", shared).directories, ["/h"])
        own = "/run/user/1000/gnupg/d.abc/S.gpg-agent"
        self.assertEqual(Agent("/h", own).directories, ["/h", own.removesuffix("/S.gpg-agent")])

    def test_an_agent_that_greets_answers(self) -> None:
        self.listen(b"OK Pleased to meet you\n")
        self.assertTrue(self.agent.answers())

    def test_another_greeting_is_not_an_answer(self) -> None:
        self.listen(b"ERR 1\n")
        self.assertFalse(self.agent.answers())

    def test_nobody_listens(self) -> None:
        self.assertFalse(self.agent.answers())
        self.assertFalse(Agent("/home", "/tmp/" + "x" * 200).answers())
        self.assertRaises(OSError, self.agent.connect, 1.0)

    def test_a_busy_agent_counts_as_answering_when_there_is_no_time_to_wait(self) -> None:
        self.listen(b"")
        self.assertTrue(self.agent.answers(0.05))
        self.patch(_agent, "_LONGEST_BUSY", 0.01)
        self.assertFalse(self.agent.answers(0.05))


class FindAgentTests(SynchronousTestCase):
    def test_without_gnupg(self) -> None:
        self.patch(os, "environ", {"PATH": self.mktemp()})
        with supervisor() as running:
            error = self.assertRaises(GpgError, find_agent, "/home", running)
        self.assertIn("gpgconf cannot be run", str(error))
        self.assertIn("install GnuPG 2.1 or newer", str(error))


class PrivateAgentTests(GnupgTestCase):
    """With a real gpg-agent."""

    def start(self) -> PrivateAgent:
        with supervisor() as running:
            return PrivateAgent(str(self.gnupg_home), running)

    def close(self, private: PrivateAgent) -> None:
        private.close()

    def test_it_answers_until_it_is_closed(self) -> None:
        private = self.start()
        self.addCleanup(self.close, private)
        self.assertTrue(private.agent.answers())
        private.close()
        self.assertFalse(private.agent.answers())
        for directory in private.agent.directories:
            self.assertFalse(Path(directory).exists())

    def test_it_is_closed_when_it_is_killed_or_deleted(self) -> None:
        for end in (PrivateAgent.kill, lambda _: None):
            private = self.start()
            agent = private.agent
            end(private)
            del private
            self.assertFalse(agent.answers())
            self.assertFalse(Path(agent.home).exists())

    def test_its_home_links_to_the_configured_one(self) -> None:
        (self.gnupg_home / "gpg-agent.conf").write_text("log-file /dev/null\n")
        private = self.start()
        self.addCleanup(self.close, private)
        home = Path(private.agent.home)
        self.assertEqual((home / "pubring.kbx").resolve(), self.gnupg_home / "pubring.kbx")
        self.assertFalse((home / "gpg-agent.conf").exists())
        (self.gnupg_home / "gpg.conf").write_text("verbose\n")
        self.assertFalse((home / "gpg.conf").exists())
        private.update_links()
        self.assertEqual((home / "gpg.conf").read_text(), "verbose\n")

    def test_an_agent_that_does_not_start(self) -> None:
        before = set(Path(tempfile.gettempdir()).glob("keychain-gpg-*"))
        self.replace_gpg("exit 2", "gpg-agent")
        with supervisor() as running:
            error = self.assertRaises(GpgError, PrivateAgent, str(self.gnupg_home), running)
        self.assertIn(f"run: gpg-agent --homedir {self.gnupg_home} --daemon", str(error))
        self.assertEqual(set(Path(tempfile.gettempdir()).glob("keychain-gpg-*")), before)
