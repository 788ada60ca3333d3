from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import NOTE, PROBLEM, Finding
from buildbot_keychain.inspection.check import Decision, Place, Report, Secret, _answers
from buildbot_keychain.inspection.check._report import GIVEN, WOULD_BE_DENIED
from buildbot_keychain.policy import Outcome
from buildbot_keychain.web import host_inspections

PLACE = Place("builder 'b', step 1 (Git)", "sshPrivateKey", "b", 0, None)
REPORT = Report(
    "/srv/master/master.cfg",
    (Finding(PROBLEM, "missing", "no provider holds 'x'", ("here",)), Finding(NOTE, "a", "b")),
    1,
    2,
    (
        Secret("x", "missing"),
        Secret(
            *("y", "found", "files", 3, 1000, 2000, "no"),
            (Decision("allowed", "Allow('y')", "master.cfg:1", ("outside",), (PLACE,)),),
        ),
    ),
)


class ReportTests(SynchronousTestCase):
    def test_it_goes_through_json(self) -> None:
        *parts, rest = REPORT.to_lines()
        self.assertEqual(len(parts), len(REPORT.findings) + len(REPORT.secrets))
        document = json.loads(rest)
        for text in parts:
            self.assertTrue(text.isascii() and text.isprintable())
            part = json.loads(text)
            document[part["part"]].append(part["value"])
        self.assertEqual(Report.from_document(document), REPORT)

    def test_places_in_words(self) -> None:
        self.assertEqual(str(PLACE), "builder 'b', step 1 (Git), sshPrivateKey=")

    def test_findings_are_counted(self) -> None:
        self.assertEqual([REPORT.count(level) for level in (PROBLEM, NOTE, "unchecked")], [1, 1, 0])

    def test_pages_know_its_states_and_outcomes(self) -> None:
        states = {
            *(_answers.FOUND, _answers.MISSING, _answers.EMPTY, _answers.INVALID),
            *(_answers.FAILED, _answers.UNAVAILABLE, _answers.DYNAMIC),
            *("denied", "differs", "not asked"),
        }
        self.assertEqual(set(host_inspections.STATES), states)
        outcomes = {*(each.value for each in Outcome), GIVEN, WOULD_BE_DENIED, "not asked"}
        self.assertEqual(set(host_inspections.OUTCOMES), outcomes)
