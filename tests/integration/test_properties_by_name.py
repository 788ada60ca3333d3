"""Properties that hold secrets reach other builds by name, and are looked up there."""

from __future__ import annotations

import gc
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.properties import Property
from buildbot.process.results import RETRY, SUCCESS
from buildbot.schedulers.forcesched import ForceScheduler, StringParameter
from buildbot.secrets.providers.base import SecretProviderBase
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.outages import _retries
from buildbot_keychain.buildbot.references import PROPERTY
from buildbot_keychain.buildbot.state import DatabaseProblemError
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import AccessDenied, KeychainError
from buildbot_keychain.interfaces import IRequesterAware
from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild, read_build
from tests.support.postgresql import PostgreSQL
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMaster, RealMasterTestCase

VALUE = "s3cr3t-of-a-deployment"
OTHER = "an0ther-s3cr3t-value"
WEAK = "hunter27"


@implementer(IRequesterAware)
class Vault(SecretProviderBase):
    """Has a few secrets, and does not give some of them to some builders."""

    name = "vault"

    def reconfigService(self, denied: Any = (), **values: str) -> None:
        self.values = {"x": VALUE, "y": OTHER, "weak": WEAK, "user": "deploy-user", **values}
        self.denied = set(denied)
        self.asked: list[tuple[str, str | None]] = []

    def get_for(self, path: str, requester: Requester) -> str | None:
        self.asked.append((path, requester.builder or requester.service))
        if requester.builder in self.denied:
            raise AccessDenied(self.name, path, "the policy does not give it to this builder")
        return self.values.get(path)


def prints(name: str, expected: object, **options: Any) -> Any:
    """Return a step that prints a property, and fails unless it is as expected."""
    script = 'printf "it is %s\\n" "$1"; test "$1" = "$2"'
    command = ["sh", "-c", script, "sh", Property(name), expected]
    return steps.ShellCommand(command=command, haltOnFailure=True, **options)


