"""Secrets that services hold: a change reaches them at a reconfiguration, and disturbs nobody else.

A real master has real workers over PB, and services that record what they are given.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import Any

from buildbot.interfaces import LatentWorkerFailedToSubstantiate
from buildbot.master import BuildMaster
from buildbot.plugins import changes, reporters
from buildbot.plugins import util as buildbot_util
from buildbot.plugins import worker as workers
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import BuildbotService
from buildbot.worker.latent import AbstractLatentWorker
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.audit import Event, Rotation
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot._values_now import VALUES_NOW, ValuesNow
from buildbot_keychain.errors import SecretNotFound
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.versions import DISTRIBUTION, version_of
from tests.support.reachable import reachable_text
from tests.support.real_master import WORKER_NAME, RealMaster, RealMasterTestCase, write_secret
from tests.support.real_processes import MasterProcess

OLD = "q8ZrT5vXw2Lm9Kp3Hs7D"
NEW = "vB4nM6xC8zL1kJ3hG5fD"


class User(BuildbotService):
    """A service with a secret among its arguments, which Buildbot renders."""

    secrets: tuple[str, ...] = ("token",)
    given: list[tuple[str, str]] = []

    def checkConfig(self, token: Any, other: Any = None) -> None:
        pass

    async def reconfigService(self, token: Any, other: Any = None) -> None:
        self.given.append((self.name, token))


class Renderer(User):
    """A service that renders its secret itself, as workers do."""

    secrets = ()

    async def reconfigService(self, token: Any, other: Any = None) -> None:
        self.given.append((self.name, await self.renderSecrets(token)))


class Hanging(SecretProviderBase):
    """Never answers."""

    name = "hanging"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, entry: str) -> Any:
        self.asked.append(entry)
        return Deferred()


class Late(User):
    """A service that takes on an argument before it renders its secret."""

    secrets = ()
    taken: Any = None

    async def reconfigService(self, token: Any, other: Any = None) -> None:
        self.taken = other
        self.given.append((self.name, await self.renderSecrets(token)))


class Legacy(User):
    """A service that Buildbot replaces by a new one when it is configured otherwise."""

    secrets = ("token",)
    token: Any

    async def reconfigService(self, token: Any, other: Any = None) -> None:
        raise NotImplementedError

    def startService(self) -> Any:
        """Start, with what it has then."""
        return (
            super().startService().addCallback(lambda _: self.given.append((self.name, self.token)))
        )


class ServiceSecretsTestCase(RealMasterTestCase):
    """A directory of secrets, and what a master logs."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(User, "given", [])
        self.directory_of_secrets = self.secrets_directory({"password": OLD, "token": OLD})
        self.lines: list[str] = []

        @implementer(ILogObserver)
        def keep(event: Any) -> None:
            self.lines.append(formatEvent(event))

        globalLogPublisher.addObserver(keep)
        self.addCleanup(globalLogPublisher.removeObserver, keep)

    def write(self, name: str, value: str) -> None:
        """Change a secret."""
        write_secret(self.directory_of_secrets / name, value)

    def config(self, *services: Any, **more: Any) -> dict[str, Any]:
        """Return a configuration with these services."""
        files = secrets.SecretInAFile(dirname=str(self.directory_of_secrets))
        return self.configuration(
            util.BuildFactory(), secretsProviders=[files], services=list(services), **more
        )

    def reconfigured(self) -> list[str]:
        """Return the lines that say why a service was reconfigured; Buildbot has no order."""
        return sorted(line for line in self.lines if ": reconfigured " in line)


