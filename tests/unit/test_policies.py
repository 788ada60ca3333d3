from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError, DeniedByPolicy
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.policies import INTERVAL, PolicyFile, is_report, source_of
from buildbot_keychain.policy import Allow, Approval, Deny, rule_problems
from tests.support.fakes import DictProvider
from tests.support.logged import lines_logged


class ByItsClass:
    name = "ByItsClass"

    def get(self, path: str) -> None:
        return None


class ArgumentTests(SynchronousTestCase):
    def test_a_policy_of_rules(self) -> None:
        self.assertIsNone(source_of(None))
        rules = Allow("x"), Deny("y")
        source = source_of(rules)
        assert source is not None
        self.assertEqual(source.policy.rules, rules)
        self.assertEqual((is_report("enforce"), is_report("report")), (False, True))

    def test_wrong_arguments(self) -> None:
        cases: tuple[tuple[dict[str, Any], str], ...] = (
            ({"policy": Allow("x")}, "policy must be a list of Allow(...) and Deny(...)"),
            ({"policy": ["x"]}, "policy must hold Allow(...) and Deny(...), not a str"),
            (
                {"policy": [Allow("x", approval=Approval(["x"]))]},
                "approval needs builds of a Buildbot master",
            ),
            ({"policy": [Allow("valt!x")]}, "no provider is called 'valt'"),
            ({"policy": [], "policy_file": "x"}, "policy and policy_file cannot both be set"),
            ({"policy_file": 1}, "policy_file must be the path of a file"),
            ({"policy_file": "/nowhere/policy.toml"}, "/nowhere/policy.toml: No such file"),
            ({"policy_mode": "off"}, "policy_mode must be 'enforce' or 'report'"),
            ({"policy_mode": []}, "policy_mode must be 'enforce' or 'report'"),
            ({"providers": [ByItsClass()], "policy": []}, "write ByItsClass(name=..., ...)"),
        )
        for arguments, problem in cases:
            with self.assertRaises(ConfigurationError) as caught:
                SecretManager(**arguments)
            self.assertIn(problem, str(caught.exception))


class ThreadClock(Clock):
    """A clock that threads may have something done by, when the test waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: queue.Queue[Any] = queue.Queue()

    def callFromThread(self, function: Any, *arguments: Any) -> None:
        self.from_threads.put((function, arguments))

    def run_threads(self) -> None:
        function, arguments = self.from_threads.get(timeout=20)
        function(*arguments)


class FileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.write("[[allow]]\nsecrets = 'x'")
        self.clock = ThreadClock()
        self.lines = lines_logged(
            self, lambda event: "the policy in" in (event.get("log_format") or "")
        )

    def write(self, text: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.path)

    def watched(self) -> PolicyFile:
        source = PolicyFile(str(self.path))
        source.watch(self.clock, rule_problems)
        self.addCleanup(source.stop)
        return source

    def look(self) -> None:
        self.clock.advance(INTERVAL)
        self.clock.run_threads()

    def test_a_new_version_comes_into_force(self) -> None:
        source = self.watched()
        self.assertEqual(source.policy.rules, (Allow("x"),))
        before = source.policy
        self.look()
        self.assertIs(source.policy, before)
        self.write("[[deny]]\nsecrets = 'x'")
        self.look()
        self.assertEqual(source.policy.rules, (Deny("x"),))
        self.assertEqual(len(self.lines), 1)
        self.assertIn("has changed: 1 rules are in force", self.lines[0])

    def test_a_wrong_version_leaves_the_one_before_in_force(self) -> None:
        source = self.watched()
        for text, expected in (
            ("[[allow]]\nsecrets = 'x'\nbranch = ['main']", ":1: there is no condition 'branch'"),
            ("[[allow]]\nsecrets = 'x'\nbranches = ['main']", "branches needs repositories"),
            ("[[allow", "it is not TOML"),
        ):
            self.write(text)
            self.look()
            self.look()
            self.assertEqual(source.policy.rules, (Allow("x"),))
            self.assertIn(expected, source.problem)
            self.assertIn("the one before stays in force", self.lines.pop())
            self.assertEqual(self.lines, [])
        self.path.unlink()
        self.look()
        self.assertEqual(source.policy.rules, (Allow("x"),))
        self.assertIn("No such file", source.problem)
        self.write("[[allow]]\nsecrets = 'y'")
        self.look()
        self.assertEqual((source.policy.rules, source.problem), ((Allow("y"),), ""))

    def test_a_file_that_anybody_may_write(self) -> None:
        self.path.chmod(0o666)
        self.assertRaises(ConfigurationError, PolicyFile, str(self.path))

    def test_it_is_no_longer_looked_at_when_it_is_stopped(self) -> None:
        source = self.watched()
        source.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_manager_watches_it(self) -> None:
        provider = DictProvider("d", {"x": "a-value-of-x", "y": "a-value-of-y"})
        manager = SecretManager([provider], policy_file=self.path, reactor=self.clock)
        manager.startService()
        self.addCleanup(manager.stopService)
        asker = Requester("service", service="s")
        self.successResultOf(manager.get("x", asker))
        self.failureResultOf(manager.get("y", asker), DeniedByPolicy)
        self.write("[[allow]]\nsecrets = 'y'")
        self.look()
        self.successResultOf(manager.get("y", asker))
        self.failureResultOf(manager.get("x", asker), DeniedByPolicy)
