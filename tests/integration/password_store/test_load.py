"""Many simultaneous lookups, and what others can see: processes, arguments, environments."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from tests.support.password_store.process_sampler import Sampler, descendants
from tests.support.password_store.real_stores import (
    PASSPHRASE,
    PasswordStoreTestCase,
    gpg,
    require_programs,
)

_CANARY = b"canary7391"


class LoadTests(PasswordStoreTestCase):
    def setUp(self) -> None:
        self.others = descendants()
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
        """Each is right; few processes, one agent, no zombie, and no visible passphrase."""
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
        self.assertEqual(sampler.leaking, set())
        self.assertLessEqual(sampler.most["gpg"], provider.threads)
        self.assertEqual(sampler.most["gpg-agent"], 1)
        self.assertEqual(sampler.zombies, set())
        self.assertEqual(descendants() - self.others, set())

    async def test_what_strace_sees(self) -> None:
        """No passphrase in the arguments and environments of executed programs."""
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
