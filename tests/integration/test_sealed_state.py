"""Values that services and steps keep in a real master's database, and the keys that seal them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from buildbot.config import ConfigErrors
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from buildbot.util.service import BuildbotService
from twisted.internet import reactor
from twisted.internet.defer import Deferred, FirstError

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.deferreds import root_error
from buildbot_keychain.errors import (
    ConfigurationError,
    KeyRingError,
    StoreRolledBack,
    StoreTampered,
)
from buildbot_keychain.inspection.checks import provider_problems
from buildbot_keychain.plugins import keychain, secrets, steps, util
from tests.support.key_rings import make_key_file
from tests.support.real_master import RealMasterTestCase

TOKEN = "kZ4vt9Qw2LmXr8TyPs6D"
STEP_TOKEN = "w7Rb3nYc5HuJe1GaVf0K"


class Uploads(BuildbotService):
    """A service with a refresh token."""

    name = "uploads"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = keychain.SealedState(self)


class Remember(BuildStep):
    """A step whose instances share a value, and print it."""

    def run(self) -> Deferred[int]:
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        state = keychain.SealedState.of_class(Remember, self.master)
        if await state.get("session") is None:
            await state.set("session", STEP_TOKEN)
        await self.addCompleteLog("session", f"it is {await state.get('session')}\n")
        return SUCCESS


class SealedStateTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.basedir = self.directory()
        self.key_file = make_key_file(self.directory())

    async def start(self, **manager: Any) -> Any:
        factory = util.BuildFactory([Remember(), steps.ShellCommand(command=["echo", "hello"])])
        self.uploads = Uploads()
        config = self.configuration(
            factory,
            services=[self.uploads],
            secretsProviders=[secrets.SecretManager(**({"key_file": self.key_file} | manager))],
        )
        self.master = await self.start_master(config, basedir=self.basedir)
        return self.master

    def execute(self, statement: str, *parameters: object) -> list[Any]:
        with closing(sqlite3.connect(self.basedir / "state.sqlite")) as connection, connection:
            return connection.execute(statement, parameters).fetchall()

    def dump(self) -> bytes:
        """Return all that the master has written to its directory."""
        return b"".join(path.read_bytes() for path in sorted(Path(self.basedir).glob("*.sqlite*")))

    def state_row(self) -> Any:
        ((text,),) = self.execute(
            "SELECT value_json FROM object_state WHERE name = 'refresh_token'"
        )
        return text

    async def test_it_survives_a_restart_sealed(self) -> None:
        await self.start()
        await self.uploads.state.set("refresh_token", TOKEN)
        redactor = MasterKeychain.of(self.master.master).redactor
        self.assertNotIn(TOKEN, redactor.redact(f"token {TOKEN}"))
        await self.master.stop()
        self.assertNotIn(TOKEN.encode(), self.dump())
        self.assertIn("bbk1:1:", self.state_row())
        await self.start()
        redactor = MasterKeychain.of(self.master.master).redactor
        self.assertEqual(redactor.redact(TOKEN), TOKEN)
        self.assertEqual(await self.uploads.state.get("refresh_token"), TOKEN)
        self.assertEqual(redactor.redact(TOKEN), "<state!refresh_token>")

    async def test_an_older_row_that_was_put_back(self) -> None:
        await self.start()
        await self.uploads.state.set("refresh_token", "older " + TOKEN)
        older = self.state_row()
        await self.uploads.state.set("refresh_token", TOKEN)
        self.execute("UPDATE object_state SET value_json = ? WHERE name = 'refresh_token'", older)
        await self.assertFailure(
            Deferred.fromCoroutine(self.uploads.state.get("refresh_token")), StoreRolledBack
        )
        self.execute("DELETE FROM object_state WHERE name = 'refresh_token'")
        await self.assertFailure(
            Deferred.fromCoroutine(self.uploads.state.get("refresh_token")), StoreTampered
        )

    async def test_a_plain_text_of_buildbots_own_state_is_migrated(self) -> None:
        await self.start()
        state = self.master.master.db.state
        objectid = await state.getObjectId("uploads", "Uploads")
        await state.setState(objectid, "refresh_token", TOKEN)
        self.assertIn(TOKEN.encode(), self.dump())
        self.assertEqual(await self.uploads.state.get("refresh_token", migrate=True), TOKEN)
        await self.uploads.state.set("refresh_token", TOKEN)
        self.assertIn("bbk1:1:", self.state_row())

    async def test_the_instances_of_a_step_share_it_and_their_logs_hide_it(self) -> None:
        await self.start()
        for _ in range(2):
            build = await self.master.build()
            self.assertEqual(build.result, "success")
            self.assertEqual(build.step("generic").logs["session"], "it is <state!session>\n")
        self.assertNotIn(STEP_TOKEN.encode(), self.dump())

    async def test_what_was_sealed_elsewhere_is_remembered(self) -> None:
        await self.start()
        sealed = await self.uploads.state.seal("key", TOKEN)
        await self.master.stop()
        await self.start()
        self.assertEqual(await self.uploads.state.unseal("key", sealed), TOKEN)
        sealer = await self.uploads.state.sealer()
        self.assertTrue(sealer.purpose == "file" and "Uploads uploads" in sealer.owner)
        rows = self.execute("SELECT purpose, field FROM keychain_sealed_fields")
        self.assertEqual(rows, [("file", "key")])

    async def test_a_master_without_its_ring_does_not_start(self) -> None:
        await self.start()
        await self.uploads.state.set("refresh_token", TOKEN)
        await self.master.stop()
        ((box,),) = self.execute("SELECT box FROM keychain_root_secret")
        other = make_key_file(self.directory())
        await self.start(key_file=other)
        stop: Any = reactor.stop
        stop.assert_called_once_with()
        (error,) = self.flushLoggedErrors(FirstError, KeyRingError)  # of Buildbot 4.0
        problem = root_error(error.value)
        self.assertIsInstance(problem, KeyRingError)
        self.assertIn("lacks the key", str(problem))
        self.assertEqual(self.execute("SELECT box FROM keychain_root_secret"), [(box,)])

    async def test_without_a_key_file_it_is_an_error_of_the_configuration(self) -> None:
        await self.start(key_file=None)
        getting = Deferred.fromCoroutine(self.uploads.state.get("refresh_token"))
        error = await self.assertFailure(getting, ConfigurationError)
        self.assertIn("SecretManager(key_file=...)", str(error))

    def test_what_a_configuration_says(self) -> None:
        missing = self.key_file.with_name("missing")
        for wrong, problem in (
            ({"key_file": missing}, "does not exist"),
            ({"key_file": 7}, "must be the path"),
            ({"key_file": None, "unlock": [util.Secret("x")]}, "unlock must be a list"),
        ):
            message = str(self.assertRaises(ConfigErrors, secrets.SecretManager, **wrong))
            self.assertIn("SecretManager: ", message)
            self.assertIn(problem, message)
        self.key_file.chmod(0o644)
        message = str(
            self.assertRaises(ConfigErrors, secrets.SecretManager, key_file=self.key_file)
        )
        self.assertIn("0644", message)

    def test_two_managers_with_keys(self) -> None:
        """Nobody could tell which keys are the master's."""
        managers = [
            secrets.SecretManager(name=name, key_file=self.key_file) for name in ("one", "two")
        ]
        (problem,) = provider_problems(managers)
        self.assertIn("give it to one of them", problem)
