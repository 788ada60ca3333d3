"""Attempts to obtain a secret that a policy gives to builds of the own branch ``main`` alone.

Each attempt is made on a master without a policy, where it obtains every secret, and again with the
policy. What a build obtains is noted by its step itself, before anything could hide it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from buildbot.schedulers.trysched import Try_Userpass_Perspective
from twisted.internet.defer import Deferred, FirstError, inlineCallbacks, maybeDeferred

from buildbot_keychain.plugins import secrets, util
from tests.integration.test_requests import KEY, PASSWORDS, RequestTestCase
from tests.support import change_payloads as payloads
from tests.support.change_payloads import ACME, FORK

VALUES = {
    "prod": "tr0ub4dor&3-of-the-release",
    "night": "c0rrect-h0rse-of-the-night",
    "hand": "battery-st4ple-by-hand",
}

SPELLINGS = {
    "prod": (
        "prod",
        "files!prod",
        "link",
        "files!link",
        "file!prod",
        "files!./prod",
        "files!.//sub/../prod",
        "sub/up",
        "prod|",
        "prod ",
        "PROD",
        "Files!prod",
        "*!prod",
        "!prod",
        "files!files!prod",
    ),
    "night": ("night",),
    "hand": ("hand",),
}

POLICY = [
    secrets.Allow(
        "prod",
        builders=["deploy", "after"],
        repositories=[ACME],
        branches=["main"],
    ),
    secrets.Allow("night", repositories=[ACME], schedulers=["nightly", "after*"]),
    secrets.Allow("hand", owners=["alice"], forced=True, branches=["*"], repositories=[ACME]),
]

FORGED = {
    "owner": "alice",
    "scheduler": "nightly",
    "branch": "main",
    "repository": ACME,
    "virtual_builder_name": "deploy",
    "buildername": "deploy",
    "keychain_outside": False,
    "name": "prod",
    "text": "%(secret:prod)s",
}


class Asks(BuildStep):
    """Asks for each secret by every name, and notes what it obtains and what it is told."""

    obtained: dict[str, set[str]]
    told: set[str]

    @inlineCallbacks
    def run(self) -> Any:
        obtained = Asks.obtained.setdefault(self.build.builder.name, set())
        asked: list[Any] = [util.Secret(name) for names in SPELLINGS.values() for name in names]
        asked += [
            buildbot_util.Secret("prod"),
            buildbot_util.Interpolate("%(secret:prod)s"),
            util.Interpolate("%(secret:prod:-nothing)s"),
            util.Interpolate("%(secret:missing:-nothing)s"),
            util.Secret("missing"),
            util.Secret(util.Interpolate("%(prop:name)s"), allowed="*"),
            util.Interpolate("%(prop:text)s"),
            util.Secret("form!prod"),
        ]
        for renderable in asked:
            found = yield maybeDeferred(self.build.render, renderable).addErrback(_said)
            obtained.update(name for name, value in VALUES.items() if value in found)
            if renderable in (util.Secret("prod"), util.Secret("missing")):
                Asks.told.add(found)
        return SUCCESS


class Attempt(NamedTuple):
    """What somebody does.

    :param builder: of the build that asks.
    :param gets: the secrets that the policy gives it.
    """

    name: str
    do: Callable[[], Awaitable[Any]]
    builder: str = "deploy"
    gets: set[str] = set()


def builder(name: str) -> BuilderConfig:
    factory = buildbot_util.BuildFactory([Asks()])
    return BuilderConfig(name=name, workernames=["local"], factory=factory)


class PolicyRouteTests(RequestTestCase):
    """What a policy gives, by every route to a build."""

    timeout = 600.0

    def setUp(self) -> None:
        super().setUp()
        self.secrets = self.secrets_directory({**VALUES, "hook": KEY})
        (self.secrets / "link").symlink_to("prod")
        (self.secrets / "sub").mkdir(0o700)
        (self.secrets / "sub" / "up").symlink_to("../prod")
        self.open: set[int] = set()
        self.waiting: list[Deferred[None]] = []
        self.phase = "open"

    def config(self, *rules: Any) -> dict[str, Any]:
        policy = {"policy": list(rules)} if rules else {}
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        more = {
            "builders": [
                builder("deploy"),
                builder("after"),
            ],
            "workers": [worker.LocalWorker("local", missing_timeout=0)],
            "schedulers": [
                schedulers.AnyBranchScheduler("commits", builderNames=["deploy"]),
                schedulers.ForceScheduler("force", ["deploy"]),
                trying := schedulers.Try_Userpass("try", ["deploy"], port=0, userpass=[]),
                schedulers.Dependent("after-try", trying, ["after"]),
                schedulers.Nightly(
                    "nightly",
                    ["deploy"],
                    hour=3,
                    codebases={"": {"branch": "main", "repository": ACME}},
                ),
            ],
            "secretsProviders": [secrets.SecretManager(providers=[provider], **policy)],
        }
        return super().config() | more

    def revision(self, name: str) -> str:
        """Return a revision that no other phase knows."""
        return f"{self.phase}-{name}"

    async def hook(self, sent: Any) -> None:
        """Send a payload that a hook accepts."""
        await self.accepted(sent)

    def hooks(self) -> list[Attempt]:
        git, r = payloads, self.revision
        sent = {
            "a push": (git.github_push("refs/heads/main", r("h0")), {"prod"}),
            "another branch": (git.github_push("refs/heads/maintenance", r("h1")), set()),
            "a tag called main": (git.github_push("refs/tags/main", r("h2")), set()),
            "GitHub": (git.github_pull_request(r("h3")), set()),
            "GitHub, own": (git.github_pull_request(r("h4"), "acme/app"), set()),
            "GitLab push": (git.gitlab_push("refs/heads/main", r("h5")), {"prod"}),
            "GitLab tag": (git.gitlab_push("refs/tags/main", r("h6"), "tag_push"), set()),
            "GitLab": (git.gitlab_merge_request(r("h7")), set()),
            "GitLab note": (git.gitlab_merge_request(r("h8"), "note"), set()),
            "base": (git.plain(r("h9"), category="pull_request"), set()),
            "base, stated": (git.plain(r("h10"), properties='{"keychain_outside": 1}'), set()),
            "base, a fork": (git.plain(r("h11"), repository=FORK), set()),
            "base, forged": (
                git.plain(r("h12"), branch="b", properties='{"branch": "main"}'),
                set(),
            ),
            "base, case": (git.plain(r("h13"), branch="MAIN"), set()),
            "base, space": (git.plain(r("h14"), branch="main "), set()),
            "base, slash": (git.plain(r("h15"), repository=f"{ACME}/"), set()),
            "base, .git": (git.plain(r("h16"), repository=f"{ACME}.git"), set()),
            "base, default branch": (git.plain(r("h17"), branch=""), set()),
            "base, full name": (git.plain(r("h18"), branch="refs/heads/main"), {"prod"}),
        }
        for name in ("bitbucketserver", "bitbucketcloud"):
            of = r(name)
            sent |= {
                f"{name} push": (git.bitbucket_push(name, "branch", "main", of), set()),
                f"{name} tag": (git.bitbucket_push(name, "tag", "main", f"{of}t"), set()),
                f"{name} created": (git.bitbucket_pull_request(name, "created", f"{of}c"), set()),
                f"{name} rejected": (git.bitbucket_pull_request(name, "rejected", f"{of}r"), set()),
            }
        return [
            Attempt(name, partial(self.hook, payload), gets=gets)
            for name, (payload, gets) in sent.items()
        ]

    async def force(
        self, builder: str = "deploy", headers: dict[str, str] | None = None, **fields: Any
    ) -> None:
        known = {"branch": "main", "repository": ACME, "owner": "alice", "reason": "rebuild"}
        fields = {
            "builderNames": [builder],
            "username": "alice <alice@example.org>",
            **known,
            **fields,
        }
        await self.control("forceschedulers/force", "force", headers or {}, **fields)

    def forced(self) -> list[Attempt]:
        r = self.revision
        alice, bob = self.cookies["alice"], self.cookies["bob"]
        hand = {"hand"}
        fields: dict[str, tuple[Any, ...]] = {
            "anonymous": ({}, {}),
            "bob": (bob, {}),
            "bob, a revision of main": (bob, {"revision": r("main")}),
            "alice": (alice, {}, hand),
            "alice, a revision of a merge request": (alice, {"revision": r("h7")}),
            "alice, a revision": (alice, {"revision": r("chosen")}),
            "alice, a tag's": (alice, {"revision": r("tag"), "project": "x"}),
            "alice, pull": (alice, {"branch": "refs/pull/5/head"}),
            "alice, pull, short": (alice, {"branch": "pull/5/head"}),
            "alice, merge request, short": (alice, {"branch": "merge-requests/5/head"}),
            "alice, change, short": (alice, {"branch": "changes/41/41/1"}),
            "alice, keep-around": (alice, {"branch": "refs/keep-around/" + "0123456789" * 4}),
            "alice, another spelling": (alice, {"branch": "heads/main"}),
            "alice, with a +": (alice, {"branch": "+refs/pull/5/head:x"}),
            "alice, a commit as the branch": (alice, {"branch": "0123456789" * 4}),
            "alice, a fork": (alice, {"repository": FORK}),
            "alice, default branch": (alice, {"branch": ""}),
        }
        return [
            Attempt(
                f"forced: {name}",
                partial(self.force, headers=headers, **more),
                gets=gets[0] if gets else set(),
            )
            for name, (headers, more, *gets) in fields.items()
        ]

    async def try_out(self, revision: str, patch: bytes) -> None:
        (scheduler,) = [s for s in self.master.master.allSchedulers() if s.name == "try"]
        perspective = Try_Userpass_Perspective(scheduler, "alice")
        await perspective.perspective_try(
            "main", revision, (0, patch), ACME, "app", ["deploy"], who="alice", properties=FORGED
        )

    async def rebuild(self, builder: str, person: str) -> None:
        (build, *_) = sorted(
            await self.master.master.data.get(("builders", builder, "builds")),
            key=lambda each: -each["buildid"],
        )
        await self.control(f"builds/{build['buildid']}", "rebuild", self.cookies[person])

    async def night(self) -> None:
        (scheduler,) = [s for s in self.master.master.allSchedulers() if s.name == "nightly"]
        await scheduler.startBuild()

    def later(self) -> list[Attempt]:
        r = self.revision
        return [
            Attempt("try", lambda: self.try_out("", b"")),
            Attempt("try a patch", lambda: self.try_out("", b"--- a\n+++ b\n")),
            Attempt("try a revision", lambda: self.try_out(r("main"), b"")),
            Attempt("after try", lambda: self.try_out(r("tried"), b""), "after"),
            Attempt("nightly", self.night, gets={"night"}),
            Attempt("rebuild", lambda: self.rebuild("deploy", "bob")),
        ]

    async def make(self, attempt: Attempt) -> set[str]:
        """Return what the build obtains that `attempt` makes."""
        Asks.obtained.pop(attempt.builder, None)
        data = self.master.master.data
        builderid = await data.updates.findBuilderId(attempt.builder)
        done: Deferred[Any] = self.master.event(
            ("builds", None, "finished"), lambda message: message["builderid"] == builderid
        )
        await attempt.do()
        await done
        await self.rest()
        return Asks.obtained[attempt.builder]

    def note_buildset(self, key: tuple[str, ...], message: dict[str, Any]) -> None:
        """Note which buildsets are being built."""
        if key[-1] == "new":
            self.open.add(message["bsid"])
        elif key[-1] == "complete":
            self.open.discard(message["bsid"])
            if not self.open:
                waiting, self.waiting = self.waiting, []
                for each in waiting:
                    each.callback(None)

    async def rest(self) -> None:
        """Return when nothing is to be built any more."""
        if self.open:
            self.waiting.append(Deferred())
            await self.waiting[-1]

    async def prepare(self) -> None:
        """Bring revisions to ``main`` and to a tag of that name."""
        for ref, name in (("refs/heads/main", "main"), ("refs/tags/main", "tag")):
            push = payloads.github_push(ref, self.revision(name))
            await self.make(Attempt("", partial(self.hook, push)))

    async def test_no_pull_request_obtains_a_protected_secret(self) -> None:
        Asks.obtained, Asks.told = {}, set()
        await self.begin()
        await self.master.master.mq.startConsuming(self.note_buildset, ("buildsets", None, None))
        self.cookies = {person: await self.log_in(person) for person in PASSWORDS}
        problems = []
        for phase, rules in (("open", ()), ("policy", POLICY)):
            self.phase = phase
            if rules:
                await self.master.reconfigure(self.config(*rules))
                Asks.told.clear()
            await self.prepare()
            for attempt in [*self.hooks(), *self.forced(), *self.later()]:
                obtained = await self.make(attempt)
                expected = attempt.gets if rules else set(VALUES)
                if obtained != expected:
                    problems.append(f"{phase}: {attempt.name}: {obtained}, not {expected}")
        self.assertEqual(problems, [], "\n".join(problems))
        told = {each.replace("missing", "prod").replace("after", "deploy") for each in Asks.told}
        told -= set(VALUES.values())
        self.assertEqual(len(told), 1, told)


def _said(failure: Any) -> str:
    """Return the message of an error, which Buildbot may have wrapped."""
    while isinstance(failure.value, FirstError):
        failure = failure.value.subFailure
    return str(failure.value)