class DatabaseTests(ServiceSecretsTestCase):
    """The address of the database, which Buildbot renders from 4.1 on."""

    async def test_a_changed_address(self) -> None:
        """The log says which secret has changed, and the rest of a configuration is in force."""
        await self.change(lambda: util.Secret("address"))

    async def test_a_changed_address_that_is_read_from_a_file(self) -> None:
        """The same, if it stands in the `master.cfg` by its value."""
        vars(VALUES_NOW).update(vars(ValuesNow()))
        self.addCleanup(vars(VALUES_NOW).update, vars(ValuesNow()))
        await self.change(lambda: secrets.now("address"))

    async def change(self, address_of: Callable[[], Any]) -> None:
        if not hasattr(BuildMaster, "get_db_config") and not hasattr(BuildMaster, "get_db_url"):
            return
        addresses = [f"sqlite:///{self.directory()}/{name}-of-master.sqlite" for name in "ab"]
        self.write("address", addresses[0])
        config = self.config()
        master = await self.start_master({**config, "db_url": addresses[0]})
        for count, address in enumerate((*addresses, addresses[1])):
            self.write("address", address)
            service = User(name=f"{count}", token=util.Secret("token"))
            await master.reconfigure({**config, "db_url": address_of(), "services": [service]})
            said = [line for line in self.lines if "`address`, which has changed: rest" in line]
            self.assertEqual(len(said), count)
        self.assertEqual([name for name, _ in User.given], ["0", "1", "2"])
        self.assertEqual([line for line in self.lines if "partially applied" in line], [])


class WorkerTests(ServiceSecretsTestCase):
    """Passwords of workers."""

    def worker(self, password: object) -> dict[str, Any]:
        """Return a configuration with the worker that has this password."""
        return self.config(workers=[workers.Worker(WORKER_NAME, password, missing_timeout=0)])

    async def logs_in(self, master: RealMaster, password: str) -> bool:
        """Return whether the master accepts the worker with this password."""
        (dispatcher,) = master.master.pbmanager.dispatchers.values()
        try:
            await dispatcher.requestAvatarId(
                UsernamePassword(WORKER_NAME.encode(), password.encode())
            )
        except UnauthorizedLogin:
            return False
        return True

    async def check(self, secret: Any) -> None:
        """A changed file and a reconfiguration let the worker with the new password connect."""
        master = await self.start_master(self.worker(secret("password")), worker=False)
        self.write("password", NEW)
        before = [await self.logs_in(master, OLD), await self.logs_in(master, NEW)]

        await master.reconfigure(self.worker(secret("password")))

        after = [await self.logs_in(master, OLD), await self.logs_in(master, NEW)]
        self.assertEqual([before, after], [[True, False], [False, True]])
        await master.attach_worker(self.directory(), NEW)
        self.assertEqual(
            self.reconfigured(), [f"`password` changed: reconfigured worker {WORKER_NAME}"]
        )

    async def test_our_secret(self) -> None:
        await self.check(util.Secret)

    async def test_our_interpolate(self) -> None:
        await self.check(lambda name: util.Interpolate(f"%(secret:{name})s"))

    async def test_buildbots_secret(self) -> None:
        await self.check(buildbot_util.Secret)

    async def test_a_connected_worker_stays_connected(self) -> None:
        master = await self.start_master(self.worker(util.Secret("password")), worker=False)
        await master.attach_worker(self.directory(), OLD)
        connection = master.master.workers.connections[WORKER_NAME]
        self.write("password", NEW)

        await master.reconfigure(self.worker(util.Secret("password")))

        self.assertIs(master.master.workers.connections[WORKER_NAME], connection)
        self.assertTrue(await self.logs_in(master, NEW))


class LatentWorker(AbstractLatentWorker):
    """A worker that does not want to start."""

    starts = 0

    def start_instance(self, build: Any) -> Any:
        """Count the attempts."""
        self.starts += 1
        return succeed(False)

    def stop_instance(self, fast: bool = False) -> Any:
        """Do nothing."""
        return succeed(True)


