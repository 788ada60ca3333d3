"""Values that builds make themselves, in real builds: of one builder and of those it triggers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from buildbot.steps.shell import SetPropertyFromCommand as BuildbotSetPropertyFromCommand
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, eventAsText, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import keychain, secrets, steps, util
from buildbot_keychain.redaction import Redactor
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

VALUE = "made-at-run-time"
LINE = "h1 secret was hidden in this log: token\n"
PRINT = ["printf", "%s\\n", util.Interpolate("made-at-%(kw:rest)s", rest="run-time")]


class _Hides(BuildStep):
    """Hides a value, as any step may."""

    def run(self) -> Deferred[int]:
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        await keychain.hide(self.build, "token", VALUE)
        return SUCCESS


class HiddenValueTests(RealMasterTestCase):
    protocol = "null"

    async def start(self, *its_steps: Any, child: Any = None, **manager: Any) -> Any:
        """Start a master with a builder of these steps, and one that prints the value."""
        factories = {"builder": its_steps, "other": [steps.ShellCommand(command=PRINT)]}
        if child is not None:
            factories["child"] = child
        config = {
            "builders": [
                BuilderConfig(
                    name=name, workernames=[WORKER_NAME], factory=util.BuildFactory(list(each))
                )
                for name, each in factories.items()
            ],
            "schedulers": [schedulers.Triggerable(name="child", builderNames=list(factories))],
            "secretsProviders": [secrets.SecretManager(**manager)],
        }
        if child is not None:
            config["schedulers"] = [
                schedulers.Triggerable(name="child", builderNames=["child"]),
                schedulers.ForceScheduler("force", list(factories)),
            ]
        self.master = await self.start_master(config)
        return self.master

    async def build(self, *its_steps: Any, **manager: Any) -> Any:
        """Run a build of these steps, then one that prints the value, and return the first."""
        master = await self.start(*its_steps, **manager)
        self.logged: list[str] = []

        @implementer(ILogObserver)
        def log(event: Any) -> None:
            self.logged.append(str(eventAsText(event)))

        globalLogPublisher.addObserver(log)
        build = await master.build()
        globalLogPublisher.removeObserver(log)
        await self.check_that_it_is_forgotten()
        return build

    async def check_that_it_is_forgotten(self) -> None:
        other = await self.master.build("other")
        self.assertIn(f"o{VALUE}\n", other.steps[-1].logs["stdio"])
        self.assertEqual(len(MasterKeychain.of(self.master.master).redactor), 0)

    def texts(self, build: Any) -> Iterator[str]:
        yield str(build.properties)
        for step in build.steps:
            yield str(step.state)
            yield from step.logs.values()

    def assertHidden(self, build: Any) -> None:
        self.assertEqual(build.result, "success", build.outline())
        for text in (*self.texts(build), *self.logged):
            self.assertFalse(VALUE in text, text.replace(VALUE, "VALUE"))

    async def test_a_step_hides_a_property(self) -> None:
        """Also one that was stored before."""
        build = await self.build(
            steps.SetProperty(property="token", value=VALUE),
            steps.HideValue("token", property="token"),
            steps.ShellCommand(command=PRINT),
        )
        self.assertEqual(build.properties["token"], "<token>")
        self.assertIn("o<token>\n", build.steps[-1].logs["stdio"])
        self.assertTrue(build.steps[-1].logs["stdio"].endswith(LINE))
        self.assertEqual(build.result, "success", build.outline())

    async def test_a_property_that_is_rendered(self) -> None:
        build = await self.build(
            steps.SetProperties(properties={"token": util.Interpolate("made-at-run-time")}),
            steps.HideValue("token", property=util.Interpolate("token")),
            steps.ShellCommand(command=PRINT),
        )
        self.assertIn("o<token>\n", build.steps[-1].logs["stdio"])

    async def test_a_wrapped_value(self) -> None:
        build = await self.build(
            steps.SetProperty(property="token", value=util.Hidden("token", VALUE)),
            steps.ShellCommand(command=["test", util.Property("token"), "=", VALUE]),
            steps.ShellCommand(command=PRINT),
        )
        self.assertHidden(build)
        self.assertEqual(build.properties["token"], "<token>")

    async def test_a_command_that_prints_it(self) -> None:
        """Nothing of its output is stored, and later steps get the true value."""
        build = await self.build(
            steps.SetPropertyFromCommand(
                command=["sh", "-c", "echo made-at-run-${X}time; echo log >&2"],
                property="token",
                hide_as="token",
            ),
            steps.ShellCommand(command=["test", util.Property("token"), "=", VALUE]),
        )
        self.assertHidden(build)
        self.assertEqual(build.properties["token"], "<token>")
        log = build.steps[1].logs
        self.assertIn("o<token>\n", log["stdio"])
        self.assertIn("elog\n", log["stdio"])
        self.assertTrue(log["stdio"].endswith(LINE))
        (hidden,) = (
            each
            for each in MasterKeychain.of(self.master.master).hidden_secrets
            if each.sink == "log" and each.log == "stdio"
        )
        # The other one is in the log "property changes".
        self.assertEqual((hidden.secret, hidden.count), ("token", 2))
        assert hidden.line is not None
        self.assertEqual(log["stdio"].splitlines()[hidden.line - 1], "o<token>")
        self.assertIn("token: '<token>'", log["property changes"])

    async def test_what_is_extracted(self) -> None:
        """By our step and by Buildbot's own, whose log has shown it by then."""

        def extract(_code: int, out: str, err: str) -> Any:
            return {"token": util.Hidden("inner", out.strip()), "error": err.strip(), "code": 7}

        command = ["sh", "-c", "echo made-at-run-${X}time; echo other-$((1))-text >&2"]
        build = await self.build(
            steps.SetPropertyFromCommand(command=command, extract_fn=extract, hide_as="outer"),
            steps.ShellCommand(command=["test", util.Property("token"), "=", VALUE]),
        )
        self.assertHidden(build)
        self.assertEqual(build.properties["token"], "<inner>")
        self.assertEqual(build.properties["error"], "<outer>")
        self.assertIn("e<outer>\n", build.steps[1].logs["stdio"])
        self.assertNotIn("other-1-text", build.steps[1].logs["stdio"])

    async def test_a_long_value_is_hidden_in_a_thread(self) -> None:
        """And before its property is set and logged."""
        lines = "".join(f"{VALUE} '{number}' $x\n" for number in range(40))
        many = [f"{VALUE}-{number}" for number in range(5)]
        threads, add = [], Redactor.add_passing

        def noted(*args: Any) -> str:
            threads.append(threading.current_thread())
            return add(*args)

        self.patch(Redactor, "add_passing", noted)
        build = await self.build(
            steps.SetPropertyFromCommand(
                command=["true"],
                extract_fn=lambda *_: {"token": lines, "other": VALUE},
                hide_as="token",
            ),
            steps.ShellCommand(command=["test", util.Property("token"), "=", lines]),
            steps.SetProperty(property="many", value=util.Hidden("many", many)),
        )
        self.assertHidden(build)
        self.assertEqual(build.properties["other"], "<token>")
        in_reactor = [thread is threading.main_thread() for thread in threads]
        # What many short ones take together is long, too.
        self.assertEqual(in_reactor, [False, True, *(False for _ in many)])

    async def test_buildbots_own_step(self) -> None:
        def extract(_code: int, out: str, _err: str) -> Any:
            return {"token": util.Hidden("token", out.strip())}

        build = await self.build(
            BuildbotSetPropertyFromCommand(command=PRINT, extract_fn=extract),
            steps.ShellCommand(command=["test", util.Property("token"), "=", VALUE]),
        )
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(build.properties["token"], "<token>")
        self.assertNotIn(VALUE, build.steps[1].logs["property changes"])

    async def test_children(self) -> None:
        """The first runs when the parent hides the value, the last one outlives it."""
        done = self.directory()
        until = f"until [ -e {done}/%s ]; do sleep 0.02; done"
        number = "%(prop:buildnumber)s"
        wait = util.Interpolate(f"touch {done}/begun-{number}; {until % number}")
        child = [steps.ShellCommand(command=["sh", "-c", wait]), steps.ShellCommand(command=PRINT)]
        its_steps = [
            steps.Trigger(schedulerNames=["child"], waitForFinish=False),
            steps.ShellCommand(command=until % "begun-1"),  # no other one is built in its place
            _Hides(),
            steps.ShellCommand(command=["touch", f"{done}/1", f"{done}/2"]),
            steps.Trigger(schedulerNames=["child"], waitForFinish=True),
            steps.Trigger(schedulerNames=["child"], waitForFinish=False),
        ]
        master = await self.start(*its_steps, child=child)
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        ended = master.event(("buildsets", "4", "complete"))
        (done / "3").touch()
        await ended
        for bsid in (2, 3, 4):
            (child_build,) = await master.builds_of(bsid)
            self.assertIn("o<token>\n", child_build.steps[-1].logs["stdio"])
        await self.check_that_it_is_forgotten()

    async def test_a_child_does_not_receive_it(self) -> None:
        """A log says so, and does not send anybody to look up what no provider has."""
        passed = {"token": util.Property("token"), "other": util.Interpolate("x-%(prop:token)s")}
        its_steps = [
            steps.SetProperty(property="token", value=util.Hidden("token", VALUE)),
            steps.Trigger(schedulerNames=["child"], waitForFinish=True, set_properties=passed),
        ]
        child = [steps.ShellCommand(command=["echo", util.Property("other")])]
        master = await self.start(*its_steps, child=child)
        build = await master.build()
        sentence = (
            "the property 'token' of a new buildset holds the value of token and was withheld: "
            "a value that a build has made itself cannot be looked up, so let each build make one "
            "of its own\n"
        )
        log = build.steps[-1].logs["withheld properties"]
        self.assertIn(sentence, log)
        self.assertIn("the property 'other'", log)
        self.assertNotIn("Interpolate", log)
        (child_build,) = await master.builds_of(2)
        self.assertIn("ox-<token>\n", child_build.steps[-1].logs["stdio"])

    async def test_a_weak_value_is_a_warning(self) -> None:
        build = await self.build(
            steps.SetProperty(property="pin", value="7342"),
            steps.HideValue("pin", property="pin"),
            steps.ShellCommand(command=["echo", "it is 7342"]),
        )
        self.assertEqual(build.result, "warnings", build.outline())
        self.assertIn("the value of 'pin' is shorter than 8 characters", build.steps[2].state)
        self.assertIn("oit is <pin>\n", build.steps[3].logs["stdio"])

    async def test_a_weak_value_where_that_is_an_error(self) -> None:
        build = await self.build(
            steps.SetProperty(property="pin", value="7342"),
            steps.HideValue("pin", property="pin"),
            strict=True,
        )
        self.assertEqual(build.result, "failure", build.outline())
        self.assertNotIn("7342", str(build.steps[2].logs))

    async def test_a_property_that_is_missing(self) -> None:
        build = await self.build(steps.HideValue("token", property="token"))
        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("no property 'token'", build.steps[1].state)
