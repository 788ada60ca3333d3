from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import NOTE, PROBLEM, UNCHECKED, Finding, Findings
from buildbot_keychain.inspection._findings import in_order

FINDINGS = (
    Finding(PROBLEM, "b", "y", ("here", "there"), "mend it", "https://example.org/#b"),
    Finding(PROBLEM, "c", "x"),
    Finding(UNCHECKED, "a", "x"),
    Finding(NOTE, "a", "x"),
)


class FindingsTests(SynchronousTestCase):
    def test_they_go_through_json(self) -> None:
        found = Findings("/srv/master", FINDINGS)
        self.assertEqual(Findings.from_json(found.to_json()), found)

    def test_the_gravest_is_first(self) -> None:
        self.assertEqual(in_order(reversed(FINDINGS)), FINDINGS)

    def test_some_kinds_are_left_out(self) -> None:
        found = Findings("/srv/master", FINDINGS).without(["a", "none"])
        self.assertEqual([each.kind for each in found.findings], ["b", "c"])
        self.assertEqual([found.count(PROBLEM), found.count(NOTE)], [2, 0])
