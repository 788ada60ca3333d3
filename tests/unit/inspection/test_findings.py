from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import NOTE, PROBLEM, UNCHECKED, Finding, Findings
from buildbot_keychain.inspection._findings import PART, in_order

FINDINGS = (
    Finding(PROBLEM, "b", "y", ("here", "there"), "mend it", "https://example.org/#b"),
    Finding(PROBLEM, "c", "x"),
    Finding(UNCHECKED, "a", "x"),
    Finding(NOTE, "a", "x"),
)


class FindingsTests(SynchronousTestCase):
    def test_they_go_through_json(self) -> None:
        found = Findings("/srv/master", FINDINGS)
        *parts, rest = map(json.loads, found.to_lines())
        self.assertEqual({each[PART] for each in parts}, {"findings"})
        values = [each["value"] for each in parts]
        self.assertEqual(Findings.from_document({**rest, "findings": values}), found)

    def test_the_gravest_is_first(self) -> None:
        self.assertEqual(in_order(reversed(FINDINGS)), FINDINGS)

    def test_some_kinds_are_left_out(self) -> None:
        found = Findings("/srv/master", FINDINGS).without(["a", "none"])
        self.assertEqual([each.kind for each in found.findings], ["b", "c"])
        self.assertEqual([found.count(PROBLEM), found.count(NOTE)], [2, 0])