class ServiceTests(ServiceSecretsTestCase):
    """Other services."""

    protocol = "null"

    async def test_a_changed_secret_reaches_those_that_hold_it(self) -> None:
        def config() -> dict[str, Any]:
            return self.config(
                User(name="declares", token=util.Secret("token")),
                Renderer(name="renders", token=util.Interpolate("a %(secret:token)s")),
                Renderer(name="buildbot", token=buildbot_util.Secret("token")),
                User(name="other", token=util.Secret("password")),
                User(name="none", token="plain"),
            )

        master = await self.start_master(config())
        events: list[Event] = []
        MasterKeychain.of(master.master).audit.observe(events.append)
        User.given.clear()
        self.write("token", NEW)

        await master.reconfigure(config())

        self.assertEqual(
            sorted(User.given), [("buildbot", NEW), ("declares", NEW), ("renders", f"a {NEW}")]
        )
        (change,) = (event for event in events if isinstance(event, Rotation))
        self.assertEqual(
            (change.secret, change.provider, change.noticed_by, sorted(change.services)),
            (
                "token",
                "SecretInAFile",
                "service",
                ["service buildbot", "service declares", "service renders"],
            ),
        )
        self.assertEqual(
            self.reconfigured(),
            [
                f"`token` changed: reconfigured service {name}"
                for name in ("buildbot", "declares", "renders")
            ],
        )
        self.assertEqual([line for line in self.lines if OLD in line or NEW in line], [])

    async def test_a_latent_worker_and_a_poller(self) -> None:
        def config() -> dict[str, Any]:
            poller = changes.GitHubPullrequestPoller(
                owner="o", repo="r", baseURL="http://127.0.0.1:1", token=util.Secret("token")
            )
            latent = LatentWorker(WORKER_NAME, util.Secret("password"))
            return self.config(workers=[latent], change_source=[poller])

        master = await self.start_master(config())
        self.write("token", NEW)
        self.write("password", NEW)

        await master.reconfigure(config())

        (poller,) = master.master.change_svc
        self.assertEqual(poller.token, NEW)
        self.assertEqual(master.master.workers.workers[WORKER_NAME].password, NEW)
        self.assertEqual(
            self.reconfigured(),
            [
                f"`password` changed: reconfigured worker {WORKER_NAME}",
                "`token` changed: reconfigured change source GitHubPullrequestPoller:o/r",
            ],
        )

    async def test_an_added_default_is_no_longer_used(self) -> None:
        def config() -> dict[str, Any]:
            token = util.Interpolate("%(secret:late:-nothing)s")
            return self.config(User(name="user", token=token))

        master = await self.start_master(config())
        await master.reconfigure(config())
        self.write("late", NEW)
        await master.reconfigure(config())
        (self.directory_of_secrets / "late").unlink()
        await master.reconfigure(config())

        self.assertEqual([token for _, token in User.given], ["nothing", NEW])

    async def test_five_hundred_services_are_left_alone(self) -> None:
        def config() -> dict[str, Any]:
            services: list[Any] = []
            for number in range(0, 500, 5):
                secret = util.Secret("password" if number == 35 else "token")
                services += [
                    User(name=f"{number}", token=secret),
                    Renderer(name=f"{number + 1}", token=buildbot_util.Secret("token")),
                    reporters.HttpStatusPush(
                        name=f"{number + 2}", serverUrl="http://127.0.0.1:1", auth=("user", secret)
                    ),
                    Renderer(name=f"{number + 3}", token=["a", {"b": secret}]),
                    User(name=f"{number + 4}", token="plain", other=[number]),
                ]
            return self.config(*services, db_url="sqlite://")

        master = await self.start_master(config())
        services = [*master.master.service_manager]
        self.assertEqual(len(services), 500)
        User.given.clear()
        configured: list[str] = []
        for service in services:
            self.patch(service, "reconfigService", lambda *_, **__: configured.append("once"))

        await master.reconfigure(config())
        self.assertEqual((configured, User.given, self.reconfigured()), ([], [], []))

        self.write("password", NEW)
        await master.reconfigure(config())
        self.assertEqual(
            self.reconfigured(),
            [
                "`password` changed: reconfigured reporter 37",
                "`password` changed: reconfigured service 35",
                "`password` changed: reconfigured service 38",
            ],
        )

    async def test_other_arguments_are_compared_with_the_last_ones(self) -> None:
        def config(other: object) -> dict[str, Any]:
            return self.config(User(name="user", token=util.Secret("token"), other=other))

        master = await self.start_master(config(1))
        counts = []
        for other in (2, 2, 1, 1):
            await master.reconfigure(config(other))
            counts.append(len(User.given))

        self.assertEqual(counts, [2, 2, 3, 3])
        self.assertEqual(self.reconfigured(), [])

    async def test_what_a_service_holds_is_not_its_value(self) -> None:
        master = await self.start_master(
            self.config(Renderer(name="renders", token=util.Secret("token")))
        )
        (service,) = master.master.service_manager
        self.assertFalse(OLD in reachable_text(service.keychain_held.answers))
        self.assertNotIn("keychain", str(service.getConfigDict()))

    async def test_a_service_keeps_what_it_has_when_its_secret_is_gone(self) -> None:
        def config() -> dict[str, Any]:
            return self.config(User(name="user", token=util.Secret("token")))

        master = await self.start_master(config())
        (self.directory_of_secrets / "token").unlink()
        await master.reconfigure(config())
        self.write("token", OLD)
        await master.reconfigure(config())

        self.assertEqual(len(User.given), 1)
        kept = [line for line in self.lines if " keeps " in line]
        self.assertEqual(
            kept,
            ["service user keeps the secret that it has; `token`: no provider holds it any more"],
        )


