from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._running import running_master
from buildbot_keychain.plugins import secrets
from tests.support.installations import codes, installation


class RunningTests(SynchronousTestCase):
    """This process is taken for a master."""

    def setUp(self) -> None:
        self.number = self.listen(socket.AF_INET, "0.0.0.0")

    def listen(self, family: int, address: str) -> int:
        listening = socket.socket(family)
        self.addCleanup(listening.close)
        listening.bind((address, 0))
        listening.listen()
        port: int = listening.getsockname()[1]
        return port

    def ports(self, **settings: Any) -> list[str]:
        examined = installation(Path("/srv/master"), process=os.getpid(), **settings)
        found = list(running_master(examined))
        self.assertEqual(set(codes(found)), {"other-port"} if found else set())
        return [each.sentence.split()[4].strip(",") for each in found]

    def test_a_port_that_is_not_in_the_configuration(self) -> None:
        self.assertIn(str(self.number), self.ports())
        www = {**MasterConfig().www, "port": f"tcp:{self.number}"}
        self.assertNotIn(str(self.number), self.ports(www=www))
        pb = {"pb": {"port": self.number}}
        self.assertNotIn(str(self.number), self.ports(protocols=pb))
        manager = secrets.SecretManager([], metrics_port=secrets.MetricsPort(self.number))
        self.assertNotIn(str(self.number), self.ports(secretsProviders=[manager]))
        self.assertEqual(self.ports(protocols={"pb": {"port": "tcp:0"}}), [])

    def test_what_only_this_machine_reaches(self) -> None:
        addresses = [(socket.AF_INET, "127.0.0.1")]
        if socket.has_dualstack_ipv6():
            addresses += [(socket.AF_INET6, "::1")]
        for family, address in addresses:
            self.assertNotIn(str(self.listen(family, address)), self.ports())

    def test_there_is_none(self) -> None:
        self.assertEqual(list(running_master(installation(Path("/srv/master")))), [])
