"""What a build learns of a secret that a policy denies it: not even whether there is one.

Two builders are alike, but for the name they ask for: one provider holds a secret of that name, and
nothing holds the other. Of all that anybody can see of their builds, nothing differs.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred, FirstError, inlineCallbacks, maybeDeferred

import buildbot_keychain
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, util
from tests.integration.leaks.listeners import listen_to_events
from tests.support.policies import reasons_logged
from tests.support.real_master import WORKER_NAME, RealMaster, RealMasterTestCase, write_secret

PACKAGE = f"{Path(buildbot_keychain.__file__).parent}/"
PARTS = tuple(f"{PACKAGE}{part}" for part in ("access", "lookups", "policy", "providers"))
"""What decides, and what asks providers."""

VALUE = "sommer2024"
"""Whoever hears that it is right could have guessed it."""

GUESSES = (VALUE, "winter2024", VALUE[:-1], f"password={VALUE}")

HELD, NONE = "held", "missing"
MARK = "mark"
GIVEN = "deploy"


class Asks(BuildStep):
    """Logs what it is told of a secret, and notes which functions of ours that takes once."""

    entered: dict[str, Counter[str]]

    def __init__(self, secret: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.secret = secret

    @inlineCallbacks
    def run(self) -> Any:
        name = self.secret
        text = [f"%(secret:{name}{rest})s" for rest in (":-there", ":+there", ":?|yes|no")]
        asked: list[Any] = [util.Interpolate(each) for each in text]
        asked += [util.Secret(f"files!{name}"), buildbot_util.Interpolate(text[0])]
        told = []
        for each in asked:
            told += [(yield maybeDeferred(self.build.render, each).addErrback(_said))]
        told += [(yield self._counted(util.Secret(f"one!{name}")).addErrback(_said))]
        yield self.addCompleteLog("told", "\n".join(told))
        return SUCCESS

    def _counted(self, secret: Any) -> Any:
        entered = Asks.entered[self.build.builder.name] = Counter()

        def note(frame: FrameType, event: str, _argument: object) -> None:
            code = frame.f_code
            if event == "call" and code.co_filename.startswith(PARTS):
                entered[f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_name}"] += 1

        def end(result: Any) -> Any:
            sys.setprofile(None)
            threading.setprofile(None)
            return result

        threading.setprofile(note)
        sys.setprofile(note)
        return maybeDeferred(self.build.render, secret).addBoth(end)


def _said(failure: Any) -> str:
    """Return the message of an error, which Buildbot may have wrapped."""
    while isinstance(failure.value, FirstError):
        failure = failure.value.subFailure
    return str(failure.value)


def asking(name: str) -> Any:
    """Return the factory of a builder that asks for the secret `name` in every way."""
    factory = util.BuildFactory([Asks(name)])
    cat = steps.ShellCommand(command=["cat", "x"])
    factory.addSteps([cat], withSecrets=[("x", util.Secret(name))])
    # What fails there ends the build, but for these.
    how: dict[str, Any] = {"alwaysRun": True}
    for secret in (util.Secret(name), buildbot_util.Secret(name)):
        factory.addStep(steps.ShellCommand(command=["echo", secret], **how))
        factory.addStep(steps.ShellCommand(command=["true"], env={"X": secret}, **how))
    factory.addStep(steps.SetProperty(property="found", value=util.Secret(name), **how))
    for guess in GUESSES:
        factory.addStep(steps.ShellCommand(name="guess", command=["echo", guess], **how))
    return factory


class DeniedTests(RealMasterTestCase):
    protocol = "null"
    timeout = 240.0

    def setUp(self) -> None:
        super().setUp()
        Asks.entered = {}
        self.secrets = self.secrets_directory({HELD: VALUE})
        self.file = self.directory() / "one.json"
        write_secret(self.file, json.dumps({HELD: VALUE}))
        # What is hidden in the master's own log is reported there, to those who have an account.
        self.lines = reasons_logged(self)
        self.events: list[dict[str, Any]] = []

    def config(self, **more: Any) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "policy": [secrets.Allow("*", builders=[GIVEN], outside=True)],
            "audit": [secrets.AuditToFile(self.directory() / "audit.jsonl")],
        }
        providers = [
            secrets.SecretInAFile(name="files", dirname=str(self.secrets)),
            secrets.SecretInOneFile(str(self.file), name="one"),
        ]
        factories = {f"ask-{name}": asking(name) for name in (HELD, NONE, "lost")}
        # What is remembered of a name is remembered of both.
        using = [VALUE, util.Secret(HELD), util.Secret(NONE)]
        factories[GIVEN] = util.BuildFactory(steps.ShellCommand(command=["echo", x]) for x in using)
        return {
            "builders": [
                BuilderConfig(name=name, workernames=[WORKER_NAME], factory=factory)
                for name, factory in factories.items()
            ],
            "workers": [worker.LocalWorker(WORKER_NAME, missing_timeout=0)],
            "secretsProviders": [secrets.SecretManager(providers=providers, **arguments | more)],
            "www": {"port": "tcp:0:interface=127.0.0.1"},
        }

    async def seen(self, master: RealMaster, name: str) -> dict[str, list[str]]:
        """Return what there is to see of a build that asks for the secret `name`."""

        def plain(text: object) -> str:
            return re.sub(r"\d+(\.\d+)?(e-\d+)?", "#", str(text).replace(name, "NAME"))

        keychain = MasterKeychain.of(master.master)
        self.events.clear()
        self.lines.clear()
        before = _counts(await keychain.metrics.text())
        build = await master.build(f"ask-{name}")
        counted = _counts(await keychain.metrics.text())
        counted.subtract(before)
        await self.all_heard(master)
        printed = [step.logs["stdio"] for step in build.steps if step.name.startswith("guess")]
        for guess, log in zip(GUESSES, printed, strict=True):
            self.assertIn(f"o{guess}\n", log)
        return {
            "build": [plain((build.state, build.result, build.properties))],
            "steps": [plain((s.name, s.state, s.result, s.urls, s.logs)) for s in build.steps],
            "events": sorted(plain(json.dumps(event, sort_keys=True)) for event in self.events),
            "log": [plain(line) for line in self.lines],
            "metrics": [f"{what} {count}" for what, count in sorted(counted.items()) if count],
            "given": sorted(await keychain.given.names_of(build.buildid)),
            "entered": [f"{what} {n}" for what, n in sorted(Asks.entered[f"ask-{name}"].items())],
        }

    async def all_heard(self, master: RealMaster) -> None:
        """Wait until each listener has heard what has happened until now."""
        keys = [(MARK,) * length for length in range(1, 7)]
        self.unheard, self.heard = {*keys}, Deferred[None]()
        for key in keys:
            master.master.mq.produce(key, {})
        await self.heard

    def hear(self, event: dict[str, Any]) -> None:
        """Keep an event, which one of the listeners hears."""
        if MARK not in event["key"]:
            self.events.append(event)
            return
        self.unheard.discard(tuple(event["key"]))
        if not self.unheard:
            self.heard.callback(None)

    async def test_not_even_whether_there_is_one(self) -> None:
        master = await self.start_master(self.config(), worker=False)
        given = await master.build(GIVEN)
        # A build sees its own secret hidden, from when it has it.
        logs = [given.step(name).logs["stdio"] for name in ("shell", "shell_1")]
        self.assertEqual([VALUE in log for log in logs], [True, False])
        listeners = await listen_to_events(master.master.www.getPortnum(), self.hear)
        await self.seen(master, "lost")  # what happens once has happened
        held, none = [await self.seen(master, name) for name in (HELD, NONE)]
        for listener in listeners:
            assert listener.transport is not None
            listener.transport.loseConnection()
        for what, texts in held.items():
            self.assertEqual(texts, none[what], what)
        self.assertEqual(held["given"], [])
        self.assertIn("one!NAME", "".join(held["steps"]))
        entered = {each.partition(" ")[0] for each in held["entered"]}
        self.assertIn("access.py:providers_for", entered)
        self.assertNotIn("lookups/_asking.py:ask", entered)
        of_providers = {each for each in entered if each.startswith("providers/")}
        self.assertEqual(of_providers, {"providers/files/_secret_in_one_file.py:canonical"})

    async def test_a_policy_that_only_reports(self) -> None:
        """It gives, so those it gives to count as given, and nobody else."""
        config = self.config(policy_mode="report")
        master = await self.start_master(config, worker=False)
        for name, hidden in ((HELD, True), (NONE, False)):
            build = await master.build(f"ask-{name}")
            log = build.step("guess").logs["stdio"]
            self.assertEqual(VALUE in log, not hidden, name)


def _counts(text: str) -> Counter[str]:
    """Return the metrics that count, by name and labels."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return Counter(
        {
            what: int(float(value))
            for what, _, value in lines
            if "_total" in what or "_count" in what
        }
    )
