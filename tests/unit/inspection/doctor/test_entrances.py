from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from buildbot.plugins import changes, schedulers, util, worker
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._entrances import entrances
from tests.support.installations import codes, installation


class EntranceTests(SynchronousTestCase):
    def found(self, **settings: Any) -> Any:
        return list(entrances(installation(Path("/srv/master"), **settings)))

    def test_known_passwords(self) -> None:
        found = self.found(
            workers=[
                worker.Worker("a", "pass"),
                worker.Worker("b", "B"),
                worker.Worker("good", "7d1c0e"),
                worker.Worker("secret", util.Secret("pass")),
                worker.LocalWorker("local"),
            ],
            change_sources=[changes.PBChangeSource(), changes.PBChangeSource(passwd="7d1c0e")],
            schedulers={
                "try": schedulers.Try_Userpass("try", ["b"], 1, [("alice", "Alice"), ("x", "7d1")])
            },
        )
        self.assertEqual(codes(found), ["known-password"])
        places = ("worker 'a'", "worker 'b'", "PBChangeSource 'PBChangeSource'")
        self.assertEqual(found[0].places[:2], places[:2])
        self.assertTrue(found[0].places[2].startswith("PBChangeSource"))
        self.assertEqual(found[0].places[3:], ("Try_Userpass 'try'",))

    def test_a_manhole(self) -> None:
        for level, manhole in (
            (
                "problem",
                SimpleNamespace(port="tcp:1", username="x", password="7d1", using_ssh=False),
            ),
            ("note", SimpleNamespace(port="tcp:1:interface=127.0.0.1", using_ssh=True)),
            ("note", SimpleNamespace(port="tcp:1", keyfile="x", using_ssh=True)),
        ):
            (finding,) = self.found(manhole=manhole)
            self.assertEqual((finding.kind, finding.level), ("manhole", level))
