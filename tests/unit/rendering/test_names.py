from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.errors import ConfigurationWarning, InvalidName, RenderingError
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.fakes import DictProvider

SECRETS = {
    "ci/main": "the value that must not be reached",
    "deploy-eu": "eu",
    "deploy/a/b": "ab",
    "deploy/a": "a",
    "deploy": "d",
    "signing": "s",
    "deploy-eu|password": "eu password",
}


@implementer(IRenderable)
class _Computed:
    """A renderable of which nobody knows where its text comes from."""

    def getRenderingFor(self, context: Any) -> Any:
        return context.get_properties()["x"]


class NameTests(TestCase):
    def setUp(self) -> None:
        self.manager = SecretManager(
            [DictProvider("files", SECRETS), DictProvider("bybranch", SECRETS)]
        )

    def render(self, renderable: object, **properties: Any) -> Any:
        return self.manager.render(renderable, properties)

    def refusal(self, renderable: object, **properties: Any) -> str:
        return str(self.failureResultOf(self.render(renderable, **properties), InvalidName).value)

    def value(self, renderable: object, **properties: Any) -> Any:
        return self.successResultOf(self.render(renderable, **properties))

    def warning_of(self, cls: Any, argument: object) -> tuple[Any, str]:
        """Return a new renderable, and what is warned of in this file when it is made."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            renderable = cls(argument)
        (warning,) = caught
        self.assertIs(warning.category, ConfigurationWarning)
        self.assertEqual(Path(warning.filename), Path(__file__))
        return renderable, str(warning.message)

    def test_what_is_filled_in_is_no_syntax(self) -> None:
        """Neither in a `Secret` nor in an `Interpolate`, and whatever it would lead to."""
        for secret in (
            Secret(Interpolate("deploy/%(prop:env)s")),
            Interpolate("x %(secret:deploy/%(prop:env)s)s"),
            Secret(Interpolate("deploy/%(kw:env)s", env=Interpolate("%(prop:env)s"))),
            Secret(Interpolate("deploy/%s", Interpolate("%(prop:env)s"))),
        ):
            for env, sign in (
                ("bybranch!ci/main", "!"),
                ("a|password", "|"),
                ("a@1", "@"),
                ("pki?x=y", "?"),
                ("a/b", "/"),
                ("..", ".."),
                ("a\\", "\\"),
                ("x&ttl=9h", "&"),
                ("a\nb", "\n"),
                ("a\0b", "\0"),
                ("main:admin_password", ":"),
                ("main^admin", "^"),
                ("main%2Fadmin", "%"),
                ("a=b", "="),
                ("a*", "*"),
                ("*", "*"),
                ("a#b", "#"),
                ("a\u2028b", "\u2028"),
                ("a\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"),
            ):
                refusal = self.refusal(secret, env=env)
                self.assertIn(f"what is filled in contains {sign!r}", refusal)
                self.assertIn("must be 'deploy/*'", refusal)

    def test_the_name_is_filled_in_with_anything_else(self) -> None:
        self.assertEqual(self.value(Secret(Interpolate("deploy-%(prop:env)s")), env="eu"), "eu")
        self.assertEqual(self.value(Secret(Interpolate("deploy/%(prop:env)s")), env="a"), "a")
        name = Interpolate("files!deploy-%(prop:env)s|password")
        self.assertEqual(self.value(Secret(name), env="eu"), "eu password")
        for env in ("releases-1.2+rc~1", "Straße_9 ü", "главная"):
            manager = SecretManager([DictProvider("files", {f"deploy-{env}": "found"})])
            secret = Secret(Interpolate("deploy-%(prop:env)s"))
            self.assertEqual(self.successResultOf(manager.render(secret, {"env": env})), "found")

    def test_what_the_administrator_writes_may_be_any_sign(self) -> None:
        for sign in ":#=,%":
            manager = SecretManager([DictProvider("files", {f"a{sign}b-eu": "found"})])
            secret = Secret(Interpolate(f"a{sign}b-%(prop:env)s".replace("a%b", "a%%b")))
            self.assertEqual(self.successResultOf(manager.render(secret, {"env": "eu"})), "found")

    def test_dots_that_become_two_are_refused(self) -> None:
        self.assertIn("'..'", self.refusal(Secret(Interpolate("a/.%(prop:env)s")), env="."))
        self.assertIn("'..'", self.refusal(Secret(Interpolate("a/.%(prop:env)s.")), env=""))

    def test_a_number_does_not_become_a_sign(self) -> None:
        secret = Secret(Interpolate("bybranch%cdeploy", _Computed()))
        self.assertIn("'!'", self.refusal(secret, x=ord("!")))

    def test_what_the_administrator_writes_may_depend_on_the_build(self) -> None:
        choice = Secret(Interpolate("%(prop:prod:?|files!ci/main|deploy/a)s"))
        self.assertIn("must not be reached", self.value(choice, prod="!"))
        self.assertEqual(self.value(choice), "a")
        keyword = Secret(Interpolate("%(kw:name)s", name="bybranch!ci/main"))
        self.assertIn("must not be reached", self.value(keyword))
        default = Secret(Interpolate("deploy/%(prop:env:-a/b)s"))
        self.assertEqual(self.value(default), "ab")

    def test_a_name_from_outside_needs_to_be_allowed(self) -> None:
        for name in (
            _Computed(),
            Interpolate("%(prop:x)s"),
            Interpolate("%(prop:x)s%(prop:y)s"),
            Interpolate("files!%(prop:x)s|password"),
            Interpolate("%(prop:x:-signing)s"),
        ):
            secret, warning = self.warning_of(Secret, name)
            for text in (warning, self.refusal(secret, x="signing")):
                self.assertIn("comes from the build alone", text)
                self.assertIn("allowed=", text)

    def test_the_warning_shows_where_an_interpolate_is_written(self) -> None:
        _, warning = self.warning_of(Interpolate, "--token=%(secret:%(prop:x)s)s")
        self.assertIn("%(kw:token)s with token=Secret(..., allowed='deploy-*')", warning)

    def test_no_default_stands_in_for_a_name_that_is_refused(self) -> None:
        self.refusal(Interpolate("%(secret:deploy-%(prop:x)s:-none)s"), x="!")

    def test_allowed_names(self) -> None:
        secret = Secret(_Computed(), allowed=["deploy-*", "deploy/*"])
        self.assertEqual(self.value(secret, x="deploy-eu"), "eu")
        self.assertEqual(self.value(secret, x="deploy/a"), "a")
        for x in ("signing", "deploy-", "deploy/a/b", "a/deploy-eu", "deploy-eu\n", "deploy-a/b"):
            self.refusal(secret, x=x)
        self.assertNotIn("signing", self.refusal(secret, x="signing"))
        self.assertIn("must be 'deploy-*' or 'deploy/*'", self.refusal(secret, x="signing"))

    def test_allowed_names_are_no_syntax_either(self) -> None:
        secret = Secret(_Computed(), allowed=["deploy-*", "bybranch!deploy-*", "deploy-*|password"])
        for x in ("bybranch!deploy-eu", "deploy-eu|password", "deploy-..", "deploy-@1", "deploy-:"):
            self.assertIn("what is filled in contains", self.refusal(secret, x=x))

    def test_a_pattern_allows_any_provider_and_field_that_the_administrator_writes(self) -> None:
        name = Interpolate("files!%(prop:x)s|password")
        self.assertEqual(self.value(Secret(name, allowed="deploy-*"), x="deploy-eu"), "eu password")
        other = Secret(name, allowed="bybranch!deploy-*")
        self.assertIn("not allowed", self.refusal(other, x="deploy-eu"))

    def test_wrong_patterns(self) -> None:
        for wrong in ("", " ", [], 3, ["a", None]):
            error = self.assertRaises(RenderingError, Secret, _Computed(), allowed=wrong)
            self.assertIn("allowed of Secret(", str(error))

    def test_it_compares_and_shows_what_is_allowed(self) -> None:
        name = Interpolate("%(prop:x)s")
        one, other = Secret(name, allowed="a*"), Secret(name, allowed="b*")
        self.assertNotEqual(one, other)
        self.assertEqual(one, Secret(name, allowed=["a*"]))
        self.assertEqual(hash(one), hash(Secret(name, allowed=["a*"])))
        self.assertEqual(repr(one), "Secret(Interpolate('%(prop:x)s'), allowed=['a*'])")
