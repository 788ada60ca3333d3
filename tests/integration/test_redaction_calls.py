"""What redaction costs a whole master, counted in texts that are redacted."""

from __future__ import annotations

from buildbot.plugins import steps
from buildbot.plugins import util as buildbot_util

from buildbot_keychain.buildbot import MasterKeychain
from tests.support.real_master import RealMasterTestCase
from tests.support.redact_calls import counted_calls

SECRETS = 50
MOST = 60
"""Texts for a build of one step, from its request to its end; the worker logs here as well."""


class CallTests(RealMasterTestCase):
    protocol = "pb"

    async def test_a_build_of_one_step(self) -> None:
        factory = buildbot_util.BuildFactory([steps.ShellCommand(command=["echo", "hello"])])
        master = await self.start_master(self.configuration(factory))
        redactor = MasterKeychain.of(master.master).redactor
        for number in range(SECRETS):
            redactor.add(f"secret-{number}", f"a-secret-value-{number}-{number * 7919:x}")
        await master.build()  # the first one on a worker prepares it
        with counted_calls() as calls:
            build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertGreater(calls.count, 10)
        self.assertLessEqual(calls.count, MOST)
