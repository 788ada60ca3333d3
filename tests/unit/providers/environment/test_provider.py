from __future__ import annotations

import os
import subprocess
from itertools import count

from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import InvalidSecret
from buildbot_keychain.providers.environment._provider import SecretInEnvironment
from tests.support.reachable import reachable_text

VALUE = "s3cr3t-canary"
_NUMBERS = count()


class EnvironmentTestCase(TestCase):
    def setUp(self) -> None:
        number = next(_NUMBERS)
        self.prefix = f"KEYCHAIN_UNIT_{number}_"
        self.value = f"{VALUE}-{number}."
        self.variable = f"{self.prefix}TOKEN"
        os.environ[self.variable] = self.value
        self.addCleanup(os.environ.pop, self.variable, None)

    def environment(self, prefix: str | None = None) -> SecretInEnvironment:
        return SecretInEnvironment(prefix or self.prefix)

    def inherited(self) -> bytes:
        """What a child process sees."""
        return subprocess.run(["env"], stdout=subprocess.PIPE, check=True).stdout


class TakingTests(EnvironmentTestCase):
    async def test_a_child_process_inherits_it_until_the_start(self) -> None:
        provider = self.environment()
        self.assertIn(self.value.encode(), self.inherited())
        provider.startService()
        self.assertNotIn(self.value.encode(), self.inherited())
        self.assertNotIn(self.variable, os.environ)
        self.assertEqual(await provider.get("TOKEN"), self.value)

    async def test_or_until_the_first_lookup(self) -> None:
        self.assertIsNone(await self.environment().get("nothing"))
        self.assertNotIn(self.variable, os.environ)

    async def test_another_one_of_the_prefix_has_it_too(self) -> None:
        first = self.environment()
        first.startService()
        first.stopService()
        del first
        self.assertEqual(await self.environment().get("TOKEN"), self.value)

    async def test_a_shorter_prefix_takes_and_serves_more(self) -> None:
        self.environment().startService()
        short = self.environment("KEYCHAIN_UNIT_")
        os.environ["KEYCHAIN_UNIT_X"] = "x"
        self.assertEqual(await short.get("X"), "x")
        self.assertEqual(await short.get(self.variable.removeprefix("KEYCHAIN_UNIT_")), self.value)

    async def test_what_is_set_later_is_taken_and_replaces_it(self) -> None:
        provider = self.environment()
        provider.startService()
        os.environ[self.variable] = "second"
        self.assertEqual(await provider.get("TOKEN"), "second")
        self.assertNotIn(self.variable, os.environ)

    def test_a_check_takes_nothing(self) -> None:
        self.assertEqual(list(self.environment().check_config()), [])
        self.assertEqual(os.environ[self.variable], self.value)

    async def test_other_variables_stay(self) -> None:
        before = dict(os.environ)
        del before[self.variable]
        self.environment().startService()
        self.assertEqual(dict(os.environ), before)

    async def test_bytes_that_are_not_utf_8(self) -> None:
        os.environb[self.variable.encode()] = VALUE.encode() + b"\xff"
        provider = self.environment()
        (problem,) = provider.check_config()
        error = await self.assertFailure(provider.get("TOKEN"), InvalidSecret)
        for text in (problem, str(error)):
            self.assertIn(f"the variable {self.variable} is not UTF-8", text)
        self.assertNotIn(VALUE, problem + reachable_text(error))
        self.assertEqual(len(list(provider.check_config())), 1)
