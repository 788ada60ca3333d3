from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._attached import MSGPACK, PB, protocols_of

BY_PB = "2026-11-30 08:15:02+0000 [Broker,1,::1] worker '{}' attaching from IPv6Address(port=1)\n"
BY_MSGPACK = "2026-11-30 08:15:02+0000 [-] worker '{}' attaching\n"


class ProtocolTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir()
        self.log = directory / "twistd.log"

    def write(self, suffix: str, text: str, age: int) -> None:
        file = self.log.with_name(f"twistd.log{suffix}")
        file.write_text(text)
        os.utime(file, (1000 - age, 1000 - age))

    def test_the_last_line_of_a_worker_counts(self) -> None:
        names = {"one", "two", "three", "old", "never"}
        self.assertEqual(protocols_of(names, self.log), {})
        self.write(".2", BY_PB.format("old") + BY_MSGPACK.format("one"), 20)
        self.write(".10.gz", BY_PB.format("never"), 1)
        self.write(".1", BY_MSGPACK.format("old") + BY_MSGPACK.format("two"), 10)
        text = BY_MSGPACK.format("one") + BY_PB.format("one") + BY_MSGPACK.format("three")
        self.write("", f"{text}the worker 'old' attaching its bed\n{BY_PB.format('other')}", 0)
        expected = {"one": PB, "two": MSGPACK, "three": MSGPACK, "old": MSGPACK}
        self.assertEqual(protocols_of(names, self.log), expected)
