"""What a build of a real master is given ends with the build, however that ends."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import CANCELLED, FAILURE, RETRY, SUCCESS
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import provider

from buildbot_keychain.buildbot.state._scope_memory import OBJECT
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import RealMaster, RealMasterTestCase
from tests.support.vault.engines_case import EnginesTestCase

USER, PASSWORD = "vault!database/creds/ro|username", "vault!database/creds/ro|password"
TOKEN = re.compile(r"\bs\.[A-Za-z0-9]{24}\b")


class UseDatabase(BuildStep):
    """Does with a user and a password what the test says."""

    renderables = ["user", "password"]
    behave: ClassVar[Any] = None

    def __init__(self, user: Any, password: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user, self.password = user, password
        self.interrupted: Deferred[int] = Deferred()

    def run(self) -> Deferred[int]:
        # Not a coroutine: Buildbot 4.0 waits for none.
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        await self.addCompleteLog("used", f"{self.user} {self.password}\n")
        return await type(self).behave(self)

    def interrupt(self, reason: Any) -> Any:
        self.interrupted.callback(FAILURE)
        return super().interrupt(reason)


class BuildLeasesTests(EnginesTestCase, RealMasterTestCase):
    """A build with a step that connects to a real database."""

    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.used: list[tuple[str, str]] = []
        self.logged: list[str] = []
        self.patch(UseDatabase, "behave", self.succeed)

        @provider(ILogObserver)
        def observe(event: Any) -> None:
            self.logged.append(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)

    async def connect(self, step: UseDatabase) -> None:
        """Show that the credentials are good, and are the same in each step of a build."""
        self.used.append((step.user, step.password))
        self.assertTrue(self.engines.database.accepts(step.user, step.password))
        self.assertEqual(len(self.engines.made()), 1)
        self.assertEqual(len(set(self.used)), 1)

    async def succeed(self, step: UseDatabase) -> int:
        await self.connect(step)
        return SUCCESS

    def configured(self, classes: Any = util, **more: Any) -> dict[str, Any]:
        factory = util.BuildFactory()
        user = classes.Interpolate(f"%(secret:{USER})s")
        for _ in range(2):
            factory.addStep(UseDatabase(user=user, password=classes.Secret(PASSWORD)))
        provider = secrets.SecretInVault(**self.engines.arguments(**more))
        return self.configuration(factory, secretsProviders=[provider])

    async def remembered(self, master: RealMaster) -> list[Any]:
        """Return what the master would revoke at its next start."""
        state = master.master.db.state
        objectid = await state.getObjectId(*OBJECT)
        return await state.getState(objectid, master.master.name, [])

    async def nothing_is_left(self, master: RealMaster) -> None:
        """No lease, no role, no entry of a token; and nowhere a value or a token."""
        await self.until_revoked()
        while master.running and await self.remembered(master):
            await deferLater(global_reactor, 0.05)
        stored = "".join(
            path.read_bytes().decode("latin-1") for path in master.basedir.glob("state.sqlite*")
        )
        for text, where in ((stored, "the database"), ("\n".join(self.logged), "the log")):
            self.assertIsNone(TOKEN.search(text), f"a token is in {where}")
            for _user, password in self.used:
                self.assertFalse(password in text, f"a password is in {where}")

    async def test_success(self) -> None:
        master = await self.start_master(self.configured())
        build = await master.build()
        self.assertEqual((build.result, len(self.used)), ("success", 2), build.outline())
        await self.nothing_is_left(master)
        self.used.clear()
        self.assertEqual((await master.build()).result, "success")
        await self.nothing_is_left(master)

    async def test_with_buildbots_own_renderables(self) -> None:
        master = await self.start_master(self.configured(buildbot_util))
        build = await master.build()
        self.assertEqual((build.result, len(self.used)), ("success", 2), build.outline())
        await self.nothing_is_left(master)

    async def test_failure_and_exception(self) -> None:
        async def fail(step: UseDatabase) -> int:
            await self.connect(step)
            return FAILURE

        async def crash(step: UseDatabase) -> int:
            await self.connect(step)
            raise RuntimeError(f"with {step.password}")

        master = await self.start_master(self.configured())
        for behave, result in ((fail, "failure"), (crash, "exception")):
            self.used.clear()
            self.patch(UseDatabase, "behave", behave)
            build = await master.build()
            self.assertEqual(build.result, result)
            await self.nothing_is_left(master)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    async def holding(self, master: RealMaster) -> Any:
        """Begin a build, and give its step while it holds the credentials."""
        holds: Deferred[Any] = Deferred()

        async def hold(step: UseDatabase) -> int:
            await self.connect(step)
            holds.callback(step)
            return await step.interrupted

        self.patch(UseDatabase, "behave", hold)
        await master.request_build()
        return await holds

    async def test_cancel(self) -> None:
        master = await self.start_master(self.configured())
        step = await self.holding(master)
        finished = master.event(("builds", None, "finished"))
        await master.master.data.control(
            "stop", {"reason": "enough"}, ("builds", step.build.buildid)
        )
        self.assertEqual((await finished)["results"], CANCELLED)
        await self.nothing_is_left(master)

    async def test_a_worker_that_is_lost(self) -> None:
        self.protocol = "pb"
        master = await self.start_master(self.configured())
        await self.holding(master)
        finished = master.event(("builds", None, "finished"))
        await master.detach_worker()
        self.assertEqual((await finished)["results"], RETRY)
        await self.nothing_is_left(master)

    async def test_a_master_that_stops(self) -> None:
        master = await self.start_master(self.configured())
        await self.holding(master)
        await master.stop()
        await self.nothing_is_left(master)

    async def test_a_provider_that_is_replaced_keeps_what_builds_hold(self) -> None:
        master = await self.start_master(self.configured())
        step = await self.holding(master)
        await master.reconfigure(self.configured(timeout=15))
        finished = master.event(("builds", None, "finished"))
        self.patch(UseDatabase, "behave", self.succeed)
        step.interrupted.callback(SUCCESS)
        self.assertEqual((await finished)["results"], SUCCESS)
        self.assertEqual(len(self.used), 2)
        await self.nothing_is_left(master)
        self.used.clear()
        self.assertEqual((await master.build()).result, "success")
        await self.nothing_is_left(master)
