from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.configuration import (
    addressed,
    names_of_secrets,
    require_names,
    weakness,
    with_unique_names,
)
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.redaction import RedactionPolicy
from tests.support.fakes import DictProvider


class ByItsClass:
    name = "ByItsClass"

    def get(self, path: str) -> None:
        return None


class ByItsAuthor(ByItsClass):
    name = "inhouse"


class OfNoName(ByItsAuthor):
    kind = "file"


class WithSlots:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, path: str) -> None:
        return None


class WithAProperty(ByItsClass):
    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:  # type: ignore[override]
        return self._name


class OfAKind(DictProvider):
    kind = "file"


class UniqueNameTests(SynchronousTestCase):
    def test_given_names_stay_and_names_of_classes_are_numbered(self) -> None:
        given: Any = ByItsClass()
        given.name = "ByItsClass-2"
        providers = with_unique_names([ByItsClass(), given, DictProvider("d", {}), ByItsClass()])
        names = [provider.name for provider in providers]
        self.assertEqual(names, ["ByItsClass", "ByItsClass-2", "d", "ByItsClass-3"])

    def test_a_name_that_each_provider_has_by_itself_is_given(self) -> None:
        for make in (WithSlots, WithAProperty):
            provider = with_unique_names([make("one"), make("two")])
            self.assertEqual([each.name for each in provider], ["one", "two"])
            require_names(provider)
            self.assertRaises(ConfigurationError, with_unique_names, [make("one"), make("one")])

    def test_a_policy_needs_names_that_say_more_than_a_class(self) -> None:
        require_names([ByItsAuthor(), DictProvider("d", {})])
        for unnamed in ([ByItsClass()], [OfNoName()], [ByItsAuthor(), ByItsAuthor()]):
            error = self.assertRaises(ConfigurationError, require_names, unnamed)
            self.assertIn("with a policy, every provider needs a name: write", str(error))

    def test_wrong_providers(self) -> None:
        for providers, message in (
            (DictProvider("d", {}), "a list of providers, not of type DictProvider"),
            ([DictProvider], "is a class, not a provider: write DictProvider(...)"),
            ([object()], "object is not a provider: it needs a name and get(path)"),
            ([DictProvider("", {})], "DictProvider is not a provider"),
            (
                [DictProvider("same", {}), DictProvider("same", {})],
                "two providers are called 'same'; give one of them another name",
            ),
        ):
            error = self.assertRaises(ConfigurationError, with_unique_names, providers)
            self.assertIn(message, str(error))


class AddressedTests(SynchronousTestCase):
    def test_a_name_comes_before_a_kind(self) -> None:
        one, two, other = OfAKind("one", {}), OfAKind("two", {}), DictProvider("file", {})
        self.assertEqual(addressed([one, two], "two"), [two])
        self.assertEqual(addressed([one, two], "file"), [one, two])
        self.assertEqual(addressed([one, two, other], "file"), [other])
        self.assertEqual(addressed([one, ByItsClass()], "vault"), [])


class NameTests(SynchronousTestCase):
    def test_lists_of_names(self) -> None:
        for public in (["a", "b"], ("a", "b"), {"a", "b"}):
            self.assertEqual(names_of_secrets("public", public), frozenset({"a", "b"}))

    def test_what_is_not_a_list_of_names(self) -> None:
        for public in ("abc", 5, None, [5]):
            error = self.assertRaises(ConfigurationError, names_of_secrets, "public", public)
            self.assertIn("public must be a list of names of secrets", str(error))


class WeaknessTests(SynchronousTestCase):
    def test_strong_values(self) -> None:
        for value in ("tr0ub4dor&3", ""):
            self.assertEqual(weakness(value, RedactionPolicy()), "")

    def test_weak_values_are_not_shown(self) -> None:
        for value, why in (("zq12", "shorter than 8"), ("true", "too common to be hidden")):
            problem = weakness(value, RedactionPolicy())
            self.assertIn(why, problem)
            self.assertNotIn(value, problem.replace("strict=True", ""))
