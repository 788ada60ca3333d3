"""What a build is given again at once, and when it is looked up anew."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from copy import copy
from typing import Any

from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred, inlineCallbacks

from buildbot_keychain.access import Observation
from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.audit.asked import Asked
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot._given_again import given_again
from buildbot_keychain.buildbot.builds import collecting
from buildbot_keychain.buildbot.references import Name
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import AccessDenied, DeniedByPolicy, SecretNotFound
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.policy import Policy
from buildbot_keychain.providers.files import _secret_in_a_file
from buildbot_keychain.uses import ALLOWED, WOULD_BE_DENIED
from tests.support.audit_records import events_in
from tests.support.real_master import BUILDER_NAME, RealMasterTestCase, write_secret

VALUE, OTHER = "tr0ub4dor&3-of-the-release", "correct-horse-battery-91x"

Act = Callable[[Any], Coroutine[Any, Any, None]]


class Acts(BuildStep):
    """Does what a test wants in a build."""

    def __init__(self, act: Act, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.act = act

    @inlineCallbacks
    def run(self) -> Any:
        yield Deferred.fromCoroutine(self.act(self.build))
        return SUCCESS


class GivenAgainTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.files = self.secrets_directory({"token": VALUE})
        self.path = self.directory() / "audit.jsonl"
        self.build: Any = None
        self.failure: Any = None

    def config(self, act: Act, **arguments: Any) -> dict[str, Any]:
        settings = {"policy": [secrets.Allow("token", builders=[BUILDER_NAME], schedulers=["*"])]}
        manager = secrets.SecretManager(
            providers=[secrets.SecretInAFile(name="files", dirname=str(self.files))],
            **{**settings, **arguments},
        )
        return self.configuration(util.BuildFactory([Acts(act)]), secretsProviders=[manager])

    def noting(self, act: Act) -> Act:
        """Return what does the same, and notes the build and a failure."""

        async def noting(build: Any) -> None:
            self.build = build
            try:
                await act(build)
            except BaseException as error:
                self.failure = error
                raise

        return noting

    async def run_in_build(self, act: Act, **arguments: Any) -> Any:
        """Have a build do something, and return the master."""
        return await self.run_config(self.config(self.noting(act), **arguments))

    async def run_config(self, config: dict[str, Any]) -> Any:
        """Have a build run, and return the master."""
        running = await self.start_master(config)
        self.running, self.keychain = running, MasterKeychain.of(running.master)
        await running.build(scheduler="nightly")
        if self.failure is not None:
            raise self.failure
        return running

    @property
    def asked(self) -> int:
        return self.keychain.provider_states["files"].asked

    async def given(self, build: Any, kind: Any = None) -> str:
        value: str = await build.render(kind or util.Secret("token"))
        return value

    async def learn(self, build: Any, value: str = VALUE) -> None:
        """Ask until it is given again at once: the first lookup begins to watch the files."""
        for _ in range(3):
            self.assertEqual(await self.given(build), value)
        self.assertIsNotNone(given_again(build, "token"))

    async def calls(self, build: Any) -> int:
        """Return how many functions are called for one rendering, those of C among them."""
        events: Counter[str] = Counter()
        sys.setprofile(lambda _frame, event, _argument: events.update((event,)))
        try:
            rendered = build.render(util.Secret("token"))
        finally:
            sys.setprofile(None)
        self.assertEqual(await rendered, VALUE)
        return events["call"] + events["c_call"]

    async def test_while_nothing_changes(self) -> None:
        async def act(build: Any) -> None:
            await self.learn(build)
            asked = self.asked
            for kind in (util, buildbot_util) * 5:
                value = await self.given(build, kind.Secret("token"))
                text = await self.given(build, kind.Interpolate("a %(secret:token)s b"))
                self.assertEqual((value, text), (VALUE, f"a {VALUE} b"))
                self.assertIsNotNone(self.keychain.references.made.of(value))
                self.assertIsNotNone(self.keychain.references.made.of(text))
            self.assertEqual(self.asked, asked)
            again = await self.calls(build)
            self.keychain._given_again.evict()
            self.assertLess(again, 0.1 * await self.calls(build))

        await self.run_in_build(act, audit=[AuditToFile(self.path)])
        self.assertIsNone(given_again(self.build, "token"))
        await self.keychain.audit.stop()
        given = [event for event in events_in(self.path) if event["event"] == "lookup"]
        self.assertEqual(sum(event.get("times", 1) for event in given), 26)
        self.assertLess(len(given), 26)
        self.assertEqual({event["decision"] for event in given}, {"allowed"})
        self.assertEqual({event["answer"] for event in given}, {"provider", "cache"})
        self.assertEqual({event["requester"]["build"] for event in given}, {1})

    async def test_what_files_hold(self) -> None:
        async def act(build: Any) -> None:
            await self.learn(build)
            write_secret(self.files / "token", OTHER)
            self.assertEqual(await self.given(build), OTHER)
            (self.files / "token").chmod(0o644)
            await self.assertFailure(build.render(util.Secret("token")), AccessDenied)
            (self.files / "token").chmod(0o600)
            self.assertEqual(await self.given(build), OTHER)

        await self.run_in_build(act)

    async def test_what_the_policy_decides(self) -> None:
        async def act(build: Any) -> None:
            source: Any = self.keychain.providers.configuration.policies
            policy = source.policy
            await self.learn(build)
            source.policy = Policy([])
            await self.assertFailure(build.render(util.Secret("token")), DeniedByPolicy)
            source.policy = policy
            self.assertEqual(await self.given(build), VALUE)

        await self.run_in_build(act)

    async def test_a_reconfiguration(self) -> None:
        async def act(build: Any) -> None:
            await self.learn(build)
            config = self.config(act, policy=[secrets.Allow("another", builders=["*"])])
            await self.running.reconfigure(config)
            await self.assertFailure(build.render(util.Secret("token")), DeniedByPolicy)

        await self.run_in_build(act)

    def tagged(self, tag: str, config: dict[str, Any]) -> dict[str, Any]:
        """Return `config` with another tag of the builder, and one that has the tag "release"."""
        builder, other = copy(config["builders"][0]), copy(config["builders"][0])
        builder.tags, other.tags, other.name = [tag], ["release"], "other"
        other.builddir = other.workerbuilddir = "other"
        return {**config, "builders": [builder, other]}

    async def test_a_builder_that_is_configured_otherwise(self) -> None:
        """Also where the list of providers is that of a module, which stays the same."""

        async def act(build: Any) -> None:
            await self.learn(build)
            await self.running.reconfigure(self.tagged("nightly", config))
            await self.assertFailure(build.render(util.Secret("token")), DeniedByPolicy)

        rule = secrets.Allow("token", tags=["release"], schedulers=["*"])
        config = self.config(self.noting(act), policy=[rule])
        await self.run_config(self.tagged("release", config))

    async def test_providers_that_are_set_up_before_builders(self) -> None:
        async def act(build: Any) -> None:
            await self.learn(build)
            reconfigure = build.builder.reconfigServiceWithBuildbotConfig

            async def ask_before(config: Any) -> None:
                await self.learn(build)
                await reconfigure(config)

            def begin(config: Any) -> Deferred[None]:
                return Deferred.fromCoroutine(ask_before(config))

            self.patch(build.builder, "reconfigServiceWithBuildbotConfig", begin)
            await self.running.reconfigure(self.tagged("nightly", self.config(act, policy=[rule])))
            await self.assertFailure(build.render(util.Secret("token")), DeniedByPolicy)

        rule = secrets.Allow("token", tags=["release"], schedulers=["*"])
        config = self.config(self.noting(act), policy=[rule])
        await self.run_config(self.tagged("release", config))

    async def test_who_collects_what_is_looked_up_learns_of_it(self) -> None:
        async def act(build: Any) -> None:
            await self.learn(build)
            for kind in (util, buildbot_util):
                with collecting() as found:
                    rendering = build.render(kind.Secret("token"))
                await rendering
                self.assertEqual(found, {("token", "files"): None})

        await self.run_in_build(act)

    async def test_what_is_evicted(self) -> None:
        async def act(build: Any) -> None:
            await self.learn(build)
            asked = self.asked
            await self.keychain.evict("token")
            self.assertEqual(await self.given(build), VALUE)
            self.assertEqual(self.asked, asked + 1)

        await self.run_in_build(act)

    async def test_where_each_is_looked_up(self) -> None:
        async def act(build: Any) -> None:
            for _ in range(4):
                self.assertEqual(await self.given(build), VALUE)
                self.assertIsNone(given_again(build, "token"))

        sinks = [AuditToFile(self.path)]
        await self.run_in_build(act, audit=sinks, audit_fail_closed=True)
        await self.running.stop()
        await self.run_in_build(act, policy=[], policy_mode="report")

    async def test_schedules_of_changes(self) -> None:
        """What it is given is what the files hold and the policy gives, whatever has changed."""
        self.patch(_secret_in_a_file, "_PAUSE", 0.0)
        names = ("token", "other")
        rules = [secrets.Allow(name, builders=["*"], schedulers=["*"]) for name in names]
        given = 0

        async def act(build: Any) -> None:
            nonlocal given
            chance = random.Random(1)
            source: Any = self.keychain.providers.configuration.policies
            source.policy, allowed = Policy(rules), set(names)
            values: dict[str, str | None] = {"token": VALUE, "other": None}
            is_open = dict.fromkeys(names, False)
            for number in range(600):
                name, what = chance.choice(names), chance.random()
                path = self.files / name
                if what < 0.03:
                    values[name], is_open[name] = f"{OTHER}-{number}", False
                    write_secret(path, f"{OTHER}-{number}")
                elif what < 0.05 and values[name] is not None:
                    is_open[name] = not is_open[name]
                    path.chmod(0o644 if is_open[name] else 0o600)
                elif what < 0.055:
                    values[name], is_open[name] = None, False
                    path.unlink(missing_ok=True)
                elif what < 0.08:
                    chosen = chance.choice((rules, rules, rules[:1], rules[1:], []))
                    source.policy = Policy(chosen)
                    allowed = {rule.secrets[0].path for rule in chosen}
                elif what < 0.085:
                    await self.keychain.evict()
                else:
                    kind = chance.choice((util, buildbot_util))
                    found: Any = await build.render(kind.Secret(name)).addErrback(lambda f: f.type)
                    expected: Any = values[name] or SecretNotFound
                    if name not in allowed:
                        expected = DeniedByPolicy
                    elif is_open[name]:
                        expected = AccessDenied
                    self.assertEqual(found, expected, number)
                    given += isinstance(found, str)

        await self.run_in_build(act)
        self.assertLess(self.asked, given)

    async def test_what_people_have_approved(self) -> None:
        """That is for a time, so it is not kept; nor is what a policy would deny."""

        async def act(build: Any) -> None:
            await self.learn(build)
            again = self.keychain._given_again
            approval = _needing_approval()
            plain = secrets.Allow("token", builders=["*"])
            for rules, outcome, is_kept in (
                ((plain,), ALLOWED, True),
                ((approval,), ALLOWED, False),
                ((plain, approval), ALLOWED, False),
                ((None,), WOULD_BE_DENIED, False),
            ):
                again.forget(build)
                made = self.keychain.references.made
                value = made.secret(build, Name("token", "files"), VALUE)
                details = SecretDetails("files", "token", value)
                details.asked = Asked()
                details.asked.seen = Observation("token", Requester("build"), outcome, rules)
                before: Any = again.circumstances(build, "token")
                again.keep(build, details, before)
                self.assertEqual(given_again(build, "token") is not None, is_kept, outcome)

        await self.run_in_build(act)


def _needing_approval() -> Any:
    return secrets.Allow("token", builders=["*"], approval=secrets.Approval(by=["managers"]))
