"""Hooks, forms, logins and reporters."""

from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.test.requesthelper import DummyRequest

from buildbot_keychain.buildbot.patches import replacements
from buildbot_keychain.errors import (
    AccessDenied,
    KeychainError,
    ProviderUnavailable,
    SecretNotFound,
)
from tests.support.replacement_case import ReplacementTestCase


class HookTests(ReplacementTestCase):
    def answer(self, error: Exception, master: Any = None) -> tuple[Any, Deferred[Any]]:
        """Return the request to a hook that fails with `error`, and what Buildbot has of it."""
        request: Any = DummyRequest([])
        answer = replacements.answer_hook(lambda *_: fail(error))
        return request, answer(SimpleNamespace(master=master or self.kept), request)

    def test_a_lookup_that_may_succeed_later(self) -> None:
        request, answering = self.answer(ProviderUnavailable("vault", "hook", "it is away"))
        self.assertEqual(request.responseCode, HTTPStatus.SERVICE_UNAVAILABLE)
        self.assertEqual(request.responseHeaders.getRawHeaders("Retry-After"), ["60"])
        self.assertNotIn(b"vault", b"".join(request.written))
        self.assertEqual(request.finished, 1)
        self.assertNoResult(answering)

    def test_one_that_does_not(self) -> None:
        request, answering = self.answer(AccessDenied("vault", "hook", "its policy denies it"))
        self.assertEqual(request.responseCode, HTTPStatus.INTERNAL_SERVER_ERROR)
        self.assertFalse(request.responseHeaders.hasHeader("Retry-After"))
        self.assertNotIn(b"vault", b"".join(request.written))
        self.assertNoResult(answering)

    def test_a_caller_that_has_hung_up(self) -> None:
        request: Any = DummyRequest([])
        looking_up: Deferred[Any] = Deferred()
        answer = replacements.answer_hook(lambda *_: looking_up)
        answering = answer(SimpleNamespace(master=self.kept), request)
        request.processingFailed(Failure(ConnectionLost()))
        looking_up.errback(ProviderUnavailable("vault", "hook", "it is away"))
        self.assertEqual((request.written, request.finished), ([], 0))
        self.assertNoResult(answering)

    def test_other_errors_and_other_masters(self) -> None:
        for error, master in ((ValueError("x"), self.kept), (KeychainError("x"), self.plain)):
            request, answering = self.answer(error, master)
            self.failureResultOf(answering, type(error))
            self.assertEqual(request.finished, 0)


class FormTests(ReplacementTestCase):
    def force(self, error: Exception, master: Any) -> Deferred[Any]:
        force = replacements.force(lambda *_args, **_kwargs: fail(error))
        return force(SimpleNamespace(master=master, name="form"), owner="me")

    def test_who_forces_a_build_is_told_what_pages_show(self) -> None:
        denied = AccessDenied("vault", "x", "https://vault.internal denies it")
        told = self.failureResultOf(self.force(denied, self.kept), KeychainError)
        self.assertIs(told.type, KeychainError)
        self.assertIn("secret 'x'", repr(told.value))
        self.assertNotIn("internal", repr(told.value))
        self.assertIsNone(told.value.__cause__ or told.value.__context__)

    def test_other_errors_and_other_masters(self) -> None:
        missing = SecretNotFound("x", ("vault",))
        for error, master in ((ValueError("x"), self.kept), (missing, self.plain)):
            failure = self.failureResultOf(self.force(error, master), type(error))
            self.assertIs(failure.value, error)


class LoginTests(ReplacementTestCase):
    def test_who_cannot_be_checked_is_not_let_in(self) -> None:
        creds = UsernamePassword(b"w1", b"x")
        away = ProviderUnavailable("vault", "w1", "it is away")
        for error, master, told in (
            (away, self.kept, UnauthorizedLogin),
            (away, self.plain, ProviderUnavailable),
            (ValueError("x"), self.kept, ValueError),
        ):
            log_in = replacements.log_in(lambda *_, error=error: fail(error))
            failure = self.failureResultOf(log_in(SimpleNamespace(master=master), creds), told)
            self.assertIs("vault" in failure.getErrorMessage(), told is ProviderUnavailable)


class ReporterTests(ReplacementTestCase):
    def test_what_it_waits_for_ends_first(self) -> None:
        order: list[str] = []
        self.patch(self.keychain.reports, "wake", lambda _: order.append("woken"))
        stop = replacements.stop_reporter(lambda _self: order.append("stopped"))
        for master in (self.kept, self.plain, None):
            stop(_Reporter(master))
        self.assertEqual(order, ["woken", "stopped", "stopped", "stopped"])


class _Reporter:
    def __init__(self, master: Any) -> None:
        self.master = master
