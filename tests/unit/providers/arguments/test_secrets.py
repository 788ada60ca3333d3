from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

from buildbot.process.properties import Property
from buildbot.process.properties import Secret as BuildbotSecret
from twisted.internet.defer import fail, succeed
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import IRendersArguments
from buildbot_keychain.providers.arguments._secrets import (
    RenderedArguments,
    SecretArgument,
    bearer_token_problem,
    blank_problem,
    is_renderable,
)
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.reachable import reachable_text

CANARY = "canary-0123456789"


class IsRenderableTests(SynchronousTestCase):
    def test_renderables_of_ours_and_of_buildbot(self) -> None:
        for value in (
            Secret("a"),
            Interpolate("%(secret:a)s"),
            BuildbotSecret("a"),
            Property("a"),
        ):
            self.assertTrue(is_renderable(value), value)

    def test_other_values_and_classes_of_renderables(self) -> None:
        for value in ("a", b"a", 5, None, ["a"], object(), Secret, BuildbotSecret):
            self.assertFalse(is_renderable(value), value)


class ProblemTests(SynchronousTestCase):
    def test_blank_texts(self) -> None:
        self.assertEqual(blank_problem("a"), "")
        for text in ("", " ", "\n\t"):
            self.assertEqual(blank_problem(text), "is blank; give it a value")

    def test_bearer_tokens(self) -> None:
        for good in ("a", "a.b-c_d~e+f/g=", "!{}"):
            self.assertEqual(bearer_token_problem(good), "")
        self.assertIn("is blank", bearer_token_problem(" "))
        for bad in ("a b", "a\n", "a\r\nX-Odd: b", "\u00e9", "a\0"):
            self.assertIn("other characters than visible ASCII", bearer_token_problem(bad))


class SecretArgumentTests(SynchronousTestCase):
    def test_texts_and_renderables_are_accepted(self) -> None:
        self.assertEqual(SecretArgument("some", "key", CANARY).constant, CANARY)
        for given in (Secret("a"), BuildbotSecret("a")):
            argument = SecretArgument("some", "key", given)
            self.assertIs(argument.given, given)
            self.assertIsNone(argument.constant)

    def test_other_values_are_rejected_and_not_shown(self) -> None:
        for given, kind in (
            (CANARY.encode(), "bytes"),
            (None, "NoneType"),
            (5, "int"),
            ([CANARY], "list"),
            (Secret, "the class Secret"),
        ):
            error = self.assertRaises(ConfigurationError, SecretArgument, "some", "key", given)
            self.assertEqual(
                str(error),
                f"some: key must be a str or a renderable such as Secret('file!name'), not {kind}",
            )

    def test_a_text_passes_the_check_of_its_provider(self) -> None:
        def problem_of(text: str) -> str:
            return "is too long; shorten it" if len(text) > 3 else ""

        self.assertEqual(SecretArgument("some", "key", "", problem_of).constant, "")
        error = self.assertRaises(
            ConfigurationError, SecretArgument, "some", "key", CANARY, problem_of
        )
        self.assertEqual(str(error), "some: key is too long; shorten it")
        error = self.assertRaises(ConfigurationError, SecretArgument, "some", "key", " ")
        self.assertEqual(str(error), "some: key is blank; give it a value")

    def test_equal_when_a_reconfiguration_changes_nothing(self) -> None:
        buildbot = BuildbotSecret("a")
        for one, other in ((CANARY, CANARY), (Secret("a"), Secret("a")), (buildbot, buildbot)):
            self.assertEqual(SecretArgument("x", "key", one), SecretArgument("y", "key", other))
            self.assertEqual(
                hash(SecretArgument("x", "key", one)), hash(SecretArgument("y", "key", other))
            )
        for one, other in (
            (CANARY, "another"),
            (Secret("a"), Secret("b")),
            (buildbot, BuildbotSecret("b")),
            (CANARY, Secret("a")),
        ):
            self.assertNotEqual(SecretArgument("x", "key", one), SecretArgument("x", "key", other))
        self.assertNotEqual(SecretArgument("x", "key", "a"), SecretArgument("x", "token", "a"))
        self.assertNotEqual(SecretArgument("x", "key", "a"), "a")

    def test_never_shown_pickled_or_copied(self) -> None:
        argument = SecretArgument("some", "key", CANARY)
        self.assertEqual(repr(argument), "<SecretArgument key>")
        for take in (pickle.dumps, copy.copy, copy.deepcopy):
            self.assertRaises(TypeError, take, argument)


class Some(RenderedArguments):
    name = "some"


class RenderArgumentTests(TestCase):
    async def test_texts_and_what_was_left_out_stay(self) -> None:
        argument = SecretArgument("some", "key", "text")
        self.assertEqual(await Some().render_argument("x", argument), "text")
        nothing = await Some().render_argument("x", None)  # type: ignore[func-returns-value]
        self.assertIsNone(nothing)

    async def test_a_renderable_is_rendered_each_time(self) -> None:
        some = Some()
        verifyObject(IRendersArguments, some)
        answers = ["one", "two"]
        some.use_renderer(lambda given: succeed(f"{given!r} {answers.pop(0)}"))
        argument = SecretArgument("some", "key", Secret("a"))
        self.assertEqual(await some.render_argument("x", argument), "Secret('a') one")
        self.assertEqual(await some.render_argument("x", argument), "Secret('a') two")

    async def test_what_does_not_render_to_a_text(self) -> None:
        for rendered, reason in (
            (CANARY.encode(), "key renders to a value of type bytes; it must render to a str"),
            (" ", "key renders to a text that is blank; give it a value"),
        ):
            some = Some()
            some.use_renderer(lambda _, rendered=rendered: succeed(rendered))  # type: ignore[misc]
            error = await self.error(some)
            self.assertEqual(str(error), f"secret 'x': provider 'some': {reason}")
            self.assertNotIn(CANARY, reachable_text(error, frames=False))

    async def test_a_rendered_text_passes_the_check_of_its_provider(self) -> None:
        def problem_of(text: str) -> str:
            return "is not a shell" if text == CANARY else ""

        some = Some()
        answers = ["", CANARY]
        some.use_renderer(lambda _: succeed(answers.pop(0)))
        argument = SecretArgument("some", "key", Secret("a"), problem_of)
        self.assertEqual(await some.render_argument("x", argument), "")
        error = await self.error(some, problem_of)
        self.assertEqual(
            str(error), "secret 'x': provider 'some': key renders to a text that is not a shell"
        )

    async def test_what_cannot_be_rendered(self) -> None:
        for problem, kind, reason in (
            (SecretNotFound("other", ("files",)), ProviderError, "secret 'other': no provider"),
            (AccessDenied("files", "y", "no"), ProviderError, "secret 'y': provider 'files'"),
            (
                ProviderUnavailable("files", "y", "away"),
                ProviderUnavailable,
                "secret 'y': provider",
            ),
        ):
            some = Some()
            some.use_renderer(lambda _, problem=problem: fail(problem))  # type: ignore[misc]
            error = await self.error(some)
            self.assertIs(type(error), kind)
            self.assertEqual((error.provider, error.path), ("some", "x"))
            self.assertIn(f"key cannot be rendered: {reason}", str(error))

    async def test_without_a_manager(self) -> None:
        error = await self.error(Some())
        self.assertIn("key is a renderable; put the provider into a SecretManager", str(error))

    async def error(self, some: Some, problem_of: Callable[[str], str] = blank_problem) -> Any:
        argument = SecretArgument("some", "key", Secret("a"), problem_of)
        try:
            await some.render_argument("x", argument)
        except ProviderError as error:
            return error
        return self.fail("it rendered")
