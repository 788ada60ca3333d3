"""Commands that have a real master do what needs the keys, which they cannot open themselves."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Passphrase
from tests.support import keychain_command
from tests.support.audit_records import events_in
from tests.support.keychain_command import Ended
from tests.support.real_processes import MasterProcess
from tests.support.store_keys import CHEAP, NOW

PASSPHRASE = "correct horse"
CANARY = "canary-W7/x+9pQ"

CONFIGURATION = """
from buildbot.plugins import schedulers, util, worker
from buildbot_keychain.plugins import secrets
unlock = [secrets.PassphraseFrom(file="data/passphrase")]
store = secrets.SecretInStore(
    "sqlite:///data/secrets.sqlite", "keys/ring", unlock=unlock, socket=True, keep_versions=2
)
c = BuildmasterConfig = {
    "secretsProviders": [
        secrets.SecretManager(
            [store], audit=[secrets.AuditToFile("data/audit.jsonl")], socket=True
        )
    ],
    "builders": [util.BuilderConfig("builder", "worker", factory=util.BuildFactory())],
    "workers": [worker.Worker("worker", "password")],
    "schedulers": [schedulers.ForceScheduler("force", ["builder"])],
    "protocols": {"pb": {"port": "tcp:0:interface=127.0.0.1"}},
    "db_url": "sqlite:///state.sqlite",
    "buildbotNetUsageData": None,
}
"""


class SocketTests(TestCase):
    timeout = 240

    async def setUp(self) -> None:  # type: ignore[override]
        directory = tempfile.TemporaryDirectory(prefix="keychain-")
        self.addCleanup(directory.cleanup)
        self.basedir = Path(directory.name).resolve() / "master"
        self.master = MasterProcess(self, self.basedir)
        await self.master.create(CONFIGURATION)
        for name in ("data", "keys"):
            (self.basedir / name).mkdir(mode=0o700)
        self.passphrase = self.basedir / "data" / "passphrase"
        self.passphrase.write_text(PASSPHRASE)
        self.passphrase.chmod(0o600)
        database = Database(f"sqlite:///{self.basedir}/data/secrets.sqlite")
        wrapper = Passphrase(PASSPHRASE, cost=CHEAP)
        ring_file = RingFile(self.basedir / "keys" / "ring")
        create_store(database, ring_file, now=NOW, actor="init", wrappers=[wrapper])
        database.close()
        self.socket = self.basedir / "keychain-sockets" / "SecretInStore.socket"

    async def start(self) -> None:
        """Start the master, and wait until it listens on both of its sockets."""
        heard = r"commands can ask this master on \S*/{}\.socket"
        await self.master.start(heard.format("SecretInStore"))
        await self.master.wait_for(heard.format("SecretManager"))

    async def run_command(self, *words: str | Path, **more: Any) -> Ended:
        """Run a command: those that start programs or read a configuration in a process."""
        apart = {"edit", "export", "run", "--config"} & {*map(str, words)}
        run: Callable[..., Ended] = keychain_command.run if apart else keychain_command.run_here
        return await deferToThread(run, *words, **more)

    async def out(self, *words: str | Path, status: int = 0, **more: Any) -> str:
        """Run a command through the socket, and return what it printed."""
        ended = await self.run_command(*words, "--socket", self.socket, **more)
        self.assertEqual(ended.status, status, ended.err)
        self.assertNotIn("canary", ended.err)
        return ended.out

    async def test_a_master(self) -> None:
        """One master, for all of it, as starting one takes seconds; it is killed once."""
        before = await self.run_command("list", "--socket", self.socket)
        self.assertEqual(before.status, 4)
        self.assertIn("no master listens on", before.err)
        await self.start()
        away = self.passphrase.rename(self.passphrase.with_name("away"))  # the master has it
        await self.commands()
        away.rename(self.passphrase)
        await self.evicted()
        await self.configured()
        await self.killed_and_stopped()
        await self.audited()
        self.assertNotIn("canary", self.master.log)
        self.assertNotIn("value-", self.master.log)

    async def commands(self) -> None:
        await self.out("set", "deploy/token", text=CANARY.encode())
        self.assertEqual(await self.out("get", "deploy/token"), CANARY)
        await self.out("generate", "db", "--length", "30")
        await self.out("tag", "db", "prod")
        await self.out("annotate", "db", "--description", "of the database")
        self.assertIn('"tags": ["prod"]', await self.out("describe", "db", "--json"))
        await self.out("set", "deploy/token", "--replace", text=b"second-value-of-it")
        await self.out("diff", "deploy/token@1", "deploy/token", status=1)
        await self.out("rollback", "deploy/token", "1")
        await self.out("rename", "deploy/token", "token")
        await self.out("rm", "db", "--yes")
        self.assertEqual(await self.out("list", "--names"), "token\n")
        await self.out("undo", "db")
        script = 'test "$T" = "$(cat)" && echo "it is $T"'
        environment = {"BUILDBOT_KEYCHAIN_SOCKET": str(self.socket)}
        done = await self.run_command(
            *("run", "--env", "T=token", "--", "sh", "-c", script),
            text=CANARY.encode(),
            environment=environment,
        )
        self.assertEqual((done.status, done.out), (0, "it is <token>\n"))
        source = self.basedir / "data" / "source"
        source.mkdir(mode=0o700)
        (source / "imported").write_text("value-that-is-imported")
        await self.out("import", "directory", source)
        self.assertIn("value-that-is-imported", await self.out("export", "vault", "imported"))
        editor = self.basedir / "editor"
        editor.write_text('#!/bin/sh\necho edited-value > "$1"\n')
        editor.chmod(0o700)
        await self.out("edit", "imported", environment={"VISUAL": str(editor)})
        self.assertEqual(await self.out("get", "imported"), "edited-value")
        await self.out("rekey")
        await self.out("rotate")
        status = (await self.out("rotate", "--status")).splitlines()
        self.assertEqual(sum("retired" in line for line in status), 1)
        await self.out("verify")
        history = (await self.out("history", "token")).splitlines()
        user = subprocess.check_output(["id", "-un"], text=True).strip()
        self.assertTrue(all(f"  {user}@" in line for line in history), history)

        for words, message in (
            (("verify", "--accept-rollback"), "this is about the store's own files"),
            (("list", "--key-file", "x"), "--socket says which store"),
        ):
            ended = await self.run_command(*words, "--socket", self.socket)
            self.assertEqual(ended.status, 2)
            self.assertIn(message, ended.err)

    async def configured(self) -> None:
        # The configuration says where the master listens, and the master which versions it keeps.
        ended = await self.run_command("get", "token", "--config", self.basedir)
        self.assertEqual((ended.status, ended.out), (0, CANARY))
        for number in range(3):
            await self.out("set", "token", "--replace", text=f"value-{number}-of-it".encode())
        self.assertEqual(len((await self.out("list", "--json", "token")).splitlines()), 1)
        versions = await self.out("describe", "token")
        self.assertRegex(versions, r"versions: +4, 5\n")

    async def evicted(self) -> None:
        """The manager has a socket of its own."""
        socket = self.basedir / "keychain-sockets" / "SecretManager.socket"
        for words, said in (
            (("token",), "keeps no answer any longer for token"),
            (("SecretInStore!token",), "keeps no answer any longer for SecretInStore!token"),
            (("--provider", "SecretInStore"), "for any secret of SecretInStore"),
            (("--all",), "for anything"),
        ):
            ended = await self.run_command("evict", *words, "--socket", socket)
            self.assertEqual((ended.status, ended.err), (0, ""))
            self.assertIn(said, ended.out)
        ended = await self.run_command("evict", "--all", "--config", self.basedir)
        self.assertEqual((ended.status, ended.err), (0, ""))
        for words, problem in (
            (("--provider", "vautl"), "no provider is called 'vautl' (providers: SecretInStore)"),
            (("vautl!x",), "its name is read as provider!path, and no provider is called 'vautl'"),
        ):
            ended = await self.run_command("evict", *words, "--socket", socket)
            self.assertEqual(ended.status, 4)
            self.assertIn(problem, ended.err)
        ended = await self.run_command("list", "--socket", socket)
        self.assertIn("does not know what was asked for", ended.err)

    async def killed_and_stopped(self) -> None:
        await self.master.kill()
        self.assertTrue(self.socket.exists())
        ended = await self.run_command("list", "--socket", self.socket)
        self.assertIn("no master listens on", ended.err)
        ended = await self.run_command("get", "imported", "--config", self.basedir)
        self.assertEqual((ended.status, ended.out), (0, "edited-value"))
        await self.start()
        self.assertEqual(await self.out("get", "imported"), "edited-value")
        await self.master.reload()
        self.assertEqual(await self.out("get", "imported"), "edited-value")
        await self.master.stop()
        self.assertEqual([one.name for one in self.socket.parent.iterdir()], [".keychain.lock"])

    async def audited(self) -> None:
        """The trail has what was changed, and the values that were read."""
        file = self.basedir / "data" / "audit.jsonl"
        self.assertFalse(re.search("canary|value-", file.read_text()))
        events = [event for event in events_in(file) if event["event"] == "administration"]
        done = [
            (event["action"], event.get("secret", ""))
            for event in events
            if event["outcome"] == "done"
        ]
        for action in (
            *(("set", "deploy/token"), ("get", "deploy/token"), ("rollback", "deploy/token")),
            *(("rename", "deploy/token"), ("delete", "db"), ("undelete", "db"), ("rotate", "")),
        ):
            self.assertIn(action, done)
        stored = [event for event in events if event["action"] != "evict"]
        self.assertEqual({event["provider"] for event in stored}, {"SecretInStore"})
        self.assertEqual(len(events) - len(stored), 7)
        user = subprocess.check_output(["id", "-un"], text=True).strip()
        self.assertTrue(all(event["person"].startswith(f"{user}@") for event in events))
        shown = await self.run_command(
            *("audit", "--file", file, "--event", "administration", "--secret", "db")
        )
        self.assertRegex(shown.out, rf"  delete  db  from SecretInStore  by {user}@")
