"""`Report`: what is printed, and the exit status that follows from it."""

from __future__ import annotations

import io
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.scrub._report import Outcome, Report


class ReportTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def report(self, *, writing: bool) -> Report:
        return Report(Terminal(self.err, show_status=False), writing=writing, out=self.out)

    def printed(self) -> tuple[list[str], list[str]]:
        messages = self.err.getvalue().replace("buildbot-keychain: ", "")
        return self.out.getvalue().splitlines(), messages.splitlines()

    def test_nothing_found(self) -> None:
        self.assertEqual(self.report(writing=False).finish(), ExitStatus.SUCCESS)
        self.assertEqual(self.printed(), ([], ["no secrets found in what was checked"]))

    def test_a_search(self) -> None:
        report = self.report(writing=False)
        for name, location in (("token", "a"), ("key", "b"), ("token", "c")):
            report.found(name, location)
        self.assertEqual(report.finish(), ExitStatus.FOUND)
        lines = ["token: a", "key: b", "token: c", "key: 1 occurrence", "token: 2 occurrences"]
        self.assertEqual(
            self.printed(), (lines, ["nothing was changed: add --write to replace them"])
        )

    def test_json(self) -> None:
        report = Report(Terminal(self.err, quiet=True), writing=False, as_json=True, out=self.out)
        report.found("token", "a")
        report.found("token", "b", Outcome.KEPT)
        report.not_checked("log 7", "it is damaged")
        report.file_not_checked("x.log", "it is a directory")
        self.assertEqual(report.finish(), ExitStatus.UNCHECKED)
        lines, messages = self.printed()
        self.assertEqual(
            [json.loads(line) for line in lines],
            [
                {"secret": "token", "location": "a", "outcome": "found"},
                {"secret": "token", "location": "b", "outcome": "kept"},
                {"not_checked": "log 7", "reason": "it is damaged"},
                {"not_checked": "x.log", "reason": "it is a directory"},
                {"occurrences": {"token": 2}},
            ],
        )
        self.assertEqual(messages, [])

    def test_everything_replaced(self) -> None:
        report = self.report(writing=True)
        report.found("token", "a")
        self.assertEqual(report.replaced, 1)
        self.assertEqual(report.finish(), ExitStatus.SUCCESS)
        lines = ["token: a (replaced)", "token: 1 occurrence"]
        self.assertEqual(self.printed(), (lines, ["1 occurrence replaced"]))

    def test_some_kept_or_left(self) -> None:
        for outcome, word in ((Outcome.KEPT, "kept"), (Outcome.LEFT, "left")):
            report = self.report(writing=True)
            report.found("token", "a", outcome)
            report.found("token", "b")
            self.assertEqual(report.finish(), ExitStatus.FOUND)
            self.assertIn(f"1 occurrence {word}", self.err.getvalue())

    def test_some_not_checked(self) -> None:
        report = self.report(writing=True)
        for location in ("a", "b", "c"):
            report.not_checked(location, "it is damaged")
        self.assertEqual(report.finish(), ExitStatus.UNCHECKED)
        _, messages = self.printed()
        self.assertEqual(
            messages[:2],
            ["not checked: a, it is damaged", "not checked: 3 in total, it is damaged"],
        )
