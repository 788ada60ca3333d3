from __future__ import annotations

from typing import Any

from twisted.internet.defer import succeed
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.interfaces import IRendersArguments
from buildbot_keychain.providers.rendered import RenderedArguments
from tests.unit.fakes import everything_of


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

    async def test_without_a_manager(self) -> None:
        error = await self.error(Some())
        self.assertIn("key is a renderable; put the provider into a SecretManager", str(error))

    async def error(self, some: Some) -> Any:
        try:
            await some.rendered("x", "key", object())
        except ProviderError as error:
            return error
        return self.fail("it rendered")
