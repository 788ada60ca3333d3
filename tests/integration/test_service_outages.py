"""Reporters, hooks, pollers and the database, whose secrets cannot be looked up when needed."""

from __future__ import annotations

import hashlib
import hmac
import io
from http import HTTPStatus
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.plugins import changes, reporters
from buildbot.plugins import util as buildbot_util
from buildbot.plugins import worker as workers
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.www.change_hook import ChangeHookResource
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import reactor
from twisted.internet.defer import Deferred, FirstError
from twisted.logger import eventAsText, globalLogPublisher
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.test.requesthelper import DummyRequest

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.services import _reports
from buildbot_keychain.deferreds import root_error
from buildbot_keychain.errors import KeychainError, ProviderUnavailable
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMaster, RealMasterTestCase

VALUE = "s3cr3t-of-the-services"
BODY = b'{"zen": "Design for failure."}'


class _Provider(SecretProviderBase):
    """Cannot be reached until `down` is false; does not hold ``nope``."""

    name = "inhouse"
    down = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: Deferred[None] = Deferred()
        """Fires when the first answer has been dealt with."""
        self._answered = False
        self.count = 0

    def get(self, entry: str) -> Any:
        self.count += 1
        if not self._answered:
            self._answered = True
            clock: Any = reactor
            clock.callLater(0, self.asked.callback, None)
        if self.down:
            raise ProviderUnavailable(self.name, entry, "it cannot be reached")
        return None if entry == "nope" else VALUE


class _Web(Resource):
    """Takes statuses as GitHub does, and fires when there are so many."""

    isLeaf = True

    def __init__(self, expected: int) -> None:
        super().__init__()
        self.states: list[str] = []
        self.all: Deferred[None] = Deferred()
        self._expected = expected

    def render(self, request: Any) -> bytes:
        self.states.append(request.content.read().decode())
        if len(self.states) == self._expected:
            self.all.callback(None)
        request.setResponseCode(HTTPStatus.CREATED)
        return b"{}"


