"""Commands outside of any step."""

from __future__ import annotations

from typing import Any

from buildbot.worker.protocols import msgpack
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._errors import SecretFileError, WorkerCommandError
from tests.support.worker_connection import FakeConnection, Updates, fake_worker


class WorkerCommandsTests(TestCase):
    """`WorkerCommands`."""

    def setUp(self) -> None:
        self.answer: Updates | Failure | None = {"rc": 0}
        self.conn = FakeConnection(lambda _name, _args: self.answer)
        self.worker = fake_worker(linux="dir")
        self.seen: list[Any] = []
        self.commands = WorkerCommands(
            self.worker, self.conn, "linux", deadline=7, on_command=self.seen.append
        )

    async def test_a_command_runs_to_its_end(self) -> None:
        command = await self.commands.run("stat", {"file": "x"})
        self.assertEqual((command.rc, self.conn.started), (0, [("stat", {"file": "x"})]))
        self.assertEqual(self.seen, [command, None])

    async def test_the_lines_that_a_script_prints(self) -> None:
        self.answer = {"stdout": "one\ntwo\n", "rc": 0}
        self.assertEqual(await self.commands.shell("the script", "a", "b"), ["one", "two"])
        ((name, args),) = self.conn.started
        self.assertEqual((name, args["command"]), ("shell", ["/bin/sh", "-s", "a", "b"]))
        self.assertEqual((args["initial_stdin"], args["logEnviron"]), ("the script", False))

    async def test_a_script_that_fails(self) -> None:
        for stderr, reason in (("no\nway\n", "no way"), ("", "nothing was printed")):
            self.answer = {"stderr": stderr, "rc": 3} if stderr else {"rc": 3}
            with self.assertRaises(SecretFileError) as caught:
                await self.commands.shell("x")
            text = f"the shell of worker worker failed (3): {reason}"
            self.assertEqual(str(caught.exception), text)

    async def test_a_long_story_is_cut(self) -> None:
        """A worker's standard error once became a state of 819,544 characters."""
        self.answer = {"stderr": "no\x1b[0m way " * 5000, "rc": 3}
        with self.assertRaises(SecretFileError) as caught:
            await self.commands.shell("x")
        self.assertLess(len(str(caught.exception)), 400)
        self.assertNotIn("\x1b", str(caught.exception))
        self.answer = Failure(OSError("x" * 100_000))
        with self.assertRaises(WorkerCommandError) as failed:
            await self.commands.run("stat", {})
        self.assertLess(len(str(failed.exception)), 400)

    async def test_an_answer_without_end_is_not_kept(self) -> None:
        for answer in ({"stdout": "x\n" * 500_000}, {"stat": ("x" * 100_000,)}):
            self.answer = {**answer, "rc": 0}
            with self.assertRaises(SecretFileError) as caught:
                await self.commands.run("stat", {})
            self.assertIn("answered with more than 65536 characters", str(caught.exception))

    async def test_a_download(self) -> None:
        self.assertTrue(await self.commands.download("/w/a", b"content"))
        ((name, args),) = self.conn.started
        self.assertEqual((name, args["workerdest"], args["mode"]), ("downloadFile", "/w/a", 0o600))
        self.assertEqual(args["reader"].remote_read(100), b"content")
        self.answer = {"rc": 1}
        self.assertFalse(await self.commands.download("/w/a", b"content"))
        self.answer = Failure(OSError("the disk is full"))
        self.assertFalse(await self.commands.download("/w/a", b"content"))

    async def test_what_stat_returns(self) -> None:
        facts = tuple(range(10))
        self.answer = {"stat": facts, "rc": 0}
        self.assertEqual(await self.commands.stat("/w/a"), facts)
        self.answer = {"rc": 2}
        self.assertIsNone(await self.commands.stat("/w/a"))

    async def test_stat_returns_anything_else(self) -> None:
        for answer in (None, "0123456789", (1, 2, 3), ("a",) * 10, 5):
            self.answer = {"rc": 0} if answer is None else {"stat": answer, "rc": 0}
            with self.assertRaisesRegex(SecretFileError, "something unexpected about /w/a"):
                await self.commands.stat("/w/a")

    async def test_an_error_of_the_worker(self) -> None:
        self.answer = Failure(OSError("a reason\nand a traceback"))
        with self.assertRaises(WorkerCommandError) as caught:
            await self.commands.run("stat", {})
        self.assertEqual(str(caught.exception), "worker worker failed: a reason")
        self.assertEqual(self.seen[-1], None)

    async def test_a_worker_that_is_lost(self) -> None:
        self.answer = None
        running = Deferred.fromCoroutine(self.commands.run("stat", {}))
        self.conn.lose()
        with self.assertRaises(ConnectionLost):
            await running

    async def test_a_worker_that_does_not_answer(self) -> None:
        self.answer = None
        running = Deferred.fromCoroutine(self.commands.run("stat", {}))
        self.worker.master.reactor.advance(7)
        with self.assertRaisesRegex(SecretFileError, "did not answer within 7 seconds"):
            await running

    def test_where_commands_start(self) -> None:
        self.assertEqual((self.commands.builddir, self.commands.windows), ("/w/dir", False))
        self.conn.info = {"basedir": "C:\\w", "system": "nt"}
        self.assertEqual((self.commands.builddir, self.commands.windows), ("C:\\w\\dir", True))

    def test_files_that_would_arrive_empty(self) -> None:
        self.commands.check_file_transfer()
        self.commands.conn = msgpack.Connection.__new__(msgpack.Connection)
        with self.assertRaisesRegex(SecretFileError, "connect it by protocol='pb'"):
            self.commands.check_file_transfer()
