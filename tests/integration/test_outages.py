"""Builds whose secrets cannot be looked up: what they end with, and that no worker is to blame."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import steps
from buildbot.process.results import CANCELLED, RETRY, SUCCESS
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.worker.latent import AbstractLatentWorker
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.outages import _retries, _waiting
from buildbot_keychain.errors import AccessDenied, ProviderUnavailable
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import WORKER_NAME, RealMaster, RealMasterTestCase

VALUE = "s3cr3t-of-the-outages"
NEVER = 3600.0
"""Seconds of a pause that only an event ends."""


class _Provider(SecretProviderBase):
    """Cannot be reached `down` times, or until that is 0."""

    name = "inhouse"
    down: float = 0

    def __init__(self) -> None:
        super().__init__()
        self.asked: Deferred[None] = Deferred()
        self.answer: Deferred[str] = Deferred()

    def get(self, entry: str) -> Any:
        if entry == "denied":
            raise AccessDenied(self.name, entry, "its policy does not allow it")
        if entry == "nope":
            return None
        if entry == "hangs":
            reactor.callLater(0, self.asked.callback, None)
            return self.answer
        if self.down > 0:
            self.down -= 1
            raise ProviderUnavailable(self.name, entry, "it cannot be reached")
        return VALUE


class _LatentWorker(AbstractLatentWorker):
    """Needs a secret to start, and never does."""

    def checkConfig(self, name: str, secret: str, **more: Any) -> None:
        super().checkConfig(name, None, **more)

    def reconfigService(self, name: str, secret: str, **more: Any) -> Any:
        self.secret = secret
        return super().reconfigService(name, self.getRandomPass(), **more)

    def start_instance(self, build: Any) -> Any:
        return build.render(util.Secret(self.secret)).addCallback(lambda _: False)

    def stop_instance(self, fast: bool = False) -> bool:
        return True


class OutageTestCase(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.provider = _Provider()
        self.pause(0.02)

    def pause(self, between: float, retry: float = 0.02) -> None:
        """Have lookups and builds repeated after so many seconds."""
        self.patch(_waiting, "PAUSES", (between,))
        self.patch(_retries, "FIRST_PAUSE", retry)

    async def start(
        self, *build_steps: Any, outage: float = 60, worker: Any = None, **more: Any
    ) -> RealMaster:
        manager = secrets.SecretManager(providers=[self.provider], outage=outage)
        config = self.configuration(util.BuildFactory(list(build_steps)))
        if worker is not None:
            config["workers"] = [worker]
        self.config = config | {"secretsProviders": [manager]}
        self.real = await self.start_master(self.config, **more)
        self.states: list[str] = []
        await self.real.master.mq.startConsuming(
            lambda _key, step: self.states.append(step["state_string"]), ("steps", None, "updated")
        )
        return self.real

    def assert_no_quarantine(self) -> None:
        worker = self.real.master.workers.workers[WORKER_NAME]
        self.assertIsNone(worker.quarantine_timer)
        self.assertEqual(worker.quarantine_timeout, worker.quarantine_initial_timeout)

    async def request(self) -> None:
        """Request a build, and return when it waits for its secret."""
        said = self.real.event(
            ("steps", None, "updated"), lambda step: step["state_string"].startswith("waiting for")
        )
        self.bsid = await self.real.request_build()
        self.step = await said

    async def waits(self) -> Deferred[Any]:
        """Request a build; return, when it waits for its secret, what fires with its end."""
        finished = self.real.event(("builds", None, "finished"))
        await self.request()
        return finished

    def assert_nothing_waits(self) -> None:
        keychain = MasterKeychain.of(self.real.master)
        self.assertEqual(keychain.waiting._pauses, {})


def reads(name: str = "token", **flags: Any) -> Any:
    return steps.SetProperty(property="p", value=util.Secret(name), name=f"read {name}", **flags)


def runs(name: str, **flags: Any) -> Any:
    return steps.SetProperty(property="q", value="x", name=name, **flags)


class FailureTests(OutageTestCase):
    """What only an edit can correct."""

    async def test_it_halts_and_flunks_whatever_the_flags_of_the_step(self) -> None:
        for name in ("nope", "denied"):
            lenient = reads(name, haltOnFailure=False, flunkOnFailure=False)
            master = await self.start(lenient, runs("next"), runs("cleans", alwaysRun=True))
            build = await master.build()
            self.assertEqual(build.result, "failure", build.outline())
            self.assertEqual(
                [(step.name, step.result) for step in build.steps[1:]],
                [(f"read {name}", "failure"), ("cleans", "success")],
            )
            self.assertIn(f"secret '{name}': ", build.state)
            self.assert_no_quarantine()
            await master.stop()

    async def test_in_the_name_of_a_step(self) -> None:
        step = steps.SetProperty(property="p", value="x", name=util.Interpolate("%(secret:nope)s"))
        build = await (await self.start(step)).build()
        self.assertEqual(build.result, "failure", build.outline())
        self.assertEqual(build.steps[1].name, "SetProperty")
        self.assertIn("secret 'nope': no provider", build.steps[1].logs["err.text"])
        self.assertEqual(build.steps[1].result, "failure")
        self.assert_no_quarantine()

    async def test_in_the_preparation_of_a_worker(self) -> None:
        await self.start(reads(), worker=_LatentWorker(WORKER_NAME, "nope"))
        build = await self.real.build()
        self.assertEqual(build.result, "failure", build.outline())
        self.assertEqual(build.steps[0].result, "failure")
        self.assertIn("secret 'nope': no provider", build.steps[0].state)
        self.assertIn("secret 'nope': no provider", build.steps[0].logs["err.text"])
        self.assertIn("secret 'nope': no provider", build.state)
        self.assert_no_quarantine()

    async def test_other_exceptions_put_the_worker_into_quarantine_as_before(self) -> None:
        def fail(_: object) -> None:
            raise ValueError

        build = await (await self.start(runs("fails", doStepIf=fail))).build()
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertEqual(build.result, "exception")
        worker = self.real.master.workers.workers[WORKER_NAME]
        self.assertIsNotNone(worker.quarantine_timer)


class WaitingTests(OutageTestCase):
    """What may pass by itself."""

    async def test_a_step_waits_and_says_so(self) -> None:
        self.provider.down = 3
        build = await (await self.start(reads(), runs("next"))).build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertIn("waiting for inhouse, 0 s", self.states)
        self.assertEqual(build.properties["p"], "<token>")
        self.assert_nothing_waits()

    async def test_after_the_limit_the_build_is_retried_until_it_succeeds(self) -> None:
        self.provider.down = 2
        master = await self.start(reads(), runs("next"), outage=0)
        build = await master.build()
        builds = await master.builds_of(1)
        self.assertEqual([each.result for each in builds], ["retry", "retry", "success"])
        self.assertIn("secret 'token': provider 'inhouse': it cannot be", builds[0].state)
        self.assertIn("again in", builds[0].state)
        self.assertEqual(len(builds[0].steps), 2)
        self.assertEqual(build.result, "success")
        self.assertEqual(MasterKeychain.of(master.master).retries._pauses, {})
        self.assert_no_quarantine()

    async def test_a_pause_ends_when_another_build_gets_what_it_waited_for(self) -> None:
        self.pause(0.02, NEVER)
        self.provider.down = 1
        master = await self.start(reads(), outage=0)
        finished = master.event(("builds", None, "finished"))
        complete = master.event(("buildsets", None, "complete"), lambda told: told["bsid"] == 1)
        await master.request_build()
        self.assertEqual((await finished)["results"], RETRY)
        self.patch(MasterKeychain.of(master.master).waiting, "_limit", lambda: NEVER)
        self.provider.down = 1
        await master.request_build()
        self.assertEqual((await complete)["results"], SUCCESS)
        self.assertEqual(MasterKeychain.of(master.master).retries._pauses, {})

    async def test_pauses_grow_and_end_after_a_number_of_retries(self) -> None:
        self.patch(_retries, "MOST_RETRIES", 2)
        self.provider.down = NEVER
        master = await self.start(reads(), outage=0)
        build = await master.build()
        builds = await master.builds_of(1)
        self.assertEqual([each.result for each in builds], ["retry", "retry", "failure"])
        self.assertIn("failed after 2 retries: secret 'token'", build.state)
        await self.settle()
        self.assertEqual(MasterKeychain.of(master.master).retries._counts, {})
        self.assert_no_quarantine()

    async def settle(self) -> None:
        """Return when the message of a complete request has been delivered."""
        while MasterKeychain.of(self.real.master).retries._counts:
            turn: Deferred[None] = Deferred()
            self.real.master.reactor.callLater(0, turn.callback, None)
            await turn

    async def test_a_build_waits_once(self) -> None:
        """Its other steps, such as those that clean up, do not wait for as long again."""
        self.provider.down = NEVER
        master = await self.start(reads(), reads("other", alwaysRun=True), outage=0.01)
        self.patch(_retries, "FIRST_PAUSE", NEVER)
        finished = master.event(("builds", None, "finished"))
        await master.request_build()
        self.assertEqual((await finished)["results"], RETRY)
        said = [state for state in self.states if state.startswith("waiting")]
        self.assertEqual(said, ["waiting for inhouse, 0 s"])

    async def test_a_build_that_has_failed_is_not_retried_for_its_last_steps(self) -> None:
        self.provider.down = NEVER
        failing = steps.ShellCommand(command=["false"], haltOnFailure=True)
        build = await (await self.start(failing, reads(alwaysRun=True), outage=0)).build()
        self.assertEqual(build.result, "failure", build.outline())

    async def test_a_latent_worker_that_is_prepared(self) -> None:
        self.provider.down = NEVER
        self.patch(_retries, "FIRST_PAUSE", NEVER)
        await self.start(reads(), outage=0.05, worker=_LatentWorker(WORKER_NAME, "token"))
        finished = await self.waits()
        self.assertEqual(self.step["name"], "worker_preparation")
        build = await finished
        self.assertEqual(build["results"], RETRY)
        self.assertIn("secret 'token': ", build["state_string"])
        self.assert_no_quarantine()

    async def test_a_limit_that_is_none_is_an_error(self) -> None:
        for wrong in (-1, True, "60", None, float("nan"), 10**9):
            with self.assertRaises(Exception) as raised:
                secrets.SecretManager(providers=[self.provider], outage=wrong)
            self.assertIn("outage must be seconds from 0", str(raised.exception))


class EndTests(OutageTestCase):
    """Waiting ends when there is nothing to wait for."""

    def setUp(self) -> None:
        super().setUp()
        self.provider.down = NEVER
        self.pause(NEVER, NEVER)

    async def test_a_build_that_is_cancelled(self) -> None:
        await self.start(reads(), reads("other", alwaysRun=True), outage=NEVER)
        finished = await self.waits()
        await self.cancel()
        self.assertEqual((await finished)["results"], CANCELLED)
        self.assert_nothing_waits()
        self.assert_no_quarantine()

    async def cancel(self) -> None:
        """Stop the first build, as a person does."""
        builds = await self.real.master.data.get(("builds",))
        await self.real.master.data.control(
            "stop", {"reason": "enough"}, ("builds", builds[0]["buildid"])
        )

    async def hangs(self, **more: Any) -> Deferred[Any]:
        """Request a build; return, when its provider hangs, what fires with its end."""
        self.addCleanup(self.provider.answer.callback, VALUE)
        await self.start(reads("hangs"), **more)
        finished = self.real.event(("builds", None, "finished"))
        await self.real.request_build()
        await self.provider.asked
        return finished

    async def test_a_build_that_is_cancelled_while_its_provider_hangs(self) -> None:
        for worker in (None, _LatentWorker(WORKER_NAME, "hangs")):
            self.provider = _Provider()
            finished = await self.hangs(worker=worker)
            await self.cancel()
            self.assertEqual((await finished)["results"], CANCELLED)
            self.assert_nothing_waits()
            self.assert_no_quarantine()

    async def test_a_worker_that_is_lost_while_a_provider_hangs(self) -> None:
        self.protocol = "pb"
        finished = await self.hangs()
        # Only then Buildbot is done with the build: 4.0 could not stop before.
        unclaimed = self.real.event(("buildrequests", None, "unclaimed"))
        await self.real.detach_worker()
        self.assertEqual((await finished)["results"], RETRY)
        await unclaimed
        self.assert_nothing_waits()

    async def test_a_master_that_stops_while_a_provider_hangs(self) -> None:
        for worker in (None, _LatentWorker(WORKER_NAME, "hangs")):
            self.provider = _Provider()
            self.addCleanup(self.provider.answer.callback, VALUE)
            await self.start(reads("hangs"), worker=worker)
            await self.real.request_build()
            await self.provider.asked
            await self.real.stop()
            self.assert_nothing_waits()

    async def test_a_latent_worker_that_is_prepared_for_a_build_that_is_cancelled(self) -> None:
        await self.start(reads(), outage=NEVER, worker=_LatentWorker(WORKER_NAME, "token"))
        finished = await self.waits()
        await self.cancel()
        self.assertEqual((await finished)["results"], CANCELLED)
        self.assert_nothing_waits()

    async def test_a_worker_that_is_lost(self) -> None:
        self.protocol = "pb"
        master = await self.start(reads(), outage=NEVER)
        finished = await self.waits()
        await master.detach_worker()
        self.assertEqual((await finished)["results"], RETRY)
        self.assert_nothing_waits()
        self.provider.down = 0
        done = master.event(("buildsets", None, "complete"))
        await master.attach_worker(self.directory())
        self.assertEqual((await done)["results"], SUCCESS)

    async def test_a_master_that_stops_while_a_build_waits(self) -> None:
        await self.restarted_after(self.start(reads(), outage=NEVER), self.request)

    async def test_a_master_that_stops_while_a_request_pauses(self) -> None:
        await self.restarted_after(self.start(reads(), outage=0), self.pauses)

    async def restarted_after(self, starting: Any, reach: Any) -> None:
        """Stop the master in a state, and start it again: it builds what it has to."""
        master = await starting
        await reach()
        await master.stop()
        self.assert_nothing_waits()
        self.assertEqual(MasterKeychain.of(master.master).retries._pauses, {})
        self.provider = _Provider()
        manager = secrets.SecretManager(providers=[self.provider], outage=0)
        again = await self.start_master(
            self.configuration(util.BuildFactory([reads()]), secretsProviders=[manager]),
            basedir=master.basedir,
        )
        done = again.event(("buildsets", None, "complete"), lambda it: it["bsid"] == self.bsid)
        (buildset,) = await again.master.data.get(("buildsets",))
        if not buildset["complete"]:
            buildset = await done
        self.assertEqual(buildset["results"], SUCCESS)

    async def pauses(self) -> None:
        finished = self.real.event(("builds", None, "finished"))
        self.bsid = await self.real.request_build()
        self.assertEqual((await finished)["results"], RETRY)

    async def test_a_request_that_is_cancelled_in_its_pause(self) -> None:
        master = await self.start(reads(), outage=0)
        await self.pauses()
        done = master.event(("buildsets", None, "complete"))
        (request,) = await master.master.data.get(("buildrequests",))
        await master.master.data.control(
            "cancel", {"reason": "enough"}, ("buildrequests", request["buildrequestid"])
        )
        self.assertEqual((await done)["results"], CANCELLED)
        self.assertEqual(MasterKeychain.of(master.master).retries._pauses, {})

    async def test_other_builds_go_on_while_one_pauses(self) -> None:
        master = await self.start(reads(), outage=0)
        await self.pauses()
        self.provider.down = 0
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
