from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ProviderUnavailable, RenderingError, SecretNotFound
from buildbot_keychain.rendering import RenderingContext
from buildbot_keychain.rendering._selectors import SELECTORS


def get_secret(name: str) -> Deferred[str]:
    if name == "missing":
        return fail(SecretNotFound(name, ("d",)))
    if name == "broken":
        return fail(ProviderUnavailable("d", name, "it is down; start it"))
    return succeed(f"value of {name}")


CONTEXT = RenderingContext(
    get_secret,
    properties={"a": "A", "none": None},
    source_stamps={"": {"branch": "main"}, "lib": {"branch": "dev"}},
    worker_info={"admin": "anna"},
)
KEYWORDS = {"k": "K"}


class SelectorTests(SynchronousTestCase):
    def parsed(self, selector: str, rest: str) -> tuple[Any, str | None]:
        look_up, modifier = SELECTORS[selector](rest, KEYWORDS, lambda text: f"nested {text}")
        return look_up, modifier

    def found(self, selector: str, rest: str) -> object:
        there, (value, _shape) = self.looked_up(selector, rest)
        return there, value

    def looked_up(self, selector: str, rest: str) -> Any:
        look_up, _ = self.parsed(selector, rest)
        return self.successResultOf(Deferred.fromCoroutine(look_up(CONTEXT)))

    def test_only_keywords_are_what_the_administrator_has_written(self) -> None:
        self.assertEqual(self.looked_up("kw", "k")[1].shape, "K")
        for selector, rest in (("prop", "a"), ("worker", "admin"), ("src", ":branch")):
            self.assertEqual(self.looked_up(selector, rest)[1].shape, "*")
        self.assertEqual(self.looked_up("secret", "token")[1].shape, "*")

    def test_what_is_there(self) -> None:
        for selector, rest, value in (
            ("prop", "a", "A"),
            ("prop", "none", None),
            ("kw", "k", "K"),
            ("worker", "admin", "anna"),
            ("src", ":branch", "main"),
            ("src", "lib:branch", "dev"),
            ("secret", "token", "value of token"),
            ("secret", "a:b", "value of a:b"),
        ):
            self.assertEqual(self.found(selector, rest), (True, value), rest)

    def test_what_is_not_there(self) -> None:
        for selector, rest in (
            ("prop", "b"),
            ("kw", "b"),
            ("worker", "b"),
            ("src", ":revision"),
            ("src", "nowhere:branch"),
            ("secret", "missing:-default"),
        ):
            self.assertEqual(self.found(selector, rest), (False, None), rest)

    def test_modifiers(self) -> None:
        for selector, rest, modifier in (
            ("prop", "a", None),
            ("prop", "a:", ""),
            ("prop", "a:-b:c", "-b:c"),
            ("src", "lib:branch:~x", "~x"),
            ("secret", "a:b", None),
            ("secret", "a:b:-x:-y", "-x:-y"),
            ("secret", "a%(prop:b:-c)s:?|yes|no", "?|yes|no"),
        ):
            self.assertEqual(self.parsed(selector, rest)[1], modifier, rest)

    def test_an_error_of_a_provider_is_no_absence(self) -> None:
        for rest, kind in (("missing", SecretNotFound), ("broken:-default", ProviderUnavailable)):
            look_up, _ = self.parsed("secret", rest)
            self.failureResultOf(Deferred.fromCoroutine(look_up(CONTEXT)), kind)

    def test_a_name_with_selectors_is_rendered(self) -> None:
        self.assertEqual(
            self.found("secret", "a-%(prop:b)s"), (True, "value of nested a-%(prop:b)s")
        )

    def test_wrong_keys(self) -> None:
        for selector, rest, message in (
            ("prop", "a b", "the property name in 'a b' may only contain letters"),
            ("kw", "a b", "the keyword in"),
            ("src", "branch", "needs both"),
            ("src", "a b:branch", "the codebase in"),
            ("src", "a:b c", "the attribute in"),
            ("secret", "", "has no name"),
            ("secret", ":-x", "has no name"),
        ):
            error = self.assertRaises(RenderingError, self.parsed, selector, rest)
            self.assertIn(message, str(error))
