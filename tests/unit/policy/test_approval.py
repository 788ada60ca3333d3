from __future__ import annotations

from typing import Any
from unittest import TestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.policy import Allow, Approval, Policy


class ApprovalTests(TestCase):
    def test_roles_are_kept_as_they_are(self) -> None:
        approval = Approval(["managers", "owners"], of=2)
        self.assertEqual((approval.by, approval.of), (("managers", "owners"), 2))
        self.assertEqual(hash(approval), hash(Approval(("managers", "owners"), of=2)))

    def test_all_rules_that_apply_count(self) -> None:
        one, two = Approval(["a"]), Approval(["b"], of=2)
        rules = [
            Allow("x", approval=two),
            Allow("x", builders=["b"], approval=one),
            Allow("*"),
            Allow("x", builders=["other"], approval=Approval(["c"])),
            Allow("y", approval=Approval(["d"])),
        ]
        build = Requester("build", builder="b", outside=False)
        for ordered in (rules, rules[::-1]):
            found = Policy(ordered).approvals("files", "x", build)
            self.assertEqual(found, (one, two))

    def test_a_wrong_approval_is_refused(self) -> None:
        cases: tuple[dict[str, Any], ...] = (
            {"by": "x"},
            {"by": []},
            {"by": ["x"], "of": 0},
            {"by": ["x"], "of": 1.5},
            {"by": ["x"], "wait": True},
            {"by": ["x"], "valid": float("nan")},
        )
        for arguments in cases:
            with self.assertRaises(ConfigurationError):
                Approval(**arguments)
