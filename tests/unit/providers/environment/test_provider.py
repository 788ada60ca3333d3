from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from itertools import count
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain.errors import InvalidSecret
from buildbot_keychain.providers.environment._provider import SecretInEnvironment
from tests.support.fakes import everything_of, frames_of

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

    async def refusal(self) -> InvalidSecret:
        try:
            await self.environment().look_up("TOKEN")
        except InvalidSecret as error:
            return error
        raise self.failureException("it was not refused")

    async def test_bytes_that_are_not_utf_8(self) -> None:
        os.environb[self.variable.encode()] = VALUE.encode() + b"\xff"
        (complaint,) = self.environment().check_config()
        error = await self.refusal()
        for said in (complaint, everything_of(error) + frames_of(error)):
            self.assertIn(f"the variable {self.variable} is not UTF-8", said)
            self.assertNotIn(VALUE, said)
        self.assertEqual(len(list(self.environment().check_config())), 1)


class InitialEnvironmentTests(TestCase):
    """What Linux shows of the environment that a process was started with."""

    def test_the_value_is_wiped_and_all_else_stays(self) -> None:
        if not Path("/proc/self/environ").exists():
            raise SkipTest("there is no /proc/self/environ here")
        program = """
            import os
            from buildbot_keychain.providers.environment._provider import SecretInEnvironment

            before = open("/proc/self/environ", "rb").read()
            SecretInEnvironment("CI_").startService()
            after = open("/proc/self/environ", "rb").read()
            entry = b"\\0CI_TOKEN=" + os.fsencode("väl-ue of it")
            assert before.count(entry) == 1
            assert after == before.replace(entry, b"\\0CI_TOKEN=" + bytes(len(entry) - 10))
            assert os.environ["LIKE_CI_TOKEN"] == "väl-ue of it"
            print("good")
        """
        environment = {"A": "1", "CI_TOKEN": "väl-ue of it", "LIKE_CI_TOKEN": "väl-ue of it"}
        done = subprocess.run(
            [sys.executable, "-I", "-c", textwrap.dedent(program)],
            env={**environment, "LC_ALL": "C.UTF-8", "B": "2"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.stdout, done.stderr), ("good\n", ""))

    def test_where_it_cannot_be_done_nothing_happens(self) -> None:
        os.environ["KEYCHAIN_UNIT_WIPE_X"] = "x"
        with mock.patch.object(Path, "open", side_effect=PermissionError):
            SecretInEnvironment("KEYCHAIN_UNIT_WIPE_").startService()
        self.assertNotIn("KEYCHAIN_UNIT_WIPE_X", os.environ)