class PropertiesTestCase(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.vault = Vault()

    def builder(self, name: str, *its_steps: Any, **options: Any) -> BuilderConfig:
        factory = util.BuildFactory(its_steps)
        options = {"workernames": [WORKER_NAME], **options}
        return BuilderConfig(name=name, factory=factory, **options)

    def trigger(self, scheduler: str = "child", /, **set_properties: Any) -> Any:
        return steps.Trigger(
            schedulerNames=[scheduler], waitForFinish=True, set_properties=set_properties
        )

    def triggerable(self, name: str, **properties: Any) -> Any:
        return schedulers.Triggerable(name=name, builderNames=[name], properties=properties)

    def configured(self, *builders: BuilderConfig, **options: Any) -> dict[str, Any]:
        """Return a configuration with builders, each with a scheduler of its name."""
        more = options.pop("schedulers", [])
        names = [WORKER_NAME, *options.pop("workers", [])]
        return {
            "builders": list(builders),
            "workers": [
                worker.LocalWorker(name, max_builds=9, missing_timeout=0)
                if name == WORKER_NAME
                else worker.Worker(name, "password", missing_timeout=0)
                for name in names
            ],
            "schedulers": [*[self.triggerable(each.name) for each in builders], *more],
            "secretsProviders": [secrets.SecretManager(providers=[self.vault], **options)],
        }

    async def start(self, *builders: BuilderConfig, **options: Any) -> RealMaster:
        return await self.start_master(self.configured(*builders, **options))

    async def stop_early(self, master: RealMaster) -> None:
        """Stop a master before the builds that it has triggered, which Buildbot logs."""
        await master.stop()
        gc.collect()
        self.flushLoggedErrors(RuntimeError)

    async def last(self, master: RealMaster, builder: str) -> FinishedBuild:
        """Return the last build of a builder."""
        data = master.master.data
        found = await data.get(("builders", builder, "builds"))
        return await read_build(data, found[-1])

    async def buildset_properties(self, master: RealMaster, bsid: int) -> dict[str, Any]:
        found: dict[str, Any] = await master.master.data.get(("buildsets", bsid, "properties"))
        return found

    def assert_nowhere(self, master: RealMaster, *values: str) -> None:
        """Check that no file of the master, its database above all, holds a value."""
        for path in master.basedir.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            for value in values:
                self.assertNotIn(value.encode(), data, path.name)


class TriggerTests(PropertiesTestCase):
    async def test_a_child_gets_the_value_and_shows_a_label(self) -> None:
        child = self.builder("child", prints("tok", VALUE))
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))), child
        )
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertNotIn("withheld properties", build.steps[-1].logs)
        last = await self.last(master, "child")
        self.assertIn("oit is <x>\n", last.steps[-1].logs["stdio"])
        self.assertEqual(last.properties["tok"], "<x>")
        self.assertNotIn("keychain_references", last.properties)
        properties = await self.buildset_properties(master, 2)
        self.assertEqual(properties["tok"], ("<x>", "Trigger"))
        given = await MasterKeychain.of(master.master).given.names_of(last.buildid)
        self.assertEqual(given, {"x"})
        self.assertEqual(self.vault.asked, [("x", BUILDER_NAME), ("x", "child")])
        self.assert_nowhere(master, VALUE)

    async def test_texts_around_secrets_and_what_holds_them(self) -> None:
        text = util.Interpolate(
            "%(prop:stage)s:%(kw:a)s@%(secret:y)s", stage="", a=util.Secret("x")
        )
        values: dict[str, Any] = {
            "text": text,
            "list": [util.Secret("x"), {"k": util.Secret("y")}, 3, None],
        }
        child = self.builder(
            "child",
            prints("text", f"<x>:{VALUE}@{OTHER}"),
            steps.ShellCommand(
                command=[
                    "test",
                    util.Interpolate("%(kw:l)s", l=Property("list")),
                    "=",
                    str([VALUE, {"k": OTHER}, 3, None]),
                ]
            ),
        )
        master = await self.start(self.builder(BUILDER_NAME, self.trigger(**values)), child)
        build = await master.build(properties={"stage": "<x>"})
        self.assertEqual(build.result, "success", build.outline())
        properties = await self.buildset_properties(master, 2)
        self.assertEqual(properties["text"][0], "<x>:<x>@<y>")
        self.assertEqual(properties["list"][0], ["<x>", {"k": "<y>"}, 3, None])

    async def test_buildbots_own_classes(self) -> None:
        values = {
            "a": buildbot_util.Secret("x"),
            "b": buildbot_util.Interpolate("%(kw:u)s:%(secret:y)s", u="me"),
        }
        child = self.builder("child", prints("a", VALUE), prints("b", f"me:{OTHER}"))
        master = await self.start(self.builder(BUILDER_NAME, self.trigger(**values)), child)
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())

    async def test_children_of_children(self) -> None:
        copying = steps.Trigger(
            schedulerNames=["grandchild"], waitForFinish=True, copy_properties=["tok"]
        )
        renamed = self.trigger("other", a=Property("tok"), b=util.Interpolate("%(prop:tok)s!"))
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))),
            self.builder("child", copying, renamed),
            self.builder("grandchild", prints("tok", VALUE)),
            self.builder("other", prints("a", VALUE), prints("b", f"{VALUE}!")),
        )
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual({who for _, who in self.vault.asked if who == "other"}, {"other"})

    async def test_properties_that_a_step_has_set(self) -> None:
        child = self.builder("child", prints("a", VALUE), prints("b", f"{OTHER}/"))
        master = await self.start(
            self.builder(
                BUILDER_NAME,
                steps.SetProperty(property="tok", value=util.Secret("x")),
                steps.SetProperties(properties={"more": util.Interpolate("%(secret:y)s/")}),
                prints("tok", VALUE),
                self.trigger(a=Property("tok"), b=util.Property("more")),
            ),
            child,
        )
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(build.properties["tok"], "<x>")

    async def test_weak_and_public_values(self) -> None:
        child = self.builder("child", prints("weak", WEAK), prints("user", "deploy-user"))
        values: dict[str, Any] = {"weak": util.Secret("weak"), "user": util.Secret("user")}
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(**values)), child, public=["user"]
        )
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        last = await self.last(master, "child")
        self.assertEqual(last.properties["weak"], "<weak>")
        self.assertEqual(last.properties["user"], "deploy-user")
        properties = await self.buildset_properties(master, 2)
        self.assertEqual((properties["weak"][0], properties["user"][0]), ("<weak>", "deploy-user"))

    async def test_a_later_write_counts(self) -> None:
        child = self.builder(
            "child",
            steps.SetProperty(property="tok", value="another"),
            prints("tok", "another"),
            self.trigger("grandchild", tok=Property("tok")),
        )
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))),
            child,
            self.builder("grandchild", prints("tok", "another")),
        )
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())

    async def test_a_property_of_the_builder_counts(self) -> None:
        child = self.builder("child", prints("tok", "its own"), properties={"tok": "its own"})
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))), child
        )
        self.assertEqual((await master.build()).result, "success")
        self.assertEqual(self.vault.asked, [("x", BUILDER_NAME)])

    async def test_a_scheduler_that_stores_them_until_its_time_comes(self) -> None:
        """What it is triggered with travels by name as its own properties do."""
        self.basedir = self.directory()
        master = await self.start_nightly(tok=util.Secret("weak"), own=util.Secret("y"))
        for restarts in (False, True):
            self.assertEqual((await master.build()).result, "success")
            self.assert_nowhere(master, WEAK, VALUE)
            if restarts:
                await master.stop()
                master = await self.start_nightly()
            finished = master.event(("buildsets", None, "complete"))
            await self.fire(master)
            self.assertEqual((await finished)["results"], SUCCESS)
            last = await self.last(master, "child")
            shown = {name: last.properties[name] for name in ("tok", "own", "mine")}
            self.assertEqual(shown, {"tok": "<weak>", "own": "<y>", "mine": "<x>"})
            self.assert_nowhere(master, WEAK, VALUE)

    async def test_a_scheduler_that_stores_what_cannot_travel(self) -> None:
        self.basedir = self.directory()
        changed = util.Transform(lambda value: f"{value}!", util.Secret("x"))
        master = await self.start_nightly(tok=changed, **{PROPERTY: {"templates": {"a": {}}}})
        build = await master.build()
        self.assertIn("the property 'tok' of a new", build.steps[-1].logs["withheld properties"])
        finished = master.event(("buildsets", None, "complete"))
        await self.fire(master)
        await finished
        last = await self.last(master, "child")
        self.assertEqual(last.properties["tok"], "<x>!")
        self.assert_nowhere(master, VALUE)

    async def start_nightly(self, **set_properties: Any) -> RealMaster:
        """Start a master with a scheduler that is triggered, and starts builds once a year."""
        nightly = schedulers.NightlyTriggerable(
            name="nightly", builderNames=["child"], month=1, properties={"mine": util.Secret("x")}
        )
        child = self.builder(
            "child", prints("mine", VALUE), prints("own", OTHER), prints("tok", WEAK)
        )
        builder = self.builder(BUILDER_NAME, self.trigger("nightly", **set_properties))
        config = self.configured(builder, child, schedulers=[nightly])
        return await self.start_master(config, basedir=self.basedir)

    async def fire(self, master: RealMaster) -> None:
        """Have the time of the scheduler come."""
        nightly = next(each for each in master.master.allSchedulers() if each.name == "nightly")
        await nightly.startBuild()


