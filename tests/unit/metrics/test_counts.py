from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    AccessDenied,
    ApprovalRequired,
    AuditUnavailable,
    DeniedByPolicy,
    InvalidName,
    NotApproved,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.metrics import LookupCounts


class LookupCountsTests(SynchronousTestCase):
    def test_each_error_has_one_outcome(self) -> None:
        errors: list[tuple[Exception, tuple[str, str]]] = [
            (SecretNotFound("x", ("files",)), ("", "not_found")),
            (DeniedByPolicy("x", "somebody"), ("", "denied")),
            (ApprovalRequired("x", "somebody", ()), ("", "needs_approval")),
            (NotApproved("x", "refused"), ("", "needs_approval")),
            (AuditUnavailable("x", "full"), ("", "withheld")),
            (CancelledError(), ("", "cancelled")),
            (InvalidName("!"), ("", "failed")),
            (ProviderUnavailable("vault", "x", "down"), ("vault", "failed")),
            (AccessDenied("files", "x", "mode"), ("files", "failed")),
        ]
        for error, expected in errors:
            counts = LookupCounts()
            counts.note_error(error)
            self.assertEqual(dict(counts.ended), {expected: 1}, error)

    def test_code_of_others_cannot_make_it_grow(self) -> None:
        counts = LookupCounts()
        fail: Callable[[int], Exception] = lambda n: ProviderUnavailable(f"p{n}", "x", "down")  # noqa: E731
        for number in range(3000):
            counts.note_error(fail(number))
        self.assertLessEqual(len(counts.ended), 1001)
        self.assertEqual(counts.ended.total(), 3000)
