"""The example of `docs/how-to/approval.md` demands what the page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Approval, Outcome, parse_rules, rule_problems
from tests.support.pages import blocks_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "approval.md"

STAMP = SourceStamp(repository="https://git.example.org/app", branch="main")
DEPLOY = Requester("build", builder="deploy", source_stamps=(STAMP,), outside=False)


class ApprovalPageTests(SynchronousTestCase):
    def test_the_example(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir(mode=0o700)
        example, *_ = blocks_of("python", PAGE)
        config: dict[str, Any] = {"c": {}}
        exec(example.replace("/run/secrets", str(directory)), config)
        (manager,) = config["c"]["secretsProviders"]
        policy = manager.policies.policy
        self.assertEqual(list(rule_problems(policy.rules, ["files"])), [])
        outcome = policy.decide("files", "prod/db", DEPLOY).outcome
        self.assertIs(outcome, Outcome.NEEDS_APPROVAL)
        approvals = policy.approvals("files", "prod/db", DEPLOY)
        self.assertEqual(approvals, (Approval(["release-managers"]),))

    def test_the_entry_in_a_file(self) -> None:
        entry = 'approval = { by = ["release-managers"] }'
        self.assertIn(f"`{entry}`", PAGE.read_text(encoding="utf-8"))
        (rule,) = parse_rules(f'[[allow]]\nsecrets = ["prod/*"]\n{entry}', "policy.toml")
        self.assertEqual(rule.approval, Approval(["release-managers"]))