class FailureTests(PropertiesTestCase):
    async def test_a_denied_secret_fails_the_first_step_that_reads_it(self) -> None:
        """However it is read."""
        readings = (
            prints("tok", VALUE),
            steps.ShellCommand(command=["echo", util.Interpolate("%(prop:tok:-none)s")]),
            steps.ShellCommand(command=["echo", buildbot_util.Interpolate("%(prop:tok)s")]),
            steps.ShellCommand(command=["true"], doStepIf=lambda step: step.getProperty("tok")),
            steps.JSONPropertiesDownload(workerdest="properties.json"),
        )
        children = [
            self.builder(f"child{number}", prints("ok", "fine"), reading)
            for number, reading in enumerate(readings)
        ]
        self.vault = Vault(denied=[each.name for each in children])
        names = [each.name for each in children]
        trigger = steps.Trigger(
            schedulerNames=names,
            waitForFinish=True,
            set_properties={"tok": util.Secret("x"), "ok": "fine"},
        )
        master = await self.start(self.builder(BUILDER_NAME, trigger), *children)
        await master.build()
        for name in names:
            last = await self.last(master, name)
            results = [step.result for step in last.steps[1:]]
            self.assertEqual(results, ["success", "failure"], last.outline())
            self.assertIn("secret 'x'", last.steps[-1].state)
            self.assertIn("secret 'x'", last.steps[-1].logs["err.text"])
            self.assertEqual(last.properties["tok"], "<x>")

    async def test_a_build_that_does_not_read_it_succeeds(self) -> None:
        child = self.builder("child", prints("ok", "fine"))
        parent = self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"), ok="fine"))
        master = await self.start(parent, child)
        self.vault.denied = {"child"}
        self.assertEqual((await master.build()).result, "success")

    async def test_a_secret_that_is_gone(self) -> None:
        take = steps.SetProperty(property="gone", value=util.Secret("x"))
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))),
            self.builder("child", prints("tok", VALUE), take),
        )
        get_for = self.vault.get_for
        self.patch(
            self.vault,
            "get_for",
            lambda path, who: None if who.builder == "child" else get_for(path, who),
        )
        build = await master.build()
        self.assertEqual(build.result, "failure")
        last = await self.last(master, "child")
        self.assertIn("secret 'x': no provider holds it", last.steps[-1].state)


