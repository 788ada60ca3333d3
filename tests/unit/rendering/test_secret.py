from __future__ import annotations

from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import RenderingError, SecretNotFound
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.fakes import DictProvider


class SecretTests(TestCase):
    def setUp(self) -> None:
        self.manager = SecretManager(
            [DictProvider("d", {"user": "joe-the-user", "deploy-eu": "EU"})]
        )

    def test_it_keeps_the_contract(self) -> None:
        verifyObject(IRenderable, Secret("user"))

    def test_it_renders_to_the_value(self) -> None:
        self.assertEqual(self.successResultOf(self.manager.render(Secret("user"))), "joe-the-user")

    def test_its_name_may_be_renderable(self) -> None:
        secret = Secret(Interpolate("deploy-%(prop:env)s"))
        rendered = self.manager.render(secret, properties={"env": "eu"})
        self.assertEqual(self.successResultOf(rendered), "EU")

    def test_a_name_that_is_not_a_text_is_an_error(self) -> None:
        self.assertRaises(RenderingError, Secret, 42)
        self.assertRaises(RenderingError, Secret, b"token")

    def test_a_blank_name_is_an_error_at_once(self) -> None:
        for name in ("", "  ", "\n"):
            error = self.assertRaises(RenderingError, Secret, name)
            self.assertIn("Secret needs a name", str(error))

    def test_a_secret_that_no_provider_has_is_an_error(self) -> None:
        self.failureResultOf(self.manager.render(Secret("nobody")), SecretNotFound)

    def test_it_compares_and_hashes_by_what_it_says(self) -> None:
        self.assertEqual(Secret("a"), Secret("a"))
        self.assertEqual(hash(Secret("a")), hash(Secret("a")))
        self.assertNotEqual(Secret("a"), Secret("b"))
        self.assertNotEqual(Secret("a"), "a")
        self.assertEqual(Secret(Interpolate("a-%(prop:x)s")), Secret(Interpolate("a-%(prop:x)s")))
        self.assertNotEqual(
            Secret(Interpolate("a-%(prop:x)s")), Secret(Interpolate("a-%(prop:y)s"))
        )

    def test_it_cannot_become_part_of_a_text(self) -> None:
        """A text would hold its name: builds were green with that."""
        secret = Secret("user")
        for make in (
            lambda: f"Bearer {secret}",
            lambda: f"{secret:>20}",
            lambda: str(secret),
            lambda: "Bearer " + secret,
            lambda: secret + "\n",
        ):
            error = self.assertRaises(RenderingError, make)
            self.assertIn("Secret('user') cannot become part of a text", str(error))
            self.assertIn("write Interpolate('... %(secret:user)s ...')", str(error))
        error = self.assertRaises(RenderingError, "%s".__mod__, (Secret(Interpolate("a")),))
        self.assertIn("Interpolate('... %(kw:value)s ...', value=Secret(...))", str(error))

    def test_its_repr_says_the_name(self) -> None:
        self.assertEqual(repr(Secret("user")), "Secret('user')")
