"""A master whose builds need approvals, and the people who give them."""

from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.approvals import ApprovalRequest, Person
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.approvals import _awaited
from buildbot_keychain.buildbot.builds import asking
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild, read_build
from tests.support.real_master import RealMaster, RealMasterTestCase

REPOSITORY = "https://git.example.org/app"
REVISION = "0123456789abcdef0123456789abcdef01234567"
REPORTED = "d" * 40
"""A revision that only a worker has ever named."""

VALUE = "v4lue-of-the-production-database"

WAIT, VALID = 3600, 900

RITA, OTTO, ALICE = (
    {"username": name, "email": f"{name}@example.org", "full_name": name.title()}
    for name in ("rita", "otto", "alice")
)
"""The first two are release managers; alice is, too, and writes changes."""
BOB = {"username": "bob", "email": "bob@example.org"}
"""He has no role."""


def reads(**flags: Any) -> Any:
    value = util.Interpolate("%(secret:prod)s")
    return steps.SetProperty(property="got", value=value, name="reads", **flags)


class ApprovalTestCase(RealMasterTestCase):
    """`wait` and `valid` are by the clock of the test, `seconds`."""

    protocol = "null"
    timeout = 120.0

    def setUp(self) -> None:
        super().setUp()
        self.seconds = 1_000_000
        self.patch(_awaited, "INTERVAL", 0.05)
        self.states: list[str] = []
        self.events: list[tuple[str, ...]] = []
        self.secrets = self.secrets_directory({"prod": VALUE, "other": VALUE})

    def config(self, *rules: Any, **more: Any) -> dict[str, Any]:
        return {
            "builders": [
                BuilderConfig(name=name, workernames=["local"], factory=factory)
                for name, factory in self.factories().items()
            ],
            "workers": [worker.LocalWorker("local", max_builds=4, missing_timeout=0)],
            "schedulers": [
                schedulers.AnyBranchScheduler("commits", builderNames=["deploy"]),
                schedulers.ForceScheduler("force", ["deploy", "parent", "forging", "newest"]),
                schedulers.Triggerable("trigger", ["deploy"]),
            ],
            "secretsProviders": [self.manager(*rules)],
            "www": {
                "port": "tcp:0:interface=127.0.0.1",
                "auth": buildbot_util.UserPasswordAuth({"rita": "x"}),
                "authz": buildbot_util.Authz(
                    roleMatchers=[
                        buildbot_util.RolesFromUsername(
                            roles=["release-managers"], usernames=["rita", "otto", "alice"]
                        )
                    ]
                ),
            },
            **more,
        }

    def manager(self, *rules: Any, **more: Any) -> Any:
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        policy = list(rules or [self.allow()])
        return secrets.SecretManager(providers=[provider], policy=policy, **more)

    def allow(self, **approval: Any) -> Any:
        demand = {"by": ["release-managers"], "wait": WAIT, "valid": VALID, **approval}
        builders = ["deploy", "parent", "newest"]
        approved = secrets.Approval(**demand)
        return secrets.Allow("*", builders=builders, outside=True, approval=approved)

    def factories(self) -> dict[str, Any]:
        parent = steps.Trigger(
            schedulerNames=["trigger"], waitForFinish=True, updateSourceStamp=True
        )
        forged = {"got_revision": REPORTED, "owner": "rita", "scheduler": "commits"}
        forge = steps.SetProperties(properties={**forged, "virtual_builder_name": "deploy"})
        return {
            "deploy": buildbot_util.BuildFactory([reads()]),
            "parent": buildbot_util.BuildFactory([parent]),
            "newest": buildbot_util.BuildFactory(
                [reads(haltOnFailure=True), steps.Git(repourl=REPOSITORY, alwaysUseLatest=True)]
            ),
            "forging": buildbot_util.BuildFactory([forge, parent]),
        }

    async def begin(self, config: dict[str, Any] | None = None, **more: Any) -> RealMaster:
        self.real = await self.start_master(config or self.config(), worker=False, **more)
        await self.watch(self.real)
        return self.real

    async def begin_two(self, db_url: str) -> MasterKeychain:
        """Start two masters that share a database, and return what the second has of ours.

        It builds nothing, and neither hears the other's events.
        """
        shared = {"db_url": db_url, "multiMaster": True}
        await self.begin(self.config(**shared))
        config = self.config(**shared, schedulers=[])
        for builder in config["builders"]:
            builder.canStartBuild = lambda *_: False
        second = await self.start_master(config, worker=False)
        keychain = MasterKeychain.of(second.master)
        self.patch(keychain.approval_records, "now", lambda: self.seconds)
        return keychain

    async def watch(self, real: RealMaster) -> None:
        """Have a master live by the clock of the test, and note what it does."""
        records = MasterKeychain.of(real.master).approval_records
        self.patch(records, "now", lambda: self.seconds)
        consume = real.master.mq.startConsuming
        await consume(
            lambda _key, step: self.states.append(step["state_string"]), ("steps", None, "updated")
        )
        await consume(lambda key, _: self.events.append(key), ("keychain", "approvals", None, None))

    @property
    def approvals(self) -> Any:
        return MasterKeychain.of(self.real.master).approvals

    def person(self, user: dict[str, str]) -> Person:
        found: Person = self.approvals.person_of(user)
        return found

    def waits(self, state: str = "waiting for approval") -> Deferred[Any]:
        """Return what fires when a step waits."""
        return self.real.event(
            ("steps", None, "updated"), lambda step: step["state_string"].startswith(state)
        )

    def ends(self) -> Deferred[Any]:
        """Return what fires with the end of a build."""
        return self.real.event(("builds", None, "finished"))

    async def commit(self, revision: str | None = REVISION, author: str = "Carl <c@x>") -> None:
        """Have a change arrive, which is built."""
        await self.real.master.data.updates.addChange(
            author=author,
            comments="a change",
            revision=revision,
            branch="main",
            repository=REPOSITORY,
            files=["x"],
            properties={"keychain_outside": False},
        )

    async def force(self, owner: str | None = None, builder: str = "deploy", **fields: Any) -> int:
        """Have a person ask for a build; return the id of the buildset."""
        (scheduler,) = [s for s in self.real.master.allSchedulers() if s.name == "force"]
        builderid = await self.real.master.data.updates.findBuilderId(builder)
        given = {"reason": "a reason", "branch": "main", "repository": REPOSITORY, **fields}
        bsid, _ = await maybeDeferred(
            asking, owner, lambda: scheduler.force(owner or "", builderid=builderid, **given)
        )
        return int(bsid)

    async def asked(self, user: dict[str, str] = RITA) -> ApprovalRequest:
        """Return the only request that waits."""
        (request,) = await self.approvals.waiting(self.person(user))
        return request

    async def approve(self, user: dict[str, str], request: ApprovalRequest) -> ApprovalRequest:
        approve = self.approvals.approve(request.id, self.person(user), "fine", request.digest)
        approved: ApprovalRequest = await approve
        return approved

    async def refused(self, user: dict[str, str], request: ApprovalRequest) -> str:
        """Return why a person cannot approve."""
        error = await self.assertFailure(
            Deferred.fromCoroutine(self.approve(user, request)), ApprovalError
        )
        return str(error)

    async def build(self, number: int) -> FinishedBuild:
        data = self.real.master.data
        return await read_build(data, await data.get(("builds", number)))

    def happened(self) -> list[str]:
        """Return what events have told, and forget it."""
        found = [key[-1] for key in self.events]
        self.events.clear()
        return found
