from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from twisted.internet import reactor
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.details import Requester, SecretDescription
from buildbot_keychain.inspection import Loaded
from buildbot_keychain.inspection.check._answers import Answer
from buildbot_keychain.inspection.check._assessment import Assessment, summary
from buildbot_keychain.interfaces import IRequesterAware, ISharesAnswers
from buildbot_keychain.plugins import secrets, steps, util
from buildbot_keychain.providers.service import ProviderService


@implementer(IRequesterAware, ISharesAnswers)
class LearnsThatAllGetTheSame(ProviderService):
    """Holds nothing."""

    name = "learning"
    kind = "learning"
    questions = 0

    async def look_up(self, path: str) -> str | None:
        return None

    def get_for(self, path: str, requester: Requester) -> Any:
        return self.get(path)

    def shared_by(self, path: str, requester: Requester) -> Any:
        self.questions += 1
        return None if self.questions == 1 else ()


class AssessmentTests(TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(mode=0o700)
        (self.directory / "a").write_text("x7Kp2mQ9wLz4")
        (self.directory / "a").chmod(0o600)
        self.told: list[tuple[int, int, str]] = []

    def assessment(self, *builders: str, policy: Any = None, provider: Any = None) -> Assessment:
        config = MasterConfig()
        files = secrets.SecretInAFile(dirname=str(self.directory), name="files")
        config.secretsProviders = [secrets.SecretManager([provider or files], policy=policy)]
        command = ["x", util.Secret("a"), util.Secret("b"), util.Interpolate("%(secret:c:-d)s")]
        factory = util.BuildFactory([steps.ShellCommand(command=command)])
        config.builders = [
            BuilderConfig(name, workernames=["w"], factory=factory) for name in builders
        ]
        loaded = Loaded(self.directory / "master.cfg", self.directory, config, [], [])
        return Assessment(loaded, lambda *told: self.told.append(told))

    async def test_what_is_found_of_each_secret(self) -> None:
        found = self.assessment("one", "two")
        await found.ask(reactor, 10)
        states = {secret.name: secret.state for secret in found.secrets}
        self.assertEqual(states, {"a": "found", "b": "missing", "c": "missing"})
        kinds = [(each.level, each.kind, len(each.places)) for each in found.findings]
        self.assertCountEqual(kinds, [("problem", "missing", 2), ("note", "missing", 2)])
        self.assertEqual(self.told[-1], (3, 3, "asking for secrets"))

    async def test_builders_that_are_decided_on_otherwise(self) -> None:
        policy = [secrets.Allow("*", builders=["one"], outside=True)]
        found = self.assessment("one", "two", policy=policy)
        await found.ask(reactor, 10)
        (a,) = (secret for secret in found.secrets if secret.name == "a")
        outcomes = {each.outcome: [p.builder for p in each.places] for each in a.decisions}
        self.assertEqual(outcomes, {"allowed": ["one"], "denied": ["two"]})
        self.assertEqual(a.state, "found")

    async def test_one_fault_is_told_once(self) -> None:
        """Also of a provider that learns only at the first question that all get one answer."""
        found = self.assessment("one", "two", provider=LearnsThatAllGetTheSame("files", None))
        await found.ask(reactor, 10)
        places = {each.sentence: len(each.places) for each in found.findings}
        self.assertEqual(places["no provider holds the secret 'a'"], 2)

    def test_what_depends_on_who_asks(self) -> None:
        one, two = (Requester("build", builder=name) for name in ("one", "two"))
        known = SecretDescription("x", 3, 1000)
        found = Answer("found", "store", hidden="no", known=known)
        secret = summary("x", {one: Answer("failed", "store"), two: found}, ())
        self.assertEqual((secret.state, secret.version, secret.hidden), ("differs", 3, "no"))
        self.assertEqual(summary("x", {one: found}, ()).state, "found")
        self.assertEqual(summary("x", {}, ()).state, "denied")

    def test_nobody_is_asked(self) -> None:
        found = self.assessment("one")
        found.leave_unasked()
        self.assertEqual([secret.state for secret in found.secrets], ["not asked"] * 3)
        self.assertEqual(found.findings, [])
