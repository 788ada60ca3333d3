from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from buildbot.plugins import worker
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._workers import workers
from tests.support.installations import codes, installation, write_workers

LOOPBACK = {"pb": {"port": "tcp:9989:interface=127.0.0.1"}}


class WorkerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).resolve()
        self.basedir.mkdir(mode=0o700)

    def found(self, **settings: Any) -> Any:
        return list(workers(installation(self.basedir, **settings)))

    def test_protocols(self) -> None:
        for port in (9989, "9989", "tcp:9989"):
            found = self.found(protocols={"pb": {"port": port}})
            self.assertEqual(codes(found), ["plain-worker-port"])
            self.assertIn("ssl:port=9989:", found[0].remedy)
        protocols: Any
        for protocols in (LOOPBACK, {"null": {}}, {"pb": {"port": "ssl:port=9989:privateKey=a"}}):
            self.assertEqual(self.found(protocols=protocols), [])
        msgpack = {"msgpack_experimental_v7": LOOPBACK["pb"]}
        self.assertEqual(codes(self.found(protocols=msgpack)), ["msgpack"])

    def test_who_connects_by_a_protocol_is_named(self) -> None:
        log = self.basedir / "twistd.log"
        log.write_text("2026-11-30 [-] worker 'a' attaching\n2026-11-30 [-] worker 'x' attaching\n")
        protocols = {"msgpack_experimental_v7": {"port": 9990}, "pb": LOOPBACK["pb"]}
        configured = [worker.Worker(name, "secret-pw") for name in "ab"]
        with log.open("a") as more:
            more.write("[-] worker 'b' attaching from IPv4Address(type='TCP', port=1)\n")
        found = self.found(protocols=protocols, workers=configured)
        places = {each.kind: each.places[1:] for each in found}
        named = ("worker 'a'",)
        self.assertEqual(places, {"msgpack": named, "plain-worker-port": named, "unread": ()})

    def test_versions_seen_last(self) -> None:
        versions = {"new": "4.3.0", "newer": "5.0", "old": "4.2.1", "unknown": None, "gone": "1.0"}
        versions["removed"] = versions["local"] = "4.2.1"
        connection = sqlite3.connect(self.basedir / "state.sqlite")
        infos = {name: json.dumps({"version": v, "host": "h"}) for name, v in versions.items()}
        write_workers(connection, infos, connected=["unknown", "removed", "local"])
        connection.close()
        configured = [worker.Worker(name, "x") for name in ("new", "newer", "old", "unknown")]
        configured.append(worker.LocalWorker("local"))
        found = self.found(protocols=LOOPBACK, workers=configured)
        self.assertEqual(codes(found), ["worker-version"] * 3)
        said = {each.places: each.sentence for each in found}
        expected = {
            ("worker 'old'",): "it was last seen with buildbot-worker 4.2.1",
            ("worker 'unknown'",): "it is connected with an unknown buildbot-worker",
            ("worker 'removed'",): "it is connected with buildbot-worker 4.2.1",
        }
        self.assertEqual(said, expected)
        self.assertEqual(self.found(workers=[worker.LocalWorker("old")]), [])

    def test_a_database_that_cannot_be_read(self) -> None:
        configured = [worker.Worker("w", "x")]
        (finding,) = self.found(workers=configured)
        self.assertEqual((finding.kind, finding.level), ("unread", "unchecked"))
        (finding,) = self.found(workers=configured, db={"db_url": object()})
        self.assertIn("is a secret", finding.sentence)
