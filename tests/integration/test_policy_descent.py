"""What builds are denied because of the builds, requests and changes that they come from.

Each attempt obtains the secret on a master without a policy, and is made again with the policy,
which gives it to builds of the own branch ``main`` alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from buildbot.changes.base import ChangeSource
from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SKIPPED, SUCCESS
from twisted.internet.defer import inlineCallbacks, maybeDeferred

from buildbot_keychain.buildbot.builds import asking
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import RealMasterTestCase

VALUE = "tr0ub4dor&3-of-the-release"
APP = "https://git.example.org/app"
LIB = "https://git.example.org/lib"
FORK = "https://git.example.org/mallory/lib"

MAIN: dict[str, Any] = {"repositories": [APP], "branches": ["main"]}

RULES = [
    secrets.Allow("prod", builders=["deploy"], **MAIN),
    secrets.Allow("prod", builders=["by-hand", "gerrit", "gitlab", "turning"], forced=True, **MAIN),
    secrets.Allow("hers", builders=["hers"], owners=["alice"], forced=True, **MAIN),
    secrets.Allow("prod", builders=["several"], repositories=[APP, LIB], branches=["main"]),
    secrets.Allow(
        "newest",
        builders=["several"],
        repositories=[APP, LIB],
        branches=["main"],
        schedulers=["several"],
    ),
    secrets.Allow(
        "newest", builders=["nightly"], repositories=[APP, LIB], schedulers=["nightly", "absolute"]
    ),
    secrets.Allow(
        "newest",
        builders=["at-night"],
        repositories=[APP],
        schedulers=["at-night"],
    ),
]

MERGE_REQUEST = {"category": "merge_request"}
FORGED = {"owner": "alice", "scheduler": "force", "branch": "main", "repository": APP}


class Asks(BuildStep):
    """Notes which secrets it is given."""

    obtained: list[set[str]]
    may_start = True

    @inlineCallbacks
    def run(self) -> Any:
        obtained = set()
        for name in ("prod", "hers", "newest"):
            found = yield maybeDeferred(self.build.render, util.Secret(name)).addErrback(str)
            obtained |= {name} if found == VALUE else set()
        Asks.obtained.append(obtained)
        return SUCCESS


class AddsChange(BuildStep):
    """Adds a change as though somebody had pushed it."""

    @inlineCallbacks
    def run(self) -> Any:
        name = self.build.getProperty("adds")
        yield self.master.data.updates.addChange(**_change(name, "deploy"))
        return SUCCESS


class InHouse(ChangeSource):
    """A change source that does not say where its changes are from, unless it is told to."""

    name = "in-house"

    def bring(self, *change: Any, **facts: Any) -> Any:
        return self.master.data.updates.addChange(**_change(*change, **facts))


def _change(revision: str, project: str, **facts: Any) -> dict[str, Any]:
    known = {"branch": "main", "repository": APP, "author": "Carl", "comments": "", "files": ["x"]}
    return {**known, "revision": revision, "project": project, **facts}


class Attempt(NamedTuple):
    """What somebody does.

    :param do: does it.
    :param gets: what the policy gives to each build that asks, in their order.
    """

    name: str
    do: Callable[[], Awaitable[Any]]
    gets: tuple[str, ...] = ("",)


class DescentTests(RealMasterTestCase):
    protocol = "null"
    timeout = 400.0

    def setUp(self) -> None:
        super().setUp()
        Asks.obtained, Asks.may_start = [], True
        self.secrets = self.secrets_directory(dict.fromkeys(("prod", "hers", "newest"), VALUE))
        self.phase = "open"

    def factories(self) -> dict[str, list[Any]]:
        forge = steps.SetProperties(properties=_forged)
        triggers = [
            steps.Trigger(schedulerNames=["trigger"], waitForFinish=True, **how)
            for how in (
                {"updateSourceStamp": True},
                {"updateSourceStamp": False},
                {"alwaysUseLatest": True},
            )
        ]
        never: dict[str, Any] = {"repourl": APP, "doStepIf": False}
        return {
            "deploy": [Asks()],
            "parent": [forge, *triggers],
            "several": [Asks()],
            "by-hand": [Asks()],
            "hers": [Asks()],
            "gerrit": [Asks(), steps.Gerrit(**never)],
            "gitlab": [Asks(), steps.GitLab(**never)],
            # What it was given before is not given to it again.
            "turning": [
                Asks(),
                steps.SetProperty(property="gerrit_change", value="4741/5"),
                steps.Gerrit(**never),
                Asks(),
            ],
            "adding": [AddsChange()],
            "dusk": [steps.Trigger(schedulerNames=["at-night"])],
            "at-night": [Asks()],
            "nightly": [Asks()],
        }

    def config(self, *rules: Any) -> dict[str, Any]:
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        policy = {"policy": list(rules)} if rules else {}
        factories = self.factories()
        of_project = [
            schedulers.AnyBranchScheduler(
                project,
                builderNames=[project],
                change_filter=buildbot_util.ChangeFilter(project=project),
            )
            for project in ("deploy", "parent", "dusk")
        ]
        codebases = {
            name: {"repository": repository, "branch": "main"}
            for name, repository in (("app", APP), ("lib", LIB))
        }
        fields = [
            buildbot_util.StringParameter(name, default="")
            for name in ("got", "adds", "gerrit_change")
        ]
        request = buildbot_util.StringParameter("target_branch", default="")
        by_hand = ["by-hand", "hers", "gerrit", "turning", "parent", "adding"]
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
            "workers": [worker.LocalWorker("local", max_builds=4, missing_timeout=0)],
            "schedulers": [
                *of_project,
                schedulers.AnyBranchScheduler(
                    "several",
                    builderNames=["several"],
                    codebases=codebases,
                    change_filter=buildbot_util.ChangeFilter(project="several"),
                ),
                # It builds what the test says.
                schedulers.Triggerable("pair", ["several"], codebases=codebases),
                schedulers.Triggerable(
                    "trigger", ["deploy"], codebases={"": {"repository": APP, "branch": "main"}}
                ),
                schedulers.Nightly(
                    "nightly",
                    ["nightly"],
                    codebases=codebases,
                    hour=3,
                    onlyIfChanged=True,
                    change_filter=buildbot_util.ChangeFilter(project="nightly"),
                ),
                # It builds of each codebase what has last been seen of it.
                schedulers.SingleBranchScheduler(
                    "absolute",
                    builderNames=["nightly"],
                    codebases=codebases,
                    createAbsoluteSourceStamps=True,
                    change_filter=buildbot_util.ChangeFilter(project="absolute", branch="main"),
                ),
                schedulers.NightlyTriggerable("at-night", ["at-night"], hour=3),
                schedulers.ForceScheduler("force", by_hand, properties=fields),
                schedulers.ForceScheduler("request", ["gitlab"], properties=[request]),
                schedulers.ForceScheduler("plain", ["gitlab"]),
            ],
            "change_source": [InHouse()],
            "secretsProviders": [secrets.SecretManager(providers=[provider], **policy)],
        }

    def revision(self, name: str) -> str:
        """Return a revision that no other phase knows."""
        return f"{self.phase}-{name}"

    async def push(self, project: str, name: str, **facts: Any) -> int:
        """Have a change arrive, by default one of the own branch ``main``."""
        stated = {"keychain_outside": False}
        change = _change(self.revision(name), project, **{"properties": stated, **facts})
        changeid: int = await self.real.master.data.updates.addChange(**change)
        return changeid

    async def force(
        self, person: str, builder: str, scheduler: str = "force", **fields: Any
    ) -> Any:
        (form,) = [s for s in self.real.master.allSchedulers() if s.name == scheduler]
        builderid = await self.real.master.data.updates.findBuilderId(builder)
        given = {"reason": "", "branch": "main", "repository": APP, **fields}
        await maybeDeferred(
            asking, person, lambda: form.force("alice", builderid=builderid, **given)
        )

    async def rebuild(self, person: str, builder: str) -> None:
        """Repeat the last build of a builder, whoever asked for that."""
        data = self.real.master.data
        builds = await data.get(("builders", builder, "builds"))
        last = max(builds, key=lambda build: int(build["buildid"]))
        request = await data.get(("buildrequests", last["buildrequestid"]))
        await maybeDeferred(asking, person, lambda: data.updates.rebuildBuildrequest(request))

    def triggered(self) -> list[Attempt]:
        """From a build that forges what it has built, by each kind of `Trigger`."""

        def pushed(name: str, got: str, **facts: Any) -> Callable[[], Awaitable[Any]]:
            stated = {"keychain_outside": False, "got": got}
            return partial(self.push, "parent", name, properties=stated, **facts)

        request, known = self.revision("fork"), self.revision("known")
        inside = "prod"
        return [
            Attempt("known", partial(self.push, "deploy", "known"), (inside,)),
            Attempt("fork", partial(self.push, "deploy", "fork", **MERGE_REQUEST)),
            # What a build of the own branch triggers is that branch's, but for what it has forged.
            Attempt("forged", pushed("p0", "f" * 40), ("", inside, inside)),
            Attempt("a request's", pushed("p1", request), ("", inside, inside)),
            Attempt("known", pushed("p2", known), (inside, inside, inside)),
            Attempt("request", pushed("p3", known, **MERGE_REQUEST), ("", "", "")),
            Attempt("rebuilt", partial(self.rebuild, "alice", "deploy")),
            Attempt("rebuilt above", partial(self.rebuild, "alice", "parent"), ("", "", "")),
        ]

    async def collapse(self, *kinds: dict[str, Any]) -> None:
        """Have changes arrive while nothing is built: of their requests, the last is built."""
        skipped = len(await self.skipped())
        Asks.may_start = False
        for number, facts in enumerate(kinds):
            requested = self.real.event(("buildrequests", None, "new"))
            await self.push("deploy", f"collapsed-{len(kinds[0])}-{number}", **facts)
            await requested
        self.assertEqual(len(await self.skipped()), skipped + len(kinds) - 1)
        Asks.may_start = True
        self.real.master.botmaster.maybeStartBuildsForAllBuilders()

    async def skipped(self) -> list[Any]:
        requests = await self.real.master.data.get(("buildrequests",))
        return [each for each in requests if each["results"] == SKIPPED]

    async def wait_for_the_night(self, name: str, **facts: Any) -> None:
        """Have a build trigger one of the next night, and that night come."""
        ended = self.real.event(("builds", None, "finished"))
        await self.push("dusk", name, **facts)
        await ended
        await self.come("at-night")

    async def come(self, night: str) -> None:
        """Have a scheduler build as in a night."""
        (scheduler,) = [s for s in self.real.master.allSchedulers() if s.name == night]
        await scheduler.startBuild()

    async def wait_for_changes(self, name: str, *kinds: dict[str, Any]) -> None:
        """Have changes arrive, and the night after them."""
        for number, facts in enumerate(kinds):
            await self.push("nightly", f"{name}-{number}", codebase="app", **facts)
        await self.come("nightly")

    async def follow(self, name: str, *, forgotten: bool = False) -> None:
        """Have a change arrive after which the newest revision of the other codebase is built."""
        if forgotten:
            await self.real.master.db.changes.pruneChanges(1)
        await self.push("absolute", name, codebase="app")

    async def build_several(self, name: str, app: dict[str, Any], lib: dict[str, Any]) -> None:
        """Build a change of each of two codebases, as a scheduler does after its timer."""
        changes = [
            await self.push("pair", f"{name}-app", codebase="app", **app),
            await self.push("pair", f"{name}-lib", codebase="lib", **{"repository": LIB, **lib}),
        ]
        (scheduler,) = [s for s in self.real.master.allSchedulers() if s.name == "pair"]
        await scheduler.addBuildsetForChanges(reason="", changeids=changes)

    def others(self) -> list[Attempt]:
        several, push, force = self.build_several, self.push, self.force
        (source,) = [s for s in self.real.master.change_svc if s.name == "in-house"]

        async def bring(name: str, **properties: Any) -> None:
            await source.bring(self.revision(name), "deploy", properties=properties)

        return [
            Attempt("request last", partial(self.collapse, {}, MERGE_REQUEST)),
            Attempt("request first", partial(self.collapse, MERGE_REQUEST, {}), ("prod",)),
            Attempt("both", partial(several, "s0", {}, {}), ("prod",)),
            Attempt("app's request", partial(several, "s1", MERGE_REQUEST, {})),
            Attempt("lib's request", partial(several, "s2", {}, MERGE_REQUEST)),
            Attempt("lib's fork", partial(several, "s3", {}, {"repository": FORK})),
            # Of the other one, nobody knows more than that it is the newest.
            Attempt("app alone", partial(push, "several", "s4", codebase="app"), ("newest",)),
            Attempt(
                "request alone", partial(push, "several", "s5", codebase="app", **MERGE_REQUEST)
            ),
            Attempt("in-house", partial(bring, "b0")),
            Attempt("in-house, inside", partial(bring, "b1", keychain_outside=False), ("prod",)),
            Attempt("in-house, outside", partial(bring, "b2", keychain_outside=True)),
            Attempt(
                "by a step", partial(force, "bob", "adding", adds=self.revision("added")), ("",)
            ),
            Attempt("at night", partial(self.wait_for_the_night, "n0"), ("newest",)),
            Attempt("request at night", partial(self.wait_for_the_night, "n1", **MERGE_REQUEST)),
            Attempt("nightly", partial(self.wait_for_changes, "c0", {}), ("newest",)),
            Attempt("request last", partial(self.wait_for_changes, "c1", {}, MERGE_REQUEST)),
            Attempt(
                "request first",
                partial(self.wait_for_changes, "c2", MERGE_REQUEST, {}),
                ("newest",),
            ),
            Attempt(
                "absolute",
                partial(push, "absolute", "a0", codebase="lib", repository=LIB),
                ("newest",),
            ),
            Attempt(
                "lib's request",
                partial(push, "absolute", "a1", codebase="lib", repository=LIB, **MERGE_REQUEST),
            ),
            Attempt("after it", partial(self.follow, "a2")),
            Attempt("when it is forgotten", partial(self.follow, "a3", forgotten=True)),
            Attempt("by hand", partial(force, "bob", "by-hand"), ("prod",)),
            Attempt("gerrit", partial(force, "bob", "gerrit"), ("prod",)),
            Attempt("a review", partial(force, "bob", "gerrit", gerrit_change="4741/5")),
            Attempt("turning", partial(force, "bob", "turning"), ("prod", "")),
            Attempt("gitlab", partial(force, "bob", "gitlab", "plain"), ("prod",)),
            Attempt("a request", partial(force, "bob", "gitlab", "request", target_branch="main")),
            Attempt("alice", partial(force, "alice", "hers"), ("hers",)),
            Attempt("alice's, rebuilt by bob", partial(self.rebuild, "bob", "hers")),
            Attempt("alice's, rebuilt by alice", partial(self.rebuild, "alice", "hers")),
            Attempt("as alice", partial(force, "bob", "hers")),
        ]

    async def make(self, attempt: Attempt) -> list[str]:
        """Return what each build that `attempt` makes obtains."""
        Asks.obtained.clear()
        await attempt.do()
        while len(Asks.obtained) < len(attempt.gets):
            await self.real.event(("builds", None, "finished"))
        return [",".join(sorted(each)) for each in Asks.obtained]

    async def test_what_a_build_comes_from(self) -> None:
        self.real = await self.start_master(self.config(), worker=False)
        problems = []
        for phase, rules in (("open", []), ("policy", RULES)):
            self.phase = phase
            if rules:
                await self.real.reconfigure(self.config(*rules))
            for attempt in [*self.triggered(), *self.others()]:
                obtained = await self.make(attempt)
                expected = attempt.gets if rules else ["hers,newest,prod"] * len(attempt.gets)
                if obtained != list(expected):
                    problems.append(f"{phase}: {attempt.name}: {obtained}, not {expected}")
        self.assertEqual(problems, [], "\n".join(problems))


@buildbot_util.renderer
def _forged(properties: Any) -> dict[str, Any]:
    return {**FORGED, "got_revision": properties.getProperty("got")}
