"""What a provider does for commands, through its socket."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest

from buildbot_keychain.cli.store.remote import RemoteStore
from buildbot_keychain.errors import (
    ConfigurationError,
    NotInStore,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from buildbot_keychain.providers.store import SecretInStore, _listener
from buildbot_keychain.store import verification
from buildbot_keychain.store.remote import FrameReader, frame, request_message
from buildbot_keychain.store.store import Keep
from tests.support.store_keys import NOW
from tests.support.store_provider_case import StoreProviderTestCase

T = TypeVar("T")

CANARY = "canary-W7/x+9pQ"
NOBODY = 65534
AS_NOBODY = """
import os, socket, sys
os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
try:
    connection.connect(sys.argv[1])
    print(connection.recv(1000)[4:].decode())
except PermissionError:
    print("denied")
"""


class ListenerTestCase(StoreProviderTestCase):
    """A provider that listens, and what a command has of its store."""

    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        short = Path(tempfile.mkdtemp(prefix="keychain"))  # a socket's path cannot be long
        self.addCleanup(shutil.rmtree, short)
        self.socket = short / "sockets" / "store"
        self.listening = self.started(socket=self.socket)
        await self.until_listening(self.listening)
        self.remote = RemoteStore(self.socket)

    async def until_listening(self, provider: SecretInStore) -> None:
        listener = self.listener_of(provider)
        while listener._acceptor is None:
            await listener.pool.run(60, lambda: None)
            self.assertLess(listener._problems, 100)

    def listener_of(self, provider: SecretInStore) -> _listener.Listener:
        assert provider._serving._listener is not None
        return provider._serving._listener

    async def here(self, work: Callable[..., T], *words: Any, **named: Any) -> T:
        """Call something that blocks, as another process would."""
        return await deferToThread(work, *words, **named)

    async def fails(self, kind: type[Exception], work: Callable[..., object], *words: Any) -> str:
        """Fail if a call does not raise an error of a kind; return its message."""
        with self.assertRaises(kind) as raised:
            await self.here(work, *words)
        self.assertNotIn("canary", str(raised.exception))
        return str(raised.exception)

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(60)
        connection.connect(str(self.socket))
        return connection

    def rest(self, connection: socket.socket) -> bytes:
        """Return what comes until the end, be it that the connection is reset."""
        found = b""
        try:
            while data := connection.recv(1 << 16):
                found += data
        except ConnectionResetError:
            pass
        return found

    def said(self, *data: bytes) -> bytes:
        """Return the answer to what is sent."""
        with self.connect() as connection:
            for one in data:
                connection.sendall(one)
            return self.rest(connection)


class OperationTests(ListenerTestCase):
    async def test_who_asks_and_when_is_what_this_process_says(self) -> None:
        await self.here(lambda: self.remote.secrets.set("a", CANARY, now=NOW))
        found = await self.here(self.remote.secrets.get, "a")
        self.assertEqual(found, self.secrets.get("a"))
        (entry,) = self.secrets.history("a")
        self.assertRegex(entry.actor, r"\A(root|[^@]+)@")
        self.assertGreater(abs(entry.time - NOW), 1000)

    async def test_reports(self) -> None:
        for name in ("a", "b"):
            self.put(name, CANARY)
        reports: list[tuple[int, int]] = []
        report = await self.here(self.remote.verify, lambda *numbers: reports.append(numbers))
        self.assertEqual((report.secrets, report.versions, report.problems), (2, 2, ()))
        self.assertEqual(list(report.keys.values()), [2])
        self.assertEqual(reports, [(0, 2)])

    async def test_errors_are_of_the_same_kind(self) -> None:
        secrets = self.remote.secrets
        self.put("a", CANARY)
        self.assertIn("no version 7", await self.fails(NotInStore, secrets.get, "a", 7))
        text = await self.fails(NotInStore, lambda: secrets.delete("b", now=NOW))
        self.assertIn("'b' is not in the store", text)
        text = await self.fails(
            StoreConflict, lambda: secrets.set("a", CANARY, now=NOW, expected=9)
        )
        self.assertIn("its version is 1, not 9", text)
        text = await self.fails(StoreError, lambda: secrets.set("a", CANARY, now=NOW, tags=7))
        self.assertIn("the master failed with TypeError", text)

    async def test_the_versions_to_keep(self) -> None:
        def set_three(**options: Any) -> int:
            remote = RemoteStore(self.socket, **options)
            for number in range(3):
                remote.secrets.set("a", str(number), now=NOW)
            return len(remote.secrets.versions("a"))

        self.assertEqual(await self.here(set_three), 3)
        self.assertEqual(await self.here(set_three, keep=Keep(1)), 1)

    async def test_the_largest_value(self) -> None:
        value = os.urandom(1 << 20)
        await self.here(lambda: self.remote.secrets.set("a", value, now=NOW))
        found = await self.here(self.remote.secrets.get, "a")
        assert found is not None
        self.assertEqual(found.content, value)
        text = await self.fails(
            StoreError, lambda: self.remote.secrets.set("a", value + b"x", now=NOW)
        )
        self.assertIn("longer than 1 MiB", text)

    async def test_many_at_once(self) -> None:
        """No update is lost, and whoever finds too many connections tries again."""
        self.patch(_listener, "MOST_CONNECTIONS", 2)

        def add(number: int) -> None:
            remote = RemoteStore(self.socket)
            remote.secrets.set(f"a{number}", CANARY, now=NOW)

        def all_at_once() -> None:
            threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        await self.here(all_at_once)
        self.assertEqual(len(list(self.secrets.names())), 8)


class AttackTests(ListenerTestCase):
    async def test_what_is_not_a_request(self) -> None:
        request = request_message("get", {"name": "a", "version": None}, None)
        for data, answer in (
            (frame(b"garbage \xff" + CANARY.encode()), b"what came is not JSON"),
            (frame(b"[" * 100_000), b"what came is not JSON"),
            (frame(b"7"), b"what came is not a message"),
            (frame(b"{}"), b"different versions"),
            (request.replace(b'"get"', b'"pop"'), b"does not know what was asked for"),
            (request.replace(b'"a"', b"777"), b"of another type"),
            (request.replace(b'"a"', b"1.5"), b"does not know"),
            (request.replace(b'"a"', b"[[]"), b"what came is not JSON"),
            (struct.pack(">I", 1 << 31), b"a message of 2147483648 bytes"),
            (struct.pack(">I", (2 << 20) + 1) + b"x" * 100, b"a message of 2097153 bytes"),
        ):
            found = await self.here(self.said, data)
            self.assertIn(answer, found)
            self.assertNotIn(b"canary", found)
        self.assertIn(b"a message of", await self.here(self.said, request + b"more"))
        self.assertEqual(await self.here(self.said, request + frame(b"")), b"")
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_half_a_request(self) -> None:
        self.patch(_listener, "_REQUEST_WITHIN", 0.01)
        self.assertEqual(await self.here(self.said, struct.pack(">I", 100) + b"x" * 50), b"")
        self.assertEqual(await self.here(self.said), b"")

    async def test_a_thousand_connections(self) -> None:
        """They are told at once; when they have left, all is as before."""
        self.put("a", CANARY)

        def connect() -> list[socket.socket]:
            connections = []
            for _ in range(1000):
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(60)
                while connection.connect_ex(str(self.socket)):  # as long as too many wait
                    os.sched_yield()
                connections.append(connection)
            return connections

        connections = await self.here(connect)
        last = await self.here(self.rest, connections[-1])
        self.assertEqual(last, frame(b'{"report":[]}'))
        listener = self.listener_of(self.listening)
        self.assertEqual(len(listener.connections), _listener.MOST_CONNECTIONS)
        for connection in connections:
            connection.close()
        found = await self.here(self.remote.secrets.get, "a")
        assert found is not None
        self.assertEqual(found.text, CANARY)

    async def test_another_user(self) -> None:
        """Modes keep them out, and where these were changed, the kernel says who they are."""
        if os.geteuid():
            raise SkipTest("only root can become another user")

        def connect() -> str:
            arguments = [sys.executable, "-c", AS_NOBODY, str(self.socket)]
            return subprocess.check_output(arguments, text=True, timeout=60).strip()

        self.socket.parent.parent.chmod(0o711)
        self.assertEqual(await self.here(connect), "denied")
        self.socket.parent.chmod(0o755)
        self.assertEqual(await self.here(connect), "denied")
        self.socket.chmod(0o666)
        self.assertIn("only the user that runs the master", await self.here(connect))
        self.assertIsNone(await self.here(self.remote.secrets.get, "a"))

    async def test_a_client_that_leaves_in_the_middle(self) -> None:
        """What it asked for ends between two transactions, and others are served."""
        for number in range(3):
            self.put(f"a{number}", "x")
        await self.leave_in_the_middle(request_message("rekey_all", {"since": 2 * NOW}, None))
        report = await self.here(self.remote.verify)
        self.assertEqual(report.problems, ())
        rekeyed = [one for one in self.secrets.names() if len(self.secrets.history(one)) == 2]
        self.assertEqual(len(rekeyed), 1)

        with mock.patch.object(verification, "_loaded") as looked_at:
            await self.leave_in_the_middle(request_message("verify", {}, None))
        looked_at.assert_not_called()

    async def leave_in_the_middle(self, request: bytes) -> None:
        """Ask for something, and leave when the first report comes."""

        def leave() -> None:
            with self.connect() as connection:
                connection.sendall(request)
                reader = FrameReader(1000)
                while not reader.feed(connection.recv(1)):
                    pass

        serve, served = _listener.Conversation._serve, []

        def noted(conversation: _listener.Conversation, request: bytes) -> Any:
            served.append(serve(conversation, request))
            return served[-1]

        with (
            mock.patch.object(_listener.Conversation, "_progress", self.leaving()),
            mock.patch.object(_listener.Conversation, "_serve", noted),
        ):
            await self.here(leave)
            await self.here(self.left.wait, 60)
            await gatherResults(served)

    def leaving(self) -> Callable[[_listener.Conversation, bytes], None]:
        """Return `_progress` that waits, after the first report, until the client has left."""
        progress = _listener.Conversation._progress
        self.left = threading.Event()

        def wait(conversation: _listener.Conversation, report: bytes) -> None:
            try:
                progress(conversation, report)
                conversation._gone.wait(60)
                progress(conversation, report)
            finally:
                self.left.set()

        return wait

    async def test_the_provider_is_stopped_in_the_middle(self) -> None:
        began, go_on = threading.Event(), threading.Event()
        perform = self.listening._serving._perform

        def slow(*words: Any) -> bytes:
            began.set()
            go_on.wait(60)
            return perform(*words)

        self.patch(self.listening._serving, "_perform", slow)
        asked = self.here(self.fails_as_stopped)
        waiting = deferToThread(began.wait, 60)
        from twisted.internet.defer import ensureDeferred  # noqa: PLC0415 - here alone

        done = ensureDeferred(asked)
        await waiting
        listener = self.listener_of(self.listening)
        self.listening.stopService()
        self.assertIn("before it answered; look with", await done)
        go_on.set()
        self.assertFalse(self.socket.exists())
        self.assertIn("no master listens", await self.fails(StoreUnavailable, self.remote.verify))
        while listener.pool._outstanding:
            await deferToThread(os.sched_yield)

    def fails_as_stopped(self) -> str:
        error = self.assertRaises(StoreUnavailable, self.remote.secrets.set, "a", CANARY, now=NOW)
        return str(error)

    async def test_nothing_shows_a_value(self) -> None:
        await self.here(lambda: self.remote.secrets.set("a", CANARY, now=NOW))
        for shown in (self.listening, self.listener_of(self.listening), self.remote):
            self.assertNotIn("canary", repr(shown) + str(vars(shown)))


class StartTests(ListenerTestCase):
    async def test_where_it_listens(self) -> None:
        provider = self.provider()
        self.assertIsNone(provider.socket_path)
        provider = self.provider(socket=True, name="a/b")
        provider.use_base_directory("/srv/master")
        self.assertEqual(provider.socket_path, Path("/srv/master/keychain-sockets/a%2Fb.socket"))
        provider = self.provider(socket="run/store")
        provider.use_base_directory("/srv/master")
        self.assertEqual(provider.socket_path, Path("/srv/master/run/store"))

    async def test_one_after_the_other(self) -> None:
        """A reconfiguration starts the new provider before it stops the old one."""
        self.patch(_listener, "_AGAIN", 0.01)
        other = self.started(socket=self.socket, keep_versions=1)
        listener = self.listener_of(other)
        while not listener._problems:
            await listener.pool.run(60, lambda: None)
        self.assertIsNone(await self.here(self.remote.secrets.get, "a"))
        self.listening.stopService()
        await self.until_listening(other)
        self.assertIsNone(await self.here(self.remote.secrets.get, "a"))

    async def test_problems_of_the_configuration(self) -> None:
        for path, problem in (
            (f"/{'x' * 200}", "longer than that of a socket can be"),
            ("/nowhere/at/all", "there is no directory /nowhere/at"),
            ("/tmp/socket", "socket: the directory /tmp "),
        ):
            (found,) = self.provider(socket=path).check_config()
            self.assertIn(problem, found)
            self.assertIn("provider 'SecretInStore': ", found)
        self.assertEqual(list(self.provider(socket=self.socket).check_config()), [])
        error = self.assertRaises(ConfigurationError, self.provider, socket=7)
        self.assertIn("socket must be True, False or a path", str(error))