class SourcesTests(PropertiesTestCase):
    """Schedulers, builders and forms."""

    async def test_a_scheduler(self) -> None:
        parent = self.builder(BUILDER_NAME, prints("tok", VALUE), prints("weak", WEAK))
        properties = {"tok": util.Secret("x"), "weak": util.Secret("weak")}
        master = await self.start(
            parent,
            schedulers=[
                schedulers.Triggerable(
                    name="nightly", builderNames=[BUILDER_NAME], properties=properties
                )
            ],
        )
        nightly = master.master.scheduler_manager.namedServices["nightly"]
        ids, done = nightly.trigger(waited_for=False)
        bsid, _ = await ids
        await done
        (build,) = await master.builds_of(bsid)
        self.assertEqual(build.result, "success", build.outline())
        stored = await self.buildset_properties(master, bsid)
        self.assertEqual((stored["tok"][0], stored["weak"][0]), ("<x>", "<weak>"))
        self.assert_nowhere(master, VALUE, WEAK)

    async def test_a_builder(self) -> None:
        child = self.builder("child", prints("a", VALUE), prints("b", OTHER))
        parent = self.builder(
            BUILDER_NAME,
            self.trigger(a=Property("tok"), b=Property("more")),
            properties={"tok": util.Secret("x")},
            defaultProperties={"more": util.Secret("y")},
        )
        master = await self.start(parent, child)
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())

    async def force(self, master: RealMaster, **fields: Any) -> FinishedBuild:
        finished = master.event(("buildsets", None, "complete"))
        await master.master.data.control(
            "force", {"builderid": "1", **fields}, ("forceschedulers", "form")
        )
        return (await master.builds_of((await finished)["bsid"]))[-1]

    async def test_the_default_of_a_form(self) -> None:
        tok = StringParameter(name="tok", default=util.Secret("x"))
        show = steps.ShellCommand(command=["test", Property("tok"), "=", Property("expected")])
        expected = StringParameter(name="expected", default=util.Interpolate("%(secret:x)s"))
        form = ForceScheduler("form", [BUILDER_NAME], properties=[tok, expected])
        master = await self.start(self.builder(BUILDER_NAME, show), schedulers=[form])
        for fields in ({}, {"tok": ""}, {"tok": "typed", "expected": "typed"}):
            build = await self.force(master, **fields)
            self.assertEqual(build.result, "success", build.outline())
            shown = fields.get("tok") or "<x>"
            self.assertEqual(build.properties["tok"], shown)
        described = await master.master.data.get(("forceschedulers", "form"))
        defaults = {each["name"]: each["default"] for each in described["all_fields"]}
        self.assertEqual((defaults["tok"], defaults["expected"]), ("", ""))

    async def test_a_default_that_cannot_be_looked_up(self) -> None:
        tok = StringParameter(name="tok", default=util.Secret("missing"))
        form = ForceScheduler("form", [BUILDER_NAME], properties=[tok])
        master = await self.start(self.builder(BUILDER_NAME), schedulers=[form])
        with self.assertRaises(KeychainError) as caught:
            await self.force(master)
        self.assertIn("secret 'missing'", repr(caught.exception))
        self.assertNotIn("asked", repr(caught.exception))