class ServiceOutageTestCase(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.provider = _Provider()
        self.events: list[dict[str, Any]] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def logged(self, text: str) -> list[str]:
        """Return what the log has with `text` in it."""
        events = (eventAsText(e, includeTimestamp=False, includeSystem=False) for e in self.events)
        return [event for event in events if text in event]

    async def start(self, **more: Any) -> RealMaster:
        self.config = self.configuration(
            util.BuildFactory(), secretsProviders=[self.provider], **more
        )
        self.real = await self.start_master(self.config)
        return self.real


class ReporterTests(ServiceOutageTestCase):
    """A reporter that looks a secret up for each report.

    Buildbot 4.0 looks a token up only once; the context is rendered each time in every version.
    """

    def setUp(self) -> None:
        super().setUp()
        self.patch(_reports, "PAUSES", (0.02,))
        self.web = _Web(3)  # pending, started, done
        listening: Any = reactor
        port = listening.listenTCP(0, Site(self.web), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.url = f"http://127.0.0.1:{port.getHost().port}"

    def reporter(self, token: str = "token") -> Any:
        return reporters.GitHubStatusPush(
            token="plain", context=util.Secret(token), baseURL=self.url
        )

    async def build(self) -> None:
        """Run a build of a revision to its end, and to the first answer to its reporter."""
        updates = self.real.master.data.updates
        done = self.real.event(("builds", None, "finished"))
        await updates.addBuildset(
            waited_for=False,
            builderids=[await updates.findBuilderId(BUILDER_NAME)],
            sourcestamps=[
                {
                    "codebase": "",
                    "revision": "a" * 40,
                    "branch": "main",
                    "project": "o/r",
                    "repository": "https://git.example.org/o/r",
                }
            ],
        )
        await done
        await self.provider.asked

    @property
    def waiting(self) -> tuple[str, ...]:
        return MasterKeychain.of(self.real.master).waiting_services

    async def test_no_report_is_lost(self) -> None:
        await self.start(services=[self.reporter()])
        await self.build()
        sentence = (
            "reporter GitHubStatusPush waits for `token`: provider 'inhouse': it cannot be reached"
        )
        self.assertEqual(self.waiting, (sentence,))
        self.assertEqual(self.logged("waits for"), [sentence])
        self.assertEqual(self.web.states, [])
        self.provider.down = False
        await self.web.all
        states = [
            state for each in self.web.states for state in ("pending", "success") if state in each
        ]
        self.assertEqual(states, ["pending", "pending", "success"])
        self.assertEqual([VALUE in each for each in self.web.states], [True] * 3)
        self.assertEqual(self.waiting, ())

    async def test_one_that_is_removed_holds_nothing_up(self) -> None:
        self.patch(_reports, "PAUSES", (3600.0,))
        master = await self.start(services=[self.reporter()])
        await self.build()
        await master.reconfigure({**self.config, "services": []})
        self.assertEqual(self.waiting, ())
        self.assertEqual(MasterKeychain.of(master.master).reports._pauses, {})

    async def test_nor_does_one_hold_up_the_end_of_the_master(self) -> None:
        self.patch(_reports, "PAUSES", (3600.0,))
        master = await self.start(services=[self.reporter()])
        await self.build()
        await master.stop()
        self.assertEqual(self.waiting, ())

    async def test_what_no_retry_can_help_is_not_waited_for(self) -> None:
        self.provider.down = False
        await self.start(services=[self.reporter("nope")])
        await self.build()
        self.assertEqual(self.waiting, ())
        reports = self.logged("secret 'nope': no provider holds it")
        self.assertGreater(len(reports), 0)
        for report in reports:
            self.assertNotIn("Traceback", report)

    async def test_a_master_whose_services_do_not_wait(self) -> None:
        manager = secrets.SecretManager(providers=[self.provider], services_wait=False)
        self.real = await self.start_master(
            self.configuration(
                util.BuildFactory(), secretsProviders=[manager], services=[self.reporter()]
            )
        )
        await self.build()
        self.assertEqual(self.waiting, ())


class _Request(DummyRequest):
    """One whose status can be set late, as Buildbot does, to no effect."""

    def setResponseCode(self, code: int, message: object = None) -> None:
        if not self.written:
            super().setResponseCode(code, message)


class HookTests(ServiceOutageTestCase):
    """GitHub's hook, which looks its secret up for each request."""

    async def call(self, name: str = "token") -> Any:
        """Call the hook, whose secret has this name, with the right signature."""
        options = {"secret": util.Secret(name), "strict": True}
        resource = ChangeHookResource(master=None, dialects={"github": options})
        resource.master = self.real.master  # which has no page that would reconfigure it
        request: Any = _Request([])
        request.method, request.uri, request.path = b"POST", b"/change_hook/github", b""
        request.content = io.BytesIO(BODY)
        signature = hmac.new(VALUE.encode(), BODY, hashlib.sha1).hexdigest()
        for header, value in {
            b"Content-Type": b"application/json",
            b"X-GitHub-Event": b"ping",
            b"X-Hub-Signature": f"sha1={signature}".encode(),
        }.items():
            request.requestHeaders.setRawHeaders(header, [value])
        finished = request.notifyFinish()
        resource.render_POST(request)
        await finished
        return request

    async def test_it_says_when_to_call_again(self) -> None:
        await self.start()
        request = await self.call()
        self.assertEqual(request.responseCode, HTTPStatus.SERVICE_UNAVAILABLE)
        self.assertEqual(request.responseHeaders.getRawHeaders("Retry-After"), ["60"])
        self.assertEqual(
            request.written,
            [b"A secret of this hook cannot be looked up now. Call it again later.\n"],
        )
        sentence = "a web hook: secret 'token': provider 'inhouse': it cannot be reached"
        self.assertEqual(self.logged("hook"), [sentence])
        # It is not asked for each request, which would wait for as long.
        before = self.provider.count
        self.assertEqual((await self.call()).responseCode, HTTPStatus.SERVICE_UNAVAILABLE)
        self.assertEqual(self.provider.count, before)
        self.provider.down = False
        MasterKeychain.of(self.real.master).parts._silent_providers.end("inhouse")
        self.assertEqual((await self.call()).written, [b"no change found"])

    async def test_what_calling_again_does_not_help(self) -> None:
        self.provider.down = False
        await self.start()
        request = await self.call("nope")
        self.assertEqual(request.responseCode, HTTPStatus.INTERNAL_SERVER_ERROR)
        self.assertNotIn(b"nope", b"".join(request.written))
        self.assertEqual(len(self.logged("a web hook: secret 'nope': no provider holds it")), 1)


class PollerTests(ServiceOutageTestCase):
    """A poller that looks its key up for each poll."""

    async def poll(self, poller: Any) -> None:
        polled: Deferred[None] = Deferred()
        poller.doPoll._run_complete_deferreds.append(polled)
        poller.force()
        await polled
        turn: Deferred[None] = Deferred()  # the run that has fired it is not over
        self.real.master.reactor.callLater(0, turn.callback, None)
        await turn

    async def test_it_says_so_in_a_sentence_and_polls_again(self) -> None:
        poller = changes.GitPoller(
            "ssh://git.invalid/x.git", branches=["main"], sshPrivateKey=util.Secret("token")
        )
        await self.start(change_source=[poller])
        for _ in range(2):
            await self.poll(poller)
        reports = self.logged("while polling for changes")
        self.assertEqual(len(reports), 2)
        for report in reports:
            self.assertIn("secret 'token': provider 'inhouse': it cannot be reached", report)
            self.assertNotIn("Traceback", report)


class LoginTests(ServiceOutageTestCase):
    """A worker, and whoever sends changes, whose passwords are looked up at each login."""

    protocol = "pb"

    async def logs_in(self, user: str) -> bool:
        (dispatcher,) = self.real.master.pbmanager.dispatchers.values()
        try:
            await dispatcher.requestAvatarId(UsernamePassword(user.encode(), VALUE.encode()))
        except UnauthorizedLogin:
            return False
        return True

    async def test_nobody_is_told_why(self) -> None:
        self.provider.down = False
        source = changes.PBChangeSource(user="sender", passwd=util.Secret("sender"))
        worker = workers.Worker(WORKER_NAME, util.Secret("worker"), missing_timeout=0)
        self.config = self.configuration(
            util.BuildFactory(),
            secretsProviders=[self.provider],
            change_source=[source],
            workers=[worker],
        )
        self.real = await self.start_master(self.config, worker=False)
        self.provider.down = True
        before = self.provider.count
        found = {user: await self.logs_in(user) for user in ("sender", WORKER_NAME)}
        # It is not asked for each login, which would hold up reconfigurations for as long.
        self.assertFalse(await self.logs_in("sender"))
        self.assertEqual(self.provider.count, before + 1)
        self.assertFalse(found["sender"])
        said = self.logged("the login of b'sender': secret 'sender': provider 'inhouse': it ")
        self.assertEqual(len(said), 2)
        self.provider.down = False
        MasterKeychain.of(self.real.master).parts._silent_providers.end("inhouse")
        self.assertTrue(await self.logs_in("sender"))
        self.assertTrue(await self.logs_in(WORKER_NAME))


class DatabaseTests(ServiceOutageTestCase):
    """A database that has a secret in its address, which Buildbot 4.0 never renders."""

    async def test_a_master_says_who_needs_what(self) -> None:
        master = await self.start()
        look_up = getattr(master.master, "get_db_config", None)
        if look_up is None:  # before Buildbot 4.3
            look_up = getattr(master.master, "get_db_url", None)
        if look_up is None:
            return
        config: Any = MasterConfig()
        for secret in (util.Secret("db"), buildbot_util.Interpolate("%(secret:db)s")):
            if isinstance(config.db, dict):  # before Buildbot 4.3
                config.db["db_url"] = secret
            else:
                config.db.db_url = secret
            with self.assertRaises((KeychainError, FirstError)) as raised:
                await look_up(config)
            self.assertEqual(
                str(root_error(raised.exception)),
                "c['db']['db_url'] needs `db`: provider 'inhouse': it cannot be reached",
            )
        await master.reconfigure({**self.config, "db_url": util.Secret("db")})
        self.assertEqual(len(self.logged("it cannot be reached; the database stays as it is")), 1)
        self.assertEqual(len(self.logged("configuration update complete")), 1)