class WaitingTests(ServiceSecretsTestCase):
    """Services whose secrets are not there."""

    protocol = "null"

    def users(self, *names: str, **more: Any) -> dict[str, Any]:
        """Return a configuration with a service for each of these secrets."""
        return self.config(*(User(name=f"user-{n}", token=util.Secret(n)) for n in names), **more)

    def waiting(self, master: RealMaster) -> list[str]:
        """Return the names of the secrets that somebody waits for."""
        sentences = MasterKeychain.of(master.master).waiting_services
        return sorted(re.findall("waits for `(.*?)`", " ".join(sentences)))

    async def retry(self, master: RealMaster) -> None:
        """Do what is done after a pause."""
        await MasterKeychain.of(master.master).services.waiting_room.retry()

    def services(self, master: RealMaster) -> list[str]:
        """Return the names of the services that the master has."""
        return sorted(master.master.service_manager.namedServices)

    async def test_a_master_starts_without_the_secrets_of_its_services(self) -> None:
        poller = changes.GitHubPullrequestPoller(
            owner="o", repo="r", baseURL="http://127.0.0.1:1", token=util.Secret("poll")
        )
        master = await self.start_master(
            self.users(
                "token",
                "late",
                workers=[
                    workers.LocalWorker(WORKER_NAME, missing_timeout=0),
                    workers.Worker("w1", util.Secret("worker_password"), missing_timeout=0),
                    LatentWorker("l1", util.Secret("worker_password")),
                ],
                change_source=[poller],
            )
        )
        self.assertEqual(User.given, [("user-token", OLD)])
        self.assertEqual(
            self.waiting(master), ["late", "poll", "worker_password", "worker_password"]
        )
        said = [line for line in self.lines if line.startswith("worker w1 waits for ")]
        self.assertEqual(len(said), 1)
        self.assertIn("waits for `worker_password`: no provider holds it", said[0])
        page = master.master.config.www["versions"][-1]
        self.assertEqual(page[0], DISTRIBUTION)
        self.assertIn("; worker w1 waits for `worker_password`", page[1])
        self.assertNotIn("provider", page[1])
        self.assertEqual((await master.build()).result, "success")

        for name in ("late", "poll", "worker_password"):
            self.write(name, f"{NEW}{name}")
        await self.retry(master)

        self.assertEqual(self.waiting(master), [])
        self.assertEqual(page[1], version_of(DISTRIBUTION))
        self.assertEqual(User.given[1:], [("user-late", f"{NEW}late")])
        self.assertEqual(poller.token, f"{NEW}poll")
        self.assertEqual(
            {name: w.password for name, w in master.master.workers.workers.items() if "1" in name},
            dict.fromkeys(("w1", "l1"), f"{NEW}worker_password"),
        )

    async def test_one_that_hangs_is_asked_once_whatever_its_limits(self) -> None:
        """Neither a start nor a reconfiguration waits for each service, or for turns of others."""
        hanging = Hanging()
        settings = secrets.Resilience(timeout=0.2, concurrency=1, rate=0.01, breaker=5)

        def config(count: int) -> dict[str, Any]:
            manager = secrets.SecretManager(
                providers=[hanging], resilience={"hanging": settings}, deadline=5
            )
            names = [f"n{number}" for number in range(count)]
            return {**self.users(*names), "secretsProviders": [manager]}

        master = await self.start_master(config(10))
        self.assertEqual(len(hanging.asked), 1)
        await master.reconfigure(config(15))
        self.assertEqual(len(hanging.asked), 1)
        self.assertEqual(len(self.waiting(master)), 15)

    async def test_a_latent_worker_that_waited_can_be_started(self) -> None:
        latent = LatentWorker("l1", util.Secret("late"))
        local = workers.LocalWorker(WORKER_NAME, missing_timeout=0)
        master = await self.start_master(self.config(workers=[local, latent]))
        self.assertEqual(self.waiting(master), ["late"])
        self.write("late", NEW)
        await self.retry(master)
        with self.assertRaises(LatentWorkerFailedToSubstantiate):
            await latent.substantiate(None, None)
        self.assertEqual(latent.starts, 1)

    async def test_buildbots_own_secret(self) -> None:
        master = await self.start_master(
            self.config(Renderer(name="late", token=buildbot_util.Secret("late")))
        )
        self.assertEqual(self.waiting(master), ["late"])
        self.write("late", NEW)
        await self.retry(master)
        self.assertEqual(User.given, [("late", NEW)])

    async def test_a_reconfiguration_is_not_stopped(self) -> None:
        master = await self.start_master(
            self.config(User(name="a", token=util.Secret("token")), User(name="z", token="1"))
        )
        await master.reconfigure(
            self.config(User(name="a", token=util.Secret("late")), User(name="z", token="2"))
        )
        self.assertIn("configuration update complete", " ".join(self.lines))
        self.assertEqual(self.waiting(master), ["late"])
        self.assertEqual(set(User.given), {("a", OLD), ("z", "1"), ("z", "2")})

        self.write("late", NEW)
        await self.retry(master)
        self.assertEqual(User.given[-1], ("a", NEW))
        self.assertEqual(self.waiting(master), [])

    async def test_a_service_that_fails_half_way_goes_on_as_it_was(self) -> None:
        master = await self.start_master(self.config(Late(name="a", token="1", other="one")))
        (service,) = master.master.service_manager
        await master.reconfigure(
            self.config(Late(name="a", token=util.Secret("late"), other="two"))
        )
        self.assertEqual((service.taken, self.waiting(master)), ("one", ["late"]))
        await master.reconfigure(self.config(Late(name="a", token="1", other="one")))
        self.assertEqual((service.taken, self.waiting(master)), ("one", []))

    async def test_a_service_that_is_replaced_instead(self) -> None:
        def config(secret: str) -> dict[str, Any]:
            return self.config(Legacy(name="old", token=util.Secret(secret)))

        master = await self.start_master(config("token"))
        await master.reconfigure(config("late"))
        self.assertEqual(self.waiting(master), ["late"])
        self.write("late", NEW)
        await self.retry(master)
        self.assertEqual(self.waiting(master), [])
        self.assertEqual(User.given, [("old", OLD), ("old", NEW)])
        await master.reconfigure(config("late"))
        self.assertEqual(len(User.given), 2)

    async def test_a_newer_configuration_ends_a_wait(self) -> None:
        master = await self.start_master(self.users("late", "later"))
        self.assertEqual(self.waiting(master), ["late", "later"])
        await master.reconfigure(self.users("later"))
        self.assertEqual(self.waiting(master), ["later"])
        for name in ("late", "later"):
            self.write(name, NEW)
        await self.retry(master)
        self.assertEqual(self.services(master), ["user-later"])
        self.assertEqual(User.given, [("user-later", NEW)])

    async def test_a_reconfiguration_while_a_service_is_about_to_be_set_up(self) -> None:
        master = await self.start_master(self.users("late"))
        self.write("late", NEW)
        await master.master.initLock.acquire()
        retried = self.retry(master)
        reconfigured = master.reconfigure(self.users("token"))
        tasks = [Deferred.fromCoroutine(each) for each in (retried, reconfigured)]
        master.master.initLock.release()
        await gatherResults(tasks)
        self.assertEqual(self.services(master), ["user-token"])
        self.assertEqual(self.waiting(master), [])

    async def test_a_stop_ends_a_wait(self) -> None:
        master = await self.start_master(self.users("late"))
        await master.stop()
        self.write("late", NEW)
        await self.retry(master)
        self.assertEqual(User.given, [])

    async def test_without_waiting_a_reconfiguration_ends_there(self) -> None:
        def config(*names: str) -> dict[str, Any]:
            files = secrets.SecretInAFile(dirname=str(self.directory_of_secrets))
            manager = secrets.SecretManager(providers=[files], services_wait=False)
            return {**self.users(*names), "secretsProviders": [manager]}

        master = await self.start_master(config("token"))
        await master.reconfigure(config("token", "late"))
        self.assertEqual(self.waiting(master), [])
        self.assertIn("configuration update partially applied", " ".join(self.lines))
        self.assertEqual(len(self.flushLoggedErrors(SecretNotFound)), 1)


