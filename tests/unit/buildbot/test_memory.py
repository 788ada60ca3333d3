"""What a master does once for each build must leave nothing behind."""

from __future__ import annotations

import gc
import tracemalloc

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks import LogStreams
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.rendering import Interpolate
from tests.support.fakes import DictProvider

BUILDS = 2_000
NAMES = 5
TOLERANCE = 48 * 1024
"""Bytes: caches of the interpreter come and go; one small object a build would be twice as much."""


class MemoryTests(TestCase):
    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        secrets = {f"name-{n}": f"a-secret-value-{n}" for n in range(NAMES)}
        self.provider = DictProvider("d", secrets)
        self.manager = SecretManager([self.provider], redactor=redactor, reactor=Clock())

    def build(self, number: int) -> None:
        fmt = f"build {number}: %(secret:name-{number % NAMES})s"
        text = self.successResultOf(self.manager.render(Interpolate(fmt)))
        streams = LogStreams(self.manager.redactor.seen_by(None), "s")
        written = streams.feed(f"o{text}\noa-secret-value\n") + streams.close()
        self.assertEqual(written.splitlines()[0], f"obuild {number}: <name-{number % NAMES}>")

    def used(self, builds: int) -> int:
        for number in range(builds):
            self.build(number)
            self.provider.asked.clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    def test_two_thousand_builds_leave_nothing(self) -> None:
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        before = self.used(200)
        after = self.used(BUILDS)
        self.assertLess(after - before, TOLERANCE)
