from __future__ import annotations

from typing import NamedTuple

from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import RenderingError, SecretNotFound
from buildbot_keychain.interfaces import IRenderable, IRenderingContext
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Interpolate, RenderingContext, Secret
from tests.support.fakes import DictProvider


class Login(NamedTuple):
    user: object
    hosts: list[str]


class SecretTests(TestCase):
    def setUp(self) -> None:
        self.manager = SecretManager(
            [DictProvider("d", {"user": "joe-the-user", "deploy-eu": "EU"})]
        )

    def test_it_keeps_the_contracts(self) -> None:
        async def nothing(name: str) -> str:
            return name

        verifyObject(IRenderable, Secret("user"))
        verifyObject(IRenderingContext, RenderingContext(nothing))

    def test_it_renders_to_the_value(self) -> None:
        self.assertEqual(self.successResultOf(self.manager.render(Secret("user"))), "joe-the-user")

    def test_its_name_may_be_renderable(self) -> None:
        secret = Secret(Interpolate("deploy-%(prop:env)s"))
        rendered = self.manager.render(secret, properties={"env": "eu"})
        self.assertEqual(self.successResultOf(rendered), "EU")

    def test_a_name_that_is_no_text_is_an_error(self) -> None:
        self.failureResultOf(self.manager.render(Secret(42)), RenderingError)

    def test_a_blank_name_is_an_error_at_once(self) -> None:
        for name in ("", "  ", "\n"):
            error = self.assertRaises(RenderingError, Secret, name)
            self.assertIn("Secret needs a name", str(error))

    def test_missing_is_an_error(self) -> None:
        self.failureResultOf(self.manager.render(Secret("nobody")), SecretNotFound)

    def test_containers_are_rendered_through(self) -> None:
        value = {"a": [Secret("user"), ("x", Secret("deploy-eu"))], Secret("deploy-eu"): 3}
        self.assertEqual(
            self.successResultOf(self.manager.render(value)),
            {"a": ["joe-the-user", ("x", "EU")], "EU": 3},
        )

    def test_named_tuples_are_rendered_through(self) -> None:
        rendered = self.successResultOf(self.manager.render(Login(Secret("user"), ["x"])))
        self.assertEqual(rendered, Login("joe-the-user", ["x"]))
        self.assertIsInstance(rendered, Login)

    def test_it_compares_and_hashes_by_what_it_says(self) -> None:
        self.assertEqual(Secret("a"), Secret("a"))
        self.assertEqual(hash(Secret("a")), hash(Secret("a")))
        self.assertNotEqual(Secret("a"), Secret("b"))
        self.assertNotEqual(Secret("a"), "a")
        self.assertEqual(Secret(Interpolate("%(prop:x)s")), Secret(Interpolate("%(prop:x)s")))
        self.assertNotEqual(Secret(Interpolate("%(prop:x)s")), Secret(Interpolate("%(prop:y)s")))

    def test_its_repr_says_the_name(self) -> None:
        self.assertEqual(repr(Secret("user")), "Secret('user')")
