"""Secrets that people type into force forms, on a real master: given to builds, shown nowhere."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import ILogObserver, eventAsText, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.key_rings import make_key_file
from tests.support.master_web import ControlRefused, MasterWeb
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

VALUE = "kZ4vt9Qw2Lm XrT'yPs6\\D=ö"
OTHER = "t4sXb8Qm2Nz xÖ'dKv\\=u7"
LINES = "-----BEGIN-----\nYc5HuJe1GaVf0Kw7\n-----END-----\n"
FORM = "form!pw"


@implementer(ILogObserver)
class _Log:
    """The process's log, as its file would have it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: Any) -> None:
        self.lines.append(eventAsText(event))


def forms_of(value: str) -> Iterator[bytes]:
    """Yield a value in spellings in which something might store it."""
    raw = value.encode()
    yield raw
    yield repr(value)[1:-1].encode()
    yield json.dumps(value)[1:-1].encode()
    yield value.encode("unicode_escape")
    yield b64encode(raw)[:-4]
    yield raw.hex().encode()
    yield quote(value).encode()
    yield value.encode("utf-16-le")


class FormSecretTests(RealMasterTestCase):
    protocol = "pb"
    form = "force"

    def setUp(self) -> None:
        super().setUp()
        self.basedir = self.directory()
        self.key_file = make_key_file(self.directory())
        self.log = _Log()
        globalLogPublisher.addObserver(self.log)
        self.addCleanup(globalLogPublisher.removeObserver, self.log)

    def shell(self, expected: str, name: str = FORM, **options: Any) -> Any:
        """Return a step that succeeds if the secret is as expected, which it prints."""
        # The configuration has no value, which Buildbot logs when a step has failed.
        digest = hashlib.sha256(expected.encode()).hexdigest()
        environment = {"PW": util.Interpolate(f"%(secret:{name})s"), "EXPECTED": digest}
        command = (
            'test "$(printf %s "$PW" | sha256sum | cut -d" " -f1)" = "$EXPECTED" && '
            'printf "it is %s\\n" "$PW"'
        )
        return steps.ShellCommand(
            command=["sh", "-c", command], env=environment, logEnviron=False, **options
        )

    def settings(self, factories: dict[str, list[Any]], **manager: Any) -> dict[str, Any]:
        return {
            "builders": [
                BuilderConfig(
                    name=name, workernames=[WORKER_NAME], factory=util.BuildFactory(its_steps)
                )
                for name, its_steps in factories.items()
            ],
            "schedulers": [
                schedulers.ForceScheduler(
                    self.form,
                    ["builder"],
                    properties=[
                        util.SecretParameter("pw", label="Password"),
                        util.StringParameter("plain"),
                        util.SecretParameter("key", multiline=True, required=False),
                    ],
                ),
                schedulers.Triggerable("child", ["child"] if "child" in factories else ["builder"]),
            ],
            "secretsProviders": [secrets.SecretManager(**({"key_file": self.key_file} | manager))],
            "www": {"port": "tcp:0:interface=127.0.0.1", "plugins": {}},
        }

    async def start(
        self, factories: dict[str, list[Any]], *, strict: bool = False, **options: Any
    ) -> Any:
        self.master = await self.start_master(
            self.settings(factories, strict=strict), basedir=self.basedir, **options
        )
        self.web = MasterWeb(self.master.master.www.getPortnum())
        return self.master

    async def force(self, **typed: Any) -> int:
        """Force a build as code of the master does, and return its buildset."""
        scheduler = next(s for s in self.master.master.allSchedulers() if s.name == self.form)
        bsid, _ = await scheduler.force("alice", builderid=None, **typed)
        return bsid

    async def post(self, **typed: Any) -> int:
        """Force a build as a browser does, and return its buildset."""
        path = f"forceschedulers/{self.form}"
        bsid, _ = await deferToThread(self.web.control, path, "force", typed)
        return bsid

    async def finished(self, force: Callable[[], Any]) -> Any:
        """Return the last build of what `force` adds."""
        complete = self.master.event(("buildsets", None, "complete"))
        bsid = await force()
        await complete
        return (await self.master.builds_of(bsid))[-1]

    def execute(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.basedir / "state.sqlite")) as connection, connection:
            return connection.execute(statement).fetchall()

    def dump(self) -> bytes:
        """Return all that the master has stored in its directory, and logged."""
        files = [path for path in sorted(self.basedir.rglob("*")) if path.is_file()]
        stored = [path.read_bytes() for path in files]
        return b"\0".join([*stored, "\n".join(self.log.lines).encode()])

    async def rest(self) -> bytes:
        """Return what the REST API shows of forms, buildsets, requests, builds and steps."""
        paths = ["forceschedulers", "buildsets", "buildrequests", "builds", "builders", "changes"]
        paths += [
            f"buildsets/{bsid}/properties" for (bsid,) in self.execute("SELECT id FROM buildsets")
        ]
        for (buildid,) in self.execute("SELECT id FROM builds"):
            paths += [f"builds/{buildid}/properties", f"builds/{buildid}/steps"]
        for (logid,) in self.execute("SELECT id FROM logs"):
            paths.append(f"logs/{logid}/raw")
        pages = [await deferToThread(self.web.page, f"/api/v2/{path}") for path in paths]
        return "\n".join(page.text for page in pages).encode()

    def found(self, where: bytes, value: str = VALUE) -> list[bytes]:
        """Return the spellings of a value that somebody can find there."""
        return [form for form in forms_of(value) if form in where]

    async def kept(self) -> int:
        """Return how many values are kept, after what has ended has had its effect."""
        await deferLater(reactor, 0)  # whoever else is told of the end of a buildset
        await MasterKeychain.of(self.master.master).forms.settled()
        ((count,),) = self.execute("SELECT count(*) FROM keychain_form_values")
        return int(count)

    async def assertNowhere(self) -> None:
        shown = self.dump() + await self.rest()
        for value in (VALUE, LINES, "Yc5HuJe1GaVf0Kw7"):
            self.assertEqual(len(self.found(shown, value)), 0)

    async def test_what_is_typed_reaches_the_build_and_nothing_else(self) -> None:
        await self.start({"builder": [self.shell(VALUE), self.shell(LINES, "form!key")]})
        build = await self.finished(lambda: self.post(pw=VALUE, key=LINES))
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(build.properties["pw"], "<form!pw>")
        self.assertNotIn("keychain_form_values", build.properties)
        self.assertIn("it is <form!pw>", "".join(build.steps[-2].logs.values()))
        (line,) = [line for line in self.log.lines if "typed into the form" in line]
        self.assertIn("form!pw, form!key typed into the form 'force' by", line)
        await self.assertNowhere()
        self.assertEqual(await self.kept(), 0)

    async def test_what_is_typed_into_another_field_is_found(self) -> None:
        """So the search would find the value of this one."""
        await self.start({"builder": [steps.ShellCommand(command=["echo", "done"])]})
        refused = self.assertFailure(
            Deferred.fromCoroutine(self.post(pw=f"{VALUE}\nline")), ControlRefused
        )
        self.assertIn("it must be one line", str(await refused))
        await self.finished(lambda: self.post(pw=VALUE, plain=OTHER))
        for shown in (self.dump(), await self.rest()):
            self.assertGreater(len(self.found(shown, OTHER)), 0)
            self.assertEqual(len(self.found(shown, VALUE)), 0)

    async def test_a_weak_value_is_refused_by_the_form(self) -> None:
        await self.start({"builder": [self.shell(VALUE)]}, strict=True, worker=False)
        refused = self.assertFailure(Deferred.fromCoroutine(self.post(pw="weak")), ControlRefused)
        self.assertIn("strict=True does not allow", str(await refused))

    async def test_children_and_what_is_passed_on_by_name(self) -> None:
        trigger = steps.Trigger(
            schedulerNames=["child"],
            waitForFinish=True,
            set_properties={"passed": util.Interpolate("%(secret:form!pw)s")},
        )
        passed = steps.ShellCommand(
            command=["sh", "-c", 'test "$PASSED" = "$EXPECTED"'],
            env={"PASSED": util.Interpolate("%(prop:passed)s"), "EXPECTED": VALUE},
            logEnviron=False,
        )
        await self.start({"builder": [trigger], "child": [self.shell(VALUE), passed]})
        build = await self.finished_of(await self.force(pw=VALUE))
        self.assertEqual(build.result, "success", build.outline())
        await self.assertNowhere()
        self.assertEqual(await self.kept(), 0)

    async def finished_of(self, bsid: int) -> Any:
        buildset = await self.master.master.data.get(("buildsets", bsid))
        if not buildset["complete"]:
            await self.master.event(
                ("buildsets", str(bsid), "complete"), lambda message: message["bsid"] == bsid
            )
        return (await self.master.builds_of(bsid))[-1]

    async def test_after_a_restart_and_in_a_rebuild(self) -> None:
        await self.start({"builder": [self.shell(VALUE)]}, worker=False)
        bsid = await self.force(pw=VALUE)
        self.assertEqual(await self.kept(), 1)
        await self.master.stop()
        await self.start({"builder": [self.shell(VALUE)]})
        build = await self.finished_of(bsid)
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(await self.kept(), 0)
        path = f"builds/{build.buildid}"
        rebuilt = await self.finished(
            lambda: deferToThread(lambda: self.web.control(path, "rebuild", {})[0])
        )
        self.assertEqual(rebuilt.result, "failure")
        text = str([step.logs for step in rebuilt.steps])
        self.assertIn("force a new build and type it again", text)
        await self.assertNowhere()

    async def test_a_failed_build(self) -> None:
        await self.start({"builder": [self.shell("another")]})
        build = await self.finished(lambda: self.force(pw=VALUE))
        self.assertEqual((build.result, await self.kept()), ("failure", 0))
        (line,) = [line for line in self.log.lines if "typed into the form" in line]
        self.assertIn("form!pw typed into the form 'force' by 'alice', for the buildset 1", line)

    async def test_a_request_that_is_cancelled(self) -> None:
        await self.start({"builder": [self.shell(VALUE)]}, worker=False)
        bsid = await self.force(pw=VALUE)
        self.assertEqual(await self.kept(), 1)
        ((request,),) = self.execute("SELECT id FROM buildrequests")
        complete = self.master.event(("buildsets", None, "complete"))
        await self.master.master.data.control("cancel", {}, ("buildrequests", str(request)))
        await complete
        self.assertEqual(await self.master.builds_of(bsid), [])
        self.assertEqual(await self.kept(), 0)

    async def test_a_worker_that_is_lost(self) -> None:
        directory = self.directory()
        once = [True]
        waits = steps.ShellCommand(
            name="waits", command=["sleep", "60"], doStepIf=lambda _step: once and once.pop()
        )
        await self.start(
            {"builder": [self.shell(VALUE), waits, self.shell(VALUE)]}, worker_basedir=directory
        )
        started = self.master.event(
            ("steps", None, "started"), lambda message: message["name"] == "waits"
        )
        bsid = await self.force(pw=VALUE)
        await started
        await self.master.detach_worker()
        self.assertEqual(await self.kept(), 1)
        await self.master.attach_worker(directory)
        build = await self.finished_of(bsid)
        self.assertEqual(len(await self.master.builds_of(bsid)), 2)
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(await self.kept(), 0)

    async def test_nobody_else_is_given_it(self) -> None:
        others = [
            self.shell(VALUE),
            steps.ShellCommand(command=["echo", util.Interpolate("%(secret:pw)s")], alwaysRun=True),
        ]
        await self.start({"builder": [self.shell(VALUE)], "child": others}, worker=False)
        await self.force(pw=VALUE)
        ((entry,),) = self.execute(
            "SELECT property_value FROM buildset_properties "
            "WHERE property_name = 'keychain_form_values'"
        )
        await self.master.attach_worker(self.directory())
        copied = {"keychain_form_values": entry, "pw": "<form!pw>"}
        build = await self.master.build("child", properties=copied)
        self.assertEqual([step.result for step in build.steps[-2:]], ["failure", "failure"])
        text = str([step.logs for step in build.steps])
        self.assertIn("no provider holds it", text)

    async def test_the_builds_of_others_do_not_hide_it(self) -> None:
        commit = "4f9d1c0b7e2a8635d1f0c9b7a6e5d4c3b2a19087"
        say = steps.ShellCommand(command=["echo", commit], alwaysRun=True)
        await self.start({"builder": [self.shell(commit), say], "child": [say]})
        build = await self.finished(lambda: self.force(pw=commit))
        self.assertEqual(build.result, "success", build.outline())
        self.assertNotIn(commit, str([step.logs for step in build.steps[1:]]))
        other = await self.master.build("child")
        self.assertIn(commit, str([step.logs for step in other.steps]))
        self.assertEqual(await self.kept(), 0)
        self.assertEqual(len(MasterKeychain.of(self.master.master).redactor), 0)

    async def test_a_field_that_is_left_empty(self) -> None:
        empty = steps.ShellCommand(
            command=["echo", util.Interpolate("is %(secret:form!key:-not given)s")]
        )
        await self.start({"builder": [empty]})
        build = await self.finished(lambda: self.force(pw=VALUE, key=""))
        self.assertIn("is not given", "".join(build.steps[-1].logs.values()))
