"""The examples of `docs/how-to/policy.md` decide as the page says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Allow, Deny, Policy, parse_rules, rule_problems
from tests.support.pages import blocks_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "policy.md"

STAMP = SourceStamp(repository="https://git.example.org/app", branch="main")
RELEASE = Requester("build", builder="release-1", source_stamps=(STAMP,), outside=False)
REQUEST = replace(RELEASE, outside=True)
WIP = replace(RELEASE, source_stamps=(replace(STAMP, branch="wip"),))


class PolicyPageTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir(mode=0o700)
        (example,) = blocks_of("python", PAGE)
        config: dict[str, Any] = {"c": {}}
        exec(example.replace("/run/secrets", str(directory)), config)
        (manager,) = config["c"]["secretsProviders"]
        self.policy: Policy = manager.policies.policy

    def is_given(self, requester: Requester, path: str) -> bool:
        return self.policy.decide("files", path, requester).is_allowed

    def test_the_first_example(self) -> None:
        self.assertEqual(list(rule_problems(self.policy.rules, ["files"])), [])
        self.assertTrue(self.is_given(RELEASE, "deploy/key"))
        for requester in (REQUEST, WIP, replace(RELEASE, builder="test")):
            self.assertFalse(self.is_given(requester, "deploy/key"))
        self.assertTrue(self.is_given(WIP, "ci/token"))
        self.assertFalse(self.is_given(REQUEST, "ci/token"))
        self.assertTrue(self.is_given(Requester("service", service="hook/github"), "hook"))
        self.assertFalse(self.is_given(Requester("unknown"), "hook"))

    def test_the_file(self) -> None:
        suggested, text = blocks_of("toml", PAGE)
        self.assertEqual(parse_rules(suggested, "policy.toml"), [self.policy.rules[0]])
        uncommented = "\n".join(line.removeprefix("# ") for line in suggested.splitlines()[11:])
        asked = Allow("ci/npm", builders=["test"], outside=True)
        self.assertEqual(parse_rules(uncommented, "policy.toml"), [asked])
        rules = parse_rules(text, "policy.toml")
        self.assertEqual(rules, [self.policy.rules[0], Deny("prod/*", outside=True)])
        self.assertIsInstance(rules[0], Allow)
