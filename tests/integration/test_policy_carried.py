"""What a build is denied because of what its request has been through.

Each way obtains the secret on a master without a policy; with the policy, only the build of the own
branch ``main`` does.
"""

from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred

from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import RealMaster, RealMasterTestCase

VALUE = "tr0ub4dor&3-of-the-release"
APP = "https://git.example.org/app"

RULES = [
    secrets.Allow("prod", builders=["deploy"], repositories=[APP], branches=["main"]),
    secrets.Allow("named", builders=["deploy"], repositories=[APP], schedulers=["deploy"]),
]

MERGE_REQUEST = {"category": "merge_request"}


class Asks(BuildStep):
    """Notes whether it is given the secrets, once it may go on."""

    obtained: list[tuple[bool, bool]]
    may_start = True
    goes_on: Deferred[None] | None = None
    waits: Deferred[None]

    @inlineCallbacks
    def run(self) -> Any:
        if Asks.goes_on is not None:
            Asks.waits.callback(None)
            yield Asks.goes_on
        obtained = []
        for name in ("prod", "named"):
            found = yield maybeDeferred(self.build.render, util.Secret(name)).addErrback(str)
            obtained.append(found == VALUE)
        Asks.obtained.append(tuple(obtained))
        return SUCCESS


class CarriedTests(RealMasterTestCase):
    protocol = "null"
    timeout = 240.0

    def setUp(self) -> None:
        super().setUp()
        Asks.obtained, Asks.may_start, Asks.goes_on = [], True, None
        self.secrets = self.secrets_directory({"prod": VALUE, "named": VALUE})
        self.phase = "open"

    def config(self, *rules: Any) -> dict[str, Any]:
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        policy = {"policy": list(rules)} if rules else {}
        factories = {"deploy": [Asks()]}
        return {
            "builders": [
                BuilderConfig(
                    name=name,
                    workernames=["local"],
                    factory=buildbot_util.BuildFactory(some),
                    canStartBuild=lambda *_: Asks.may_start,
                    collapseRequests=True,
                )
                for name, some in factories.items()
            ],
            "workers": [worker.LocalWorker("local", missing_timeout=0)],
            "schedulers": [
                schedulers.AnyBranchScheduler(
                    "deploy",
                    builderNames=["deploy"],
                    change_filter=buildbot_util.ChangeFilter(project="deploy"),
                )
            ],
            "secretsProviders": [secrets.SecretManager(providers=[provider], **policy)],
        }

    async def push(self, project: str, name: str, **facts: Any) -> None:
        """Have a change arrive, by default one of the own branch ``main``."""
        known = {
            "branch": "main",
            "repository": APP,
            "author": "Carl",
            "comments": "",
            "files": ["x"],
            "properties": {"keychain_outside": False},
        }
        await self.real.master.data.updates.addChange(
            **{**known, "revision": f"{self.phase}-{name}", "project": project, **facts}
        )

    async def begin(self, **more: Any) -> RealMaster:
        self.real = await self.start_master(self.config(*self.rules()), worker=False, **more)
        return self.real

    def rules(self) -> list[Any]:
        return RULES if self.phase == "policy" else []

    async def test_a_restart_between_request_and_build(self) -> None:
        """The mark of a fork's request is in the database, and stays when its change is forgotten.

        What is known of a branch is not: nobody knows any more that the revision is of it.
        """
        await self.begin()
        for number, (phase, facts, forgotten, given) in enumerate(
            (
                ("open", MERGE_REQUEST, False, (True, True)),
                ("policy", MERGE_REQUEST, False, (False, False)),
                ("policy", MERGE_REQUEST, True, (False, False)),
                ("policy", {}, True, (False, True)),
                ("policy", {}, False, (True, True)),
            )
        ):
            self.phase = phase
            Asks.may_start = False
            requested = self.real.event(("buildrequests", None, "new"))
            await self.push("deploy", f"restart-{number}", **facts)
            await requested
            if forgotten:
                await self.push("other", f"restart-{number}-more")
                await self.real.master.db.changes.pruneChanges(1)
            await self.real.stop()
            Asks.obtained.clear()
            Asks.may_start = True
            await self.begin(basedir=self.real.basedir)
            ends = self.real.event(("builds", None, "finished"))
            self.real.master.botmaster.maybeStartBuildsForAllBuilders()
            await ends
            self.assertEqual(Asks.obtained, [given], (phase, facts, forgotten))

    async def test_a_reconfiguration_while_builds_run(self) -> None:
        """What is in force when a build asks counts, and its facts are those of its request."""
        await self.begin()
        for rules, facts, given in (
            ((), MERGE_REQUEST, True),
            (RULES, MERGE_REQUEST, False),
            (RULES, {}, True),
            ((), MERGE_REQUEST, True),
        ):
            Asks.goes_on, Asks.waits = Deferred(), Deferred()
            ends = self.real.event(("builds", None, "finished"))
            Asks.obtained.clear()
            await self.push("deploy", f"running-{len(rules)}-{len(facts)}", **facts)
            await Asks.waits
            await self.real.reconfigure(self.config(*rules))
            Asks.goes_on.callback(None)
            await ends
            self.assertEqual(Asks.obtained, [(given, given)], rules)
