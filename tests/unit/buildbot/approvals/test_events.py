from __future__ import annotations

from twisted.logger import LogLevel
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.approvals import ApprovalEvent, audited, log_event
from tests.support.approval_requests import NEW, vote
from tests.support.logged import lines_logged


class LogTests(SynchronousTestCase):
    def test_who_has_said_what(self) -> None:
        lines = lines_logged(
            self, lambda event: event["log_level"] is LogLevel.info and event.get("what")
        )
        log_event(ApprovalEvent("new", NEW))
        log_event(ApprovalEvent("approved", NEW, vote("rita\nforged")))
        what = "approval of files!prod for the builder deploy, build request 7"
        self.assertEqual(
            lines,
            [
                f"{what}: new (asked: managers)",
                f"{what}: approved by 'rita\\nforged', who has said 'fine' (asked: managers)",
            ],
        )

    def test_what_the_audit_records(self) -> None:
        event = audited(ApprovalEvent("refused", NEW, vote()))
        self.assertEqual(
            (event.secret, event.action, event.person, event.request, event.reason),
            ("files!prod", "rejected", "rita", 7, "fine"),
        )
        self.assertEqual((event.requester.builder, event.requester.owner), ("deploy", "bob"))
        self.assertIs(event.requester.outside, False)
        self.assertEqual(audited(ApprovalEvent("new", NEW)).action, "requested")
