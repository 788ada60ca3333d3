from __future__ import annotations

import time

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.attention import ANY_AGE, MaxAge
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.inspection.check._answers import Answer
from buildbot_keychain.inspection.check._faults import faults_of

DAY = 86_400


class FaultTests(SynchronousTestCase):
    def found(self, answer: Answer, ages: MaxAge = ANY_AGE) -> list[tuple[str, str]]:
        return [(level, kind) for level, kind, _ in faults_of("x", answer, ages)]

    def test_what_became_of_the_question(self) -> None:
        for answer, expected in (
            (Answer("found", "files"), []),
            (Answer("missing"), [("problem", "missing")]),
            (Answer("empty", "files"), [("problem", "empty")]),
            (Answer("invalid", "files", "not UTF-8"), [("problem", "invalid")]),
            (Answer("failed", "files", "rejected"), [("problem", "failed")]),
            (Answer("unavailable", "files", "down"), [("unchecked", "unavailable")]),
            (Answer("dynamic", "vault"), [("note", "dynamic")]),
            (Answer("found", "files", "", "a common word"), [("note", "weak")]),
        ):
            self.assertEqual(self.found(answer), expected)

    def test_how_old_it_is(self) -> None:
        now = time.time()
        ages = MaxAge((("files!*", 30.0 * DAY),))
        for created, expires, expected in (
            (now, None, []),
            (now - 31 * DAY, None, [("note", "old")]),
            (now, now - 1, [("problem", "expired")]),
            (now, now + 13 * DAY, [("note", "expires")]),
            (now, now + 15 * DAY, []),
        ):
            known = SecretDescription("x", 1, created, expires)
            self.assertEqual(self.found(Answer("found", "files", known=known), ages), expected)
            other = Answer("found", "vault", known=SecretDescription("x", 1, created))
            self.assertEqual(self.found(other, ages), [])

    def test_the_name_is_in_the_sentence(self) -> None:
        ((_, _, sentence),) = faults_of("deploy/key", Answer("missing"), ANY_AGE)
        self.assertEqual(sentence, "no provider holds the secret 'deploy/key'")

    def test_what_may_have_been_meant_is_in_the_sentence(self) -> None:
        answer = Answer("missing", reason="did you mean 'deploy/key'?")
        ((_, _, sentence),) = faults_of("deploy/kye", answer, ANY_AGE)
        self.assertEqual(
            sentence, "no provider holds the secret 'deploy/kye' (did you mean 'deploy/key'?)"
        )
