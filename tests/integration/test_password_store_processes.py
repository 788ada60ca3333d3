"""The processes of `SecretInPass`: how many, for how long, and what can be seen of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from buildbot_keychain import SecretInPass
from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from tests.integration.password_stores import (
    PASSPHRASE,
    PasswordStoreTestCase,
    gpg,
    require_programs,
)
from tests.integration.processes_seen import Sampler, descendants

_CANARY = b"canary7391"


def agents(of: str) -> list[int]:
    """Give the agents whose home's path holds `of`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[0].endswith(b"gpg-agent") and any(of.encode() in word for word in command):
            found.append(int(folder.name))
    return found


def own_agents() -> list[int]:
    """Give the agents that providers of this process have started, and that run."""
    ours = descendants()
    return [number for number in agents("keychain-gpg-") if number in ours]


class LoadTests(PasswordStoreTestCase):
    """Many lookups at once."""

    def setUp(self) -> None:
        super().setUp()
        assert _CANARY in PASSPHRASE.encode()
        self.run_pass("init", "locked", "rsa")
        plain = self.dir.parent / "plain"
        plain.mkdir()
        for number in range(200):
            (plain / f"n{number}").write_text(f"value-{number}\nuser: user-{number}\n")
        options = (
            "--multifile",
            "--encrypt",
            "-r",
            "locked",
            "-r",
            "second",
            "--compress-algo=none",
        )
        gpg(self.gnupg_home, *options, *map(str, plain.iterdir()))
        for file in plain.glob("*.gpg"):
            file.rename(self.dir / file.name)

    async def test_a_thousand_lookups(self) -> None:
        """Each is right; few processes, one agent, no zombie, and no passphrase to be seen."""
        provider = self.provider(PASSPHRASE)
        paths = [f"n{number % 200}" + "|user" * (number % 3 == 0) for number in range(1000)]
        with Sampler(_CANARY) as sampler:
            values = await gatherResults([provider.get(path) for path in paths])
            await provider.stopService()
        for path, value in zip(paths, values, strict=True):
            number = path.partition("|")[0][1:]
            self.assertEqual(value, f"user-{number}" if "|" in path else f"value-{number}")
        self.assertGreater(sampler.samples, 20)
        self.assertTrue(any(b"--passphrase-fd" in command for command in sampler.seen))
        self.assertEqual(sampler.shown, set())
        self.assertLessEqual(sampler.most["gpg"], provider.threads)
        self.assertEqual(sampler.most["gpg-agent"], 1)
        self.assertEqual(sampler.waited_for, set())
        self.assertEqual(descendants(), set())

    async def test_what_is_executed(self) -> None:
        """strace sees no passphrase in the arguments and environments of what is executed."""
        require_programs("strace")
        script = self.dir.parent / "script.py"
        script.write_text(
            "import sys\n"
            "from twisted.internet import defer, task\n"
            "from buildbot_keychain import SecretInPass\n"
            "async def main(reactor):\n"
            "    provider = SecretInPass(sys.stdin.read(), *sys.argv[1:])\n"
            "    provider.startService()\n"
            "    names = [f'n{number}' for number in range(8)]\n"
            "    values = await defer.gatherResults([provider.get(name) for name in names])\n"
            "    print(*values)\n"
            "    await provider.stopService()\n"
            "task.react(lambda r: defer.Deferred.fromCoroutine(main(r)))\n"
        )
        trace = self.dir.parent / "trace"
        strace = ["strace", "-f", "-v", "-s", "100000", "-e", "trace=execve", "-o", str(trace)]
        program = [sys.executable, str(script), str(self.dir), str(self.gnupg_home)]
        done: Any = await deferToThread(
            subprocess.run,
            [*strace, *program],
            input=PASSPHRASE.encode(),
            stdout=subprocess.PIPE,
            check=True,
        )
        self.assertEqual(done.stdout.decode().split(), [f"value-{number}" for number in range(8)])
        seen = trace.read_text()
        self.assertGreaterEqual(seen.count("--passphrase-fd"), 8)
        self.assertNotIn(_CANARY.decode(), seen)


