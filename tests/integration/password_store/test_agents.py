"""The programs that `SecretInPass` starts: which agent it uses, and that all of them end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import DeferredList, gatherResults
from twisted.internet.task import deferLater

from buildbot_keychain import SecretInPass
from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, ProviderUnavailable
from buildbot_keychain.providers.arguments import SecretArgument
from tests.support.password_store.process_sampler import descendants
from tests.support.password_store.real_stores import PASSPHRASE, PasswordStoreTestCase, gpg


def agents(part: str) -> list[int]:
    """Return the agents whose home's path contains `part`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[0].endswith(b"gpg-agent") and any(part.encode() in word for word in command):
            found.append(int(folder.name))
    return found


def private_homes() -> set[Any]:
    """Return the homes of private agents."""
    return set(Path(tempfile.gettempdir()).glob("keychain-gpg-*"))


def own_agents() -> list[int]:
    """Return the running agents that providers of this process have started."""
    ours = descendants()
    return [number for number in agents("keychain-gpg-") if number in ours]


class AgentTests(PasswordStoreTestCase):
    """Which agent is used, and how it ends."""

    def setUp(self) -> None:
        self.others = descendants()
        super().setUp()
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        self.encrypt("locked", "found\n", "-r", "locked")

    async def test_a_private_agent_ends_with_the_provider(self) -> None:
        provider = self.provider()
        await gatherResults([provider.get("token") for _ in range(20)])
        (agent,) = own_agents()
        await provider.stopService()
        self.assertEqual(own_agents(), [])
        self.assertFalse(Path("/proc", str(agent)).exists())
        provider.startService()
        self.assertEqual(await provider.get("token"), "found")

    async def test_an_agent_that_has_ended_is_replaced(self) -> None:
        provider = self.provider()
        for number in (signal.SIGKILL, signal.SIGSTOP):
            self.assertEqual(await provider.get("token"), "found")
            (agent,) = own_agents()
            os.kill(agent, number)
            provider.deadline = 9.0
            self.assertEqual(await provider.get("token"), "found")
            await self.until(partial(self.has_ended, agent), "the agent still runs")

    async def test_an_agent_that_ends_during_a_decryption_is_replaced(self) -> None:
        """gpg then reports that there is no private key, which is not true."""
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "found")
        (agent,) = own_agents()
        real = shutil.which("gpg")
        killed = f"kill -0 {agent} 2>/dev/null && kill -9 {agent} && sleep 0.2"
        self.replace_gpg(f'{killed}\nexec {real} "$@"')
        self.assertEqual(await provider.get("token"), "found")
        self.assertNotIn(agent, own_agents())

    async def test_a_running_agent_is_used_and_left_alone(self) -> None:
        """It has unlocked the key, so the provider needs no passphrase."""
        home = self.short_home()
        provider = self.provider(gnupg_home=home)
        await self.assertFailure(provider.get("locked"), AccessDenied)
        given = f"{PASSPHRASE}\n".encode() + (self.dir / "locked.gpg").read_bytes()
        gpg(home, "--pinentry-mode", "loopback", "--passphrase-fd", "0", "--decrypt", given=given)
        before = agents(str(home))
        self.assertEqual(len(before), 1)
        self.assertEqual(await provider.get("locked"), "found")
        await provider.stopService()
        self.assertEqual(agents(str(home)), before)

    async def test_a_passphrase_never_reaches_a_running_agent(self) -> None:
        home = self.short_home()
        gpg(home, "--list-secret-keys")
        self.assertEqual(len(agents(str(home))), 1)
        provider = self.provider(PASSPHRASE, gnupg_home=home)
        self.assertEqual(await provider.get("locked"), "found")
        without = self.provider(gnupg_home=home)
        failure: Any = await self.assertFailure(without.get("locked"), AccessDenied)
        self.assertIn("is locked", str(failure))

    async def test_a_passphrase_is_not_remembered(self) -> None:
        provider = self.provider(PASSPHRASE)
        self.assertEqual(await provider.get("locked"), "found")
        provider._key = SecretArgument("pass", "gpgPassphrase", "another")
        await self.assertFailure(provider.get("locked"), AccessDenied)

    async def test_a_key_that_is_added_later(self) -> None:
        home = self.dir.parent / "later"
        home.mkdir(mode=0o700)
        provider = self.provider(gnupg_home=home)
        await self.assertFailure(provider.get("token"), AccessDenied)
        short = self.short_home()
        for name in ("pubring.kbx", "private-keys-v1.d"):
            shutil.move(short / name, home / name)  # perhaps to another file system
        self.assertEqual(await provider.get("token"), "found")

    async def test_a_check_leaves_no_process(self) -> None:
        provider = SecretInPass(None, self.dir, self.gnupg_home)
        self.assertEqual(list(provider.check_config()), [])
        self.assertEqual(descendants() - self.others, set())

    async def test_a_stop_while_lookups_wait(self) -> None:
        provider = self.provider()
        self.replace_gpg("sleep 600")
        lookups = [provider.get(name) for name in ("token", "token|*", "token", "nobody")]
        await provider.stopService()
        for lookup in lookups[:3]:
            failure: Any = await self.assertFailure(lookup, ProviderUnavailable)
            self.assertIn("stopped", str(failure))
        # The lookup of an entry that does not exist may have been quicker.
        await DeferredList(lookups[3:], consumeErrors=True)
        self.assertEqual(descendants() - self.others, set())

    async def test_a_program_that_ends_without_a_stop_leaves_no_agent(self) -> None:
        """Neither when it ends normally, nor, some seconds later, when it is killed."""
        script = self.dir.parent / "script.py"
        script.write_text(
            "import sys, time\n"
            "from buildbot_keychain.providers.password_store._keyring import Keyring\n"
            "keyring = Keyring(sys.argv[1])\n"
            "data = open(sys.argv[2], 'rb').read()\n"
            "print(keyring.decrypt(data, None, time.monotonic() + 20)[0].decode(), flush=True)\n"
            "sys.stdin.read()\n"
        )
        program = [sys.executable, str(script), str(self.gnupg_home), f"{self.dir}/token.gpg"]
        before = set(agents("keychain-gpg-")) | private_homes()
        for kill in (False, True):
            pipe = subprocess.PIPE
            with subprocess.Popen(program, stdin=pipe, stdout=pipe, cwd=self.dir) as process:
                assert process.stdout
                self.assertEqual(process.stdout.readline(), b"found\n")
                self.assertTrue(set(agents("keychain-gpg-")) - before)
                if kill:
                    process.kill()
            await self.until(
                lambda: not (set(agents("keychain-gpg-")) | private_homes()) - before,
                "an agent was left behind",
            )

    def has_ended(self, agent: int) -> bool:
        """Return whether an agent that a provider started is gone."""
        return agent not in own_agents()

    async def until(self, done: Callable[[], bool], problem: str) -> None:
        """Wait for what other processes do."""
        for _ in range(300):
            if done():
                return
            await deferLater(reactor, 0.05, lambda: None)
        self.fail(problem)


class HangingTests(PasswordStoreTestCase):
    """A gpg that hangs is killed, with everything that it has started."""

    async def test_it_is_killed_at_the_deadline(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "found")
        started = self.dir.parent / "started"
        path = os.environ["PATH"]
        self.replace_gpg(f"sleep 600 & echo $$ $! >{started}\nwait")
        provider.deadline = 0.5
        failure: Any = await self.assertFailure(provider.get("token"), DeadlineExceeded)
        self.assertIn("no answer within 0.5 seconds", str(failure))
        numbers = started.read_text().split()
        self.patch(os, "environ", {**os.environ, "PATH": path})
        provider.deadline = 30.0
        # All threads are available again.
        for _ in range(provider.threads + 1):
            self.assertEqual(await provider.get("token"), "found")
        self.assertFalse(Path("/proc", numbers[0]).exists())
        self.assertIn(state_of(numbers[1]), {"gone", "Z"})


def state_of(number: str) -> str:
    """Return the state of a process, as ps does; Z until its adopted parent has waited for it."""
    try:
        return Path("/proc", number, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"