class RefreshTests(ServiceSecretsTestCase):
    """Changes that reach services without a reconfiguration."""

    def config_with(self, **arguments: Any) -> dict[str, Any]:
        """Return a configuration with a worker, a service and a manager with these arguments."""
        files = secrets.SecretInAFile(dirname=str(self.directory_of_secrets))
        return {
            **self.config(
                Renderer(name="user", token=util.Secret("token")),
                workers=[workers.Worker(WORKER_NAME, util.Secret("password"), missing_timeout=0)],
            ),
            "secretsProviders": [secrets.SecretManager(providers=[files], **arguments)],
        }

    async def test_a_changed_file(self) -> None:
        master = await self.start_master(self.config_with(refresh=1), worker=False)
        given: Deferred[None] = Deferred()
        self.patch(Renderer, "given", Told(given))
        self.write("token", NEW)
        self.write("password", NEW)
        await given
        parts = MasterKeychain.of(master.master).parts
        await parts.refresh_services(files_only=True, dynamic=False)
        await master.attach_worker(self.directory(), NEW)
        self.assertEqual(
            self.reconfigured(),
            [
                "`password` changed: reconfigured worker worker",
                "`token` changed: reconfigured service user",
            ],
        )
        await master.reconfigure(self.config_with())
        self.assertEqual(len(self.reconfigured()), 2)

    async def test_a_change_that_a_lookup_of_others_has_noticed(self) -> None:
        """The services that have the secret are configured again at once."""
        configured = self.config_with(refresh=3600, max_age={"to*": 2, "password": 4})
        master = await self.start_master(configured, worker=False)
        keychain = MasterKeychain.of(master.master)
        given: Deferred[None] = Deferred()
        self.patch(Renderer, "given", Told(given))
        self.write("token", NEW)
        await keychain.get("SecretInAFile!token")
        await keychain.get("token")
        await given
        self.assertEqual(Renderer.given, [("user", NEW)])

        three_days_ago = time.time() - 3 * 86_400
        for name in ("token", "password"):
            os.utime(self.directory_of_secrets / name, (three_days_ago, three_days_ago))
        await keychain.watch.look()
        (item,) = keychain.attention
        self.assertEqual((item.provider, item.name), ("SecretInAFile", "token"))
        self.assertLess(abs(item.when - three_days_ago - 2 * 86_400), 1)
        (warning,) = (line for line in self.lines if "is too old since" in line)
        self.assertIn("replace it: max_age allows 2 days", warning)
        await master.reconfigure(self.config_with(refresh=3600))
        await keychain.watch.look()
        self.assertEqual(keychain.attention, ())

    async def test_a_service_that_cannot_be_configured_again_starts_again(self) -> None:
        config = self.config(Legacy(name="old", token=util.Secret("token")))
        master = await self.start_master(config, worker=False)
        keychain = MasterKeychain.of(master.master)
        for value in (NEW, NEW, OLD):
            self.write("token", value)
            await keychain.parts.refresh_services(files_only=True, dynamic=False)
        self.assertEqual(User.given, [("old", OLD), ("old", NEW), ("old", OLD)])

    async def test_by_default_nothing_is_checked(self) -> None:
        master = await self.start_master(self.config_with(), worker=False)
        (manager,) = master.master.secrets_manager
        self.assertIsNone(manager._refresher._timer)

    async def test_dynamic_secrets_renew_themselves(self) -> None:
        master = await self.start_master(self.config_with(refresh=3600), worker=False)
        keychain = MasterKeychain.of(master.master)
        self.patch(secrets.SecretInAFile, "is_dynamic", lambda _self, path: path == "token")
        self.write("token", NEW)
        await keychain.parts.refresh_services(files_only=False, dynamic=False)
        self.assertEqual(self.reconfigured(), [])
        await keychain.parts.refresh_services(files_only=False, dynamic=True)
        self.assertEqual(len(self.reconfigured()), 1)