class AgentTests(PasswordStoreTestCase):
    """Which agent is used, and what becomes of it."""

    def setUp(self) -> None:
        super().setUp()
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        self.encrypt("locked", "found\n", "-r", "locked")

    async def test_one_of_our_own_ends_with_the_provider(self) -> None:
        provider = self.provider()
        await gatherResults([provider.get("token") for _ in range(20)])
        (agent,) = own_agents()
        await provider.stopService()
        self.assertEqual(own_agents(), [])
        self.assertFalse(Path("/proc", str(agent)).exists())
        provider.startService()
        self.assertEqual(await provider.get("token"), "found")

    async def test_one_that_has_ended_is_replaced(self) -> None:
        provider = self.provider()
        for number in (signal.SIGKILL, signal.SIGSTOP):
            self.assertEqual(await provider.get("token"), "found")
            (agent,) = own_agents()
            os.kill(agent, number)
            provider.deadline = 4.0
            self.assertEqual(await provider.get("token"), "found")
            self.assertNotIn(agent, own_agents())

    async def test_one_that_runs_already_is_used_and_left(self) -> None:
        """It has unlocked the key, so no passphrase is needed."""
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

    async def test_a_passphrase_stays_out_of_one_that_runs_already(self) -> None:
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
        provider._passphrase = "another"
        await self.assertFailure(provider.get("locked"), AccessDenied)

    async def test_a_key_that_comes_later(self) -> None:
        home = self.dir.parent / "later"
        home.mkdir(mode=0o700)
        provider = self.provider(gnupg_home=home)
        await self.assertFailure(provider.get("token"), AccessDenied)
        short = self.short_home()
        for name in ("pubring.kbx", "private-keys-v1.d"):
            (short / name).rename(home / name)
        self.assertEqual(await provider.get("token"), "found")

    async def test_a_check_leaves_none(self) -> None:
        provider = SecretInPass(None, self.dir, self.gnupg_home)
        self.assertEqual(list(provider.complaints()), [])
        self.assertEqual(descendants(), set())

    async def test_it_stops_while_lookups_wait(self) -> None:
        provider = self.provider()
        self.put_before_path("sleep 600")
        lookups = [provider.get(name) for name in ("token", "token|*", "token", "nobody")]
        await provider.stopService()
        for lookup in lookups[:3]:
            error = (ProviderError, ProviderUnavailable)
            await self.assertFailure(lookup, *error)
        self.assertEqual(descendants(), set())

    async def test_a_process_that_ends_without_stopping_leaves_none(self) -> None:
        """Neither one that ends by itself, nor, some seconds later, one that is killed."""
        script = self.dir.parent / "script.py"
        script.write_text(
            "import sys, time\n"
            "from buildbot_keychain.providers.password_store.keyring import Keyring\n"
            "keyring = Keyring(sys.argv[1])\n"
            "data = open(sys.argv[2], 'rb').read()\n"
            "print(keyring.decrypt(data, None, time.monotonic() + 20)[0].decode(), flush=True)\n"
            "sys.stdin.read()\n"
        )
        program = [sys.executable, str(script), str(self.gnupg_home), f"{self.dir}/token.gpg"]
        before = set(agents("keychain-gpg-"))
        for kill in (False, True):
            pipe = subprocess.PIPE
            with subprocess.Popen(program, stdin=pipe, stdout=pipe, cwd=self.dir) as process:
                assert process.stdout
                self.assertEqual(process.stdout.readline(), b"found\n")
                self.assertTrue(set(agents("keychain-gpg-")) - before)
                if kill:
                    process.kill()
            for _ in range(300):
                if not set(agents("keychain-gpg-")) - before:
                    break
                await deferLater(reactor, 0.05, lambda: None)
            else:
                self.fail("an agent was left behind")
