from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import fail, succeed
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import (
    AccessDenied,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import IRendersArguments
from buildbot_keychain.providers.arguments._renderables import RenderedArguments, no_text
from tests.support.fakes import everything_of


class Some(RenderedArguments):
    name = "some"


class RenderedTests(TestCase):
    async def test_texts_and_what_is_left_out_stay(self) -> None:
        self.assertEqual(await Some().rendered("x", "key", "text"), "text")
        self.assertIsNone(await Some().rendered("x", "key", None))

    async def test_a_renderable_is_rendered_each_time(self) -> None:
        some = Some()
        verifyObject(IRendersArguments, some)
        answers = ["one", "two"]
        some.use_renderer(lambda given: succeed(f"{given} {answers.pop(0)}"))
        self.assertEqual(await some.rendered("x", "key", 5), "5 one")
        self.assertEqual(await some.rendered("x", "key", 5), "5 two")

    async def test_what_renders_to_no_text(self) -> None:
        for given, reason in (
            (b"canary", "key renders to a value of type bytes; give it a text"),
            (" ", "key renders to a blank text; give it a text"),
        ):
            some = Some()
            some.use_renderer(lambda _, given=given: succeed(given))  # type: ignore[misc]
            error = await self.error(some)
            self.assertEqual(str(error), f"provider 'some', asked for 'x': {reason}")
            self.assertNotIn("canary", everything_of(error))

    async def test_a_provider_says_itself_what_cannot_be_used(self) -> None:
        def problem_of(rendered: object) -> str:
            return "is no shell" if rendered == "canary" else ""

        some = Some()
        answers = ["", "canary"]
        some.use_renderer(lambda _: succeed(answers.pop(0)))
        self.assertEqual(await some.rendered("x", "key", 5, problem_of), "")
        error = await self.error(some, problem_of)
        self.assertEqual(str(error), "provider 'some', asked for 'x': key is no shell")
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        for frame in frames:
            self.assertNotIn("canary", frame.f_locals.values(), frame.f_code.co_name)

    async def test_what_cannot_be_had(self) -> None:
        for given, kind, reason in (
            (SecretNotFound("other", ("files",)), ProviderError, "no provider holds the secret"),
            (AccessDenied("files", "y", "no"), ProviderError, "provider 'files', asked for 'y'"),
            (ProviderUnavailable("files", "y", "away"), ProviderUnavailable, "provider 'files'"),
        ):
            some = Some()
            some.use_renderer(lambda _, given=given: fail(given))  # type: ignore[misc]
            error = await self.error(some)
            self.assertIs(type(error), kind)
            self.assertEqual((error.provider, error.path), ("some", "x"))
            self.assertIn(f"key cannot be had: {reason}", str(error))

    async def test_without_a_manager(self) -> None:
        error = await self.error(Some())
        self.assertIn("key is a renderable; put the provider into a SecretManager", str(error))

    async def error(self, some: Some, problem_of: Callable[[object], str] = no_text) -> Any:
        try:
            await some.rendered("x", "key", object(), problem_of)
        except ProviderError as error:
            return error
        return self.fail("it rendered")