class Told(list[Any]):
    """A list that fires a Deferred when something is added."""

    def __init__(self, told: Deferred[None]) -> None:
        super().__init__()
        self._told = told

    def append(self, value: Any) -> None:
        """Add `value`."""
        super().append(value)
        self._told.callback(None)


class LoginTests(RealMasterTestCase):
    """A process of its own, which ends."""

    async def test_a_master_does_not_start_without_the_secret_of_its_logins(self) -> None:
        root = self.directory()
        master = MasterProcess(self, root / "master")
        await master.create(LOGINS.format(dirname=str(self.secrets_directory({}))))
        await master.start("BuildMaster startup failed")
        self.assertIn("c['www']['auth'] needs `client_secret`: ", master.log)
        self.assertNotIn("Traceback", master.log)


LOGINS = """
from buildbot.plugins import util as buildbot_util
from buildbot.plugins import schedulers, worker
from buildbot_keychain.plugins import secrets, util

c = BuildmasterConfig = {{
    "buildbotNetUsageData": None,
    "secretsProviders": [secrets.SecretInAFile(dirname={dirname!r})],
    "builders": [buildbot_util.BuilderConfig(
        "builder", workernames=["worker"], factory=util.BuildFactory())],
    "workers": [worker.LocalWorker("worker")],
    "schedulers": [schedulers.ForceScheduler("force", ["builder"])],
    "protocols": {{"null": {{}}}},
    "www": {{
        "port": "tcp:0:interface=127.0.0.1",
        "auth": buildbot_util.GitHubAuth("client", util.Secret("client_secret")),
    }},
}}
"""
