from __future__ import annotations

from dataclasses import replace
from unittest import TestCase

from buildbot_keychain.buildbot.approvals._asked import new_request, require_hope
from buildbot_keychain.buildbot.approvals._subjects import Subject
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import NotApproved
from buildbot_keychain.policy import Approval, Question
from tests.support.approval_requests import NEW, SUBJECT, vote

QUESTION = Question("files", "prod", Requester("build"))
APPROVALS = (Approval(["a"], wait=60, valid=9), Approval(["b"], of=2, wait=30, valid=90))


class AskedTests(TestCase):
    def test_the_strictest_of_several_rules_counts(self) -> None:
        request = new_request(SUBJECT, "prod|x", (QUESTION, APPROVALS), 100.5, str.upper)
        self.assertEqual((request.path, request.name), ("PROD", "PROD|X"))
        self.assertEqual((request.expires_at, request.valid_for), (130, 9))
        self.assertEqual(request.asked, "a and 2 people of b")

    def test_what_is_another_request(self) -> None:
        def id_of(subject: Subject = SUBJECT, question: Question = QUESTION) -> str:
            return new_request(subject, "x", (question, APPROVALS), 100, str).id

        others = {
            id_of(replace(SUBJECT, identity=("deploy", "7", "31", "000"))),
            id_of(question=QUESTION._replace(path="prod2")),
            id_of(question=QUESTION._replace(provider="vault")),
        }
        self.assertEqual(len(others | {id_of()}), 4)
        # A retry has another number, and perhaps another worker.
        retry = id_of(replace(SUBJECT, build=2), QUESTION._replace(requester=Requester("x")))
        self.assertEqual(retry, id_of())

    def test_what_people_have_seen(self) -> None:
        """Whoever approves code from inside has not approved what is from outside by now."""
        asked = [
            new_request(replace(SUBJECT, outside=outside), "x", (QUESTION, APPROVALS), 100, str)
            for outside in (True, None, False)
        ]
        self.assertEqual([each.outside for each in asked], [True, None, False])
        self.assertEqual(len({each.digest for each in asked}), 3)
        self.assertEqual(len({each.id for each in asked}), 1)


class HopeTests(TestCase):
    def test_what_a_build_hears(self) -> None:
        used = replace(NEW, state="released", valid_until=150)
        for request, expected in (
            (None, "people were asked about 20 secrets for the build, and about no more"),
            (
                replace(NEW, state="refused", votes=(vote("otto", approves=False),)),
                "'otto' refused to approve it for this build",
            ),
            (replace(NEW, state="expired"), "not approved within 100 seconds (asked: managers)"),
            (used, "it was approved, and could be used for 50 seconds"),
            (replace(used, state="approved"), "it was approved, and could be used"),
            (replace(NEW, state="ended"), "the build request has ended"),
        ):
            with self.assertRaises(NotApproved) as caught:
                require_hope(request, "prod", 150)
            self.assertIn(expected, str(caught.exception))
        for hopeful in (NEW, used):
            self.assertEqual(require_hope(hopeful, "prod", 149), hopeful)