class AgainTests(PropertiesTestCase):
    """Rebuilds, retries and restarts."""

    async def test_a_database_that_may_answer_later(self) -> None:
        self.patch(_retries, "FIRST_PAUSE", 0.0)
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))),
            self.builder("child", prints("tok", VALUE)),
        )
        table = MasterKeychain.of(master.master).references._table
        read, problems = table.read, [DatabaseProblemError("away", may_pass=True)]

        async def read_later(key: str, bsid: int) -> Any:
            if problems:
                raise problems.pop()
            return await read(key, bsid)

        self.patch(table, "read", read_later)
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        data = master.master.data
        found = await data.get(("builders", "child", "builds"))
        self.assertEqual([each["results"] for each in found], [RETRY, SUCCESS])

    async def test_a_rebuild(self) -> None:
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))),
            self.builder(
                "child", steps.ShellCommand(command=["test", Property("tok"), "=", VALUE])
            ),
        )
        await master.build()
        for _ in range(2):  # a rebuild of a rebuild too
            last = await self.last(master, "child")
            finished = master.event(("buildsets", None, "complete"))
            await master.master.data.control("rebuild", {}, ("builds", last.buildid))
            rebuilt = (await master.builds_of((await finished)["bsid"]))[-1]
            self.assertGreater(rebuilt.buildid, last.buildid)
            self.assertEqual(rebuilt.result, "success", rebuilt.outline())
            self.assertEqual(rebuilt.properties["tok"], "<x>")
        self.assertEqual([who for _, who in self.vault.asked], [BUILDER_NAME] + 3 * ["child"])

    async def test_a_retry(self) -> None:
        """The build that is lost, and the one after it, each look it up."""
        retried: list[int] = []

        class Once(BuildStep):
            async def run(self) -> int:
                retried.append(self.build.buildid)
                if len(retried) == 1:
                    self.build.results = RETRY
                    return int(RETRY)
                return int(SUCCESS)

        child = self.builder("child", prints("tok", VALUE), Once(haltOnFailure=True))
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))), child
        )
        build = await master.build()
        self.assertEqual((build.result, len(retried)), ("success", 2), build.outline())
        self.assertEqual([who for _, who in self.vault.asked], [BUILDER_NAME, "child", "child"])

    async def test_a_restart(self) -> None:
        """What was requested before is built with the value of after."""
        trigger = steps.Trigger(
            schedulerNames=["child"],
            set_properties={"tok": util.Secret("x"), "text": util.Interpolate("a%(secret:x)sb")},
        )
        master = await self.start(
            self.builder(BUILDER_NAME, trigger),
            self.builder("child", workernames=["absent"]),
            workers=["absent"],
        )
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        await self.stop_early(master)

        self.vault = Vault(x=(rotated := "r0tated-in-between"))
        child = self.builder("child", prints("tok", rotated), prints("text", f"a{rotated}b"))
        config = self.configured(self.builder(BUILDER_NAME, trigger), child)
        again = await self.start_master(config, basedir=master.basedir)
        complete = again.event(("buildsets", "2", "complete"))
        if not (await again.master.data.get(("buildsets", "2")))["complete"]:
            await complete
        last = await self.last(again, "child")
        self.assertEqual(last.result, "success", last.outline())
        self.assertEqual((last.properties["tok"], last.properties["text"]), ("<x>", "a<x>b"))

    async def test_another_master(self) -> None:
        """Of the same database: it looks the secret up with its own providers."""
        await self.check_another_master(f"sqlite:///{self.directory() / 'shared.sqlite'}")

    async def test_another_master_on_postgresql(self) -> None:
        server = PostgreSQL()
        self.addCleanup(server.stop)
        server.start()
        await self.check_another_master(server.url)

    async def check_another_master(self, database: str) -> None:
        trigger = steps.Trigger(schedulerNames=["child"], set_properties={"tok": util.Secret("x")})
        config = self.configured(
            self.builder(BUILDER_NAME, trigger),
            self.builder("child", workernames=["absent"]),
            workers=["absent"],
        )
        first = await self.start_master({**config, "db_url": database, "multiMaster": True})
        build = await first.build()
        self.assertEqual(build.result, "success", build.outline())
        self.vault = Vault(x=(own := "value-of-another-master"))
        config = self.configured(self.builder("child", prints("tok", own)))
        second = await self.start_master({**config, "db_url": database, "multiMaster": True})
        complete = second.event(("buildsets", "2", "complete"))
        if not (await second.master.data.get(("buildsets", "2")))["complete"]:
            await complete
        last = await self.last(second, "child")
        self.assertEqual(last.result, "success", last.outline())
        self.assertEqual(last.properties["tok"], "<x>")
        await second.stop()
        await self.stop_early(first)


