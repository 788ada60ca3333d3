from __future__ import annotations

import gc
from typing import Any

from buildbot.interfaces import IRenderable
from buildbot.process.properties import Properties
from twisted.internet.defer import FirstError
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.buildbot.sinks._renderings import on_secret_error, render_all, secret_error
from buildbot_keychain.errors import SecretNotFound


@implementer(IRenderable)
class Rendering:
    """Renders to a text, or fails."""

    def __init__(self, outcome: Any) -> None:
        self._outcome = outcome

    def getRenderingFor(self, _properties: Any) -> Any:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


class SecretErrorTests(TestCase):
    """`secret_error`."""

    def test_it_is_found_in_nested_renderings(self) -> None:
        missing = SecretNotFound("nope", ("files",))
        inner = Failure(FirstError(Failure(missing), 0))
        self.assertIs(secret_error(Failure(FirstError(inner, 0))), missing)

    def test_other_failures_are_none_of_it(self) -> None:
        self.assertIsNone(secret_error(Failure(ValueError("not about secrets"))))


class OnSecretErrorTests(TestCase):
    """`on_secret_error`."""

    def test_it_is_called_with_the_error(self) -> None:
        missing = SecretNotFound("nope", ("files",))
        errback = on_secret_error(lambda error, more: (error, more))
        self.assertEqual(
            errback(Failure(FirstError(Failure(missing), 0)), "more"), (missing, "more")
        )

    def test_other_failures_are_passed_on(self) -> None:
        failure = Failure(ValueError("not about secrets"))
        self.assertIs(on_secret_error(lambda _: self.fail("called"))(failure), failure)


class RenderAllTests(TestCase):
    """`render_all`."""

    def setUp(self) -> None:
        """Collect failures that Buildbot 4.0 drops when a rendering in a list fails."""
        self.addCleanup(self.flushLoggedErrors, FirstError, SecretNotFound, ZeroDivisionError)
        self.addCleanup(gc.collect)

    async def render(self, value: Any) -> Any:
        properties = Properties()
        properties.properties["p"] = (value, "test")
        ((rendered, source),) = (await render_all(properties)).values()
        self.assertEqual(source, "test")
        return rendered

    async def test_values(self) -> None:
        self.assertEqual(await self.render("plain"), "plain")
        self.assertEqual(
            await self.render([Rendering("a"), {"k": Rendering("b")}]), ["a", {"k": "b"}]
        )

    async def test_a_missing_secret_is_its_reason(self) -> None:
        """Strangers read what pages show; the log has the rest."""
        lines: list[str] = []

        @implementer(ILogObserver)
        def observe(event: Any) -> None:
            lines.append(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        missing = SecretNotFound("nope", ("files",), "did you mean 'note'?")
        for value in (Rendering(missing), [[Rendering(missing)]]):
            self.assertEqual(await self.render(value), f"[{missing.page_message}]")
            self.assertIn(f"the property 'p': {missing}", lines)

    async def test_other_errors_are_raised(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            await self.render(Rendering(ZeroDivisionError()))
        with self.assertRaises(FirstError):
            await self.render([Rendering(ZeroDivisionError())])