class TextTests(PropertiesTestCase):
    """What only looks like a property by name is a text."""

    async def test_texts_from_outside(self) -> None:
        """Also what holds the very value, or the name by which another property was found."""
        printed = steps.SetPropertyFromCommand(command=["echo", "<x>"], property="printed")
        same = steps.SetPropertyFromCommand(command=["echo", VALUE], property="same")
        looked_up = steps.ShellCommand(command=["true"], env={"TOK": util.Secret("x")})
        names = ["tok", "printed", "same", "forced"]
        child = self.builder(
            "child",
            prints("tok", VALUE),
            prints("printed", "<x>"),
            prints("same", "<x>"),
            prints("forced", util.Interpolate("%%(secret:x)s")),
        )
        outside = self.builder("outside", prints("tok", "<x>"))
        set_properties = {name: Property(name) for name in names[1:]}
        master = await self.start(
            self.builder(
                BUILDER_NAME,
                looked_up,
                printed,
                same,
                self.trigger(tok=util.Secret("x"), **set_properties),
            ),
            child,
            outside,
        )
        build = await master.build(properties={"forced": "%(secret:x)s"})
        self.assertEqual(build.result, "success", build.outline())
        self.assertIn("the property 'same'", build.steps[-1].logs["withheld properties"])
        stored = await self.buildset_properties(master, 2)
        forged = {name: value for name, (value, _source) in stored.items()}
        asked = list(self.vault.asked)
        build = await master.build("outside", properties=forged)
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(self.vault.asked, asked)
        self.assertNotIn(PROPERTY, build.properties)

    async def test_a_copied_row_of_another_buildset(self) -> None:
        """If somebody could write the id into another buildset, it would be of no use."""
        child = self.builder("child", prints("tok", VALUE))
        master = await self.start(
            self.builder(BUILDER_NAME, self.trigger(tok=util.Secret("x"))), child
        )
        await master.build()
        stored = await self.buildset_properties(master, 2)
        buildbots_own = MasterKeychain.of(master.master).updates._updates
        finished = master.event(("buildsets", None, "complete"))
        builderid = await master.master.data.updates.findBuilderId("child")
        await buildbots_own.addBuildset(
            waited_for=False,
            builderids=[builderid],
            sourcestamps=[1],
            properties=stored,
        )
        (build,) = await master.builds_of((await finished)["bsid"])
        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("how it was made is not known", build.steps[-1].state)
