from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain.errors import ProviderUnavailable, RenderingError, SecretNotFound
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Interpolate, RenderingContext, Secret, secret_names
from tests.support.fakes import DictProvider
from tests.support.reachable import reachable_text

PROPERTIES = {"a": "A", "b": "B", "empty": "", "none": None, "number": 3, "dotted.name": "D"}
SECRETS = {
    "user": "joe",
    "empty": "",
    "a:b": "colons",
    "deploy-A": "nested",
    "team/app|password": "field",
    "token": "tr0ub4dor&3",
    "broken": ProviderUnavailable("d", "broken", "it is down; start it"),
}


class InterpolateTests(TestCase):
    def setUp(self) -> None:
        self.provider = DictProvider("d", SECRETS)
        self.manager = SecretManager([self.provider], allow_empty=["empty"])

    def rendering(self, fmt: str, *args: Any, **kwargs: Any) -> Any:
        async def secret(name: str) -> str:
            return (await self.manager.get(name)).value

        context = RenderingContext(
            secret,
            properties=PROPERTIES,
            source_stamps={"": {"branch": "main", "revision": None}, "lib": {"branch": "dev"}},
            worker_info={"admin": "anna"},
        )
        return Interpolate(fmt, *args, **kwargs).getRenderingFor(context)

    def check(self, cases: dict[str, str], **kwargs: Any) -> None:
        for fmt, expected in cases.items():
            self.assertEqual(self.successResultOf(self.rendering(fmt, **kwargs)), expected, fmt)

    def test_properties(self) -> None:
        self.check(
            {
                "%(prop:a)s": "A",
                "%(prop:dotted.name)s": "D",
                "%(prop:missing)s": "",
                "%(prop:none)s": "",
                "%(prop:number)s|%(prop:a)r": "3|'A'",
                "%(prop:missing:-d%(prop:a)s)s": "dA",
                "%(prop:empty:-d)s": "",
                "%(prop:empty:~d)s": "d",
                "%(prop:none:-d)s": "",
                "%(prop:none:~d)s": "d",
                "%(prop:empty:+there)s": "there",
                "%(prop:missing:+there)s": "",
                "%(prop:a:?|yes|no)s": "yes",
                "%(prop:missing:?|yes|no)s": "no",
                "%(prop:empty:?:yes:no)s": "yes",
                "%(prop:empty:#?|yes|no)s": "no",
                "%(prop:a:#?|%(prop:b)s|no)s": "B",
                "100%% %(prop:a)s": "100% A",
            }
        )

    def test_source_stamps_workers_and_keywords(self) -> None:
        self.check(
            {
                "%(src::branch)s": "main",
                "%(src:lib:branch)s": "dev",
                "%(src:lib:revision:-HEAD)s": "HEAD",
                "%(src::revision:~HEAD)s": "HEAD",
                "%(src:nowhere:branch:-none)s": "none",
                "%(worker:admin)s": "anna",
                "%(worker:host:-?)s": "?",
                "%(kw:k)s": "joe",
                "%(kw:missing:-%(kw:k)s)s": "joe",
            },
            k=Secret("user"),
        )

    def test_secrets(self) -> None:
        self.check(
            {
                "%(secret:user)s": "joe",
                "%(secret:user:-default)s": "joe",
                "%(secret:missing:-default)s": "default",
                "%(secret:missing:-)s": "",
                "%(secret:missing:-%(secret:user)s)s": "joe",
                "%(secret:empty:-default)s": "",
                "%(secret:empty:~default)s": "default",
                "%(secret:missing:~default)s": "default",
                "%(secret:user:+there)s": "there",
                "%(secret:missing:+there)s": "",
                "%(secret:empty:+there)s": "there",
                "%(secret:user:?|yes|no)s": "yes",
                "%(secret:missing:?|yes|no)s": "no",
                "%(secret:empty:#?|yes|no)s": "no",
                "%(secret:missing:#?|yes|no)s": "no",
                "%(secret:user:#?|yes|no)s": "yes",
                "%(secret:a:b)s": "colons",
                "%(secret:a:b:-x)s": "colons",
                "%(secret:d!team/app|password)s": "field",
                "%(secret:deploy-%(prop:a)s)s": "nested",
                "%(secret:deploy-%(prop:missing:-A)s:-x)s": "nested",
            }
        )

    def test_it_cannot_become_part_of_a_text(self) -> None:
        interpolate = Interpolate("%(secret:user)s")
        for make in (lambda: f"{interpolate}", lambda: str(interpolate)):
            error = self.assertRaises(RenderingError, make)
            self.assertIn("write one Interpolate for the whole text", str(error))

    def test_a_missing_secret_without_default_is_an_error(self) -> None:
        self.failureResultOf(self.rendering("%(secret:missing)s"), SecretNotFound)

    def test_a_default_is_for_missing_secrets_not_for_errors(self) -> None:
        self.failureResultOf(self.rendering("%(secret:broken:-x)s"), ProviderUnavailable)

    def test_what_is_not_chosen_is_not_looked_up(self) -> None:
        self.check({"%(secret:user:-%(secret:broken)s)s": "joe"})
        self.assertEqual(self.provider.asked, ["user"])

    def test_nothing_is_looked_up_before_it_renders(self) -> None:
        Interpolate("%(secret:user)s")
        self.assertEqual(self.provider.asked, [])

    def test_positional_arguments(self) -> None:
        rendered = self.rendering("%s at %s", Secret("user"), "home")
        self.assertEqual(self.successResultOf(rendered), "joe at home")

    def test_wrong_formats(self) -> None:
        for fmt in (
            "%(user)s",
            "%(nosuch:x)s",
            "%(prop:a:=x)s",
            "%(prop:a b)s",
            "%(src:branch)s",
            "%(secret:)s",
            "%(secret::-x)s",
            "%(prop:a:?|yes)s",
            "%(prop:a:?(yes(no)s",
            "%(prop:a:?)s",
            "50% off",
            "%(prop:a)",
            "%(kw:a b)s",
            "%(prop:a:)s",
            "%(kw:a:)s",
            "%(worker:a:)s",
            "%(src::branch:)s",
        ):
            self.assertRaises(RenderingError, Interpolate, fmt)

    def test_what_is_wrong_with_a_long_format_is_said_shortly(self) -> None:
        for fmt in ("%(nosuch:{})s", "%(prop:a:={})s", "%(prop:{} )s", "%(prop:a:?|{})s", "%({}"):
            error = self.assertRaises(RenderingError, Interpolate, fmt.format("x" * 10_000))
            self.assertLess(len(str(error)), 700, fmt)

    def test_a_percent_sign_that_is_not_doubled(self) -> None:
        """Python takes ``% s`` for a conversion, and would put all values there."""
        for fmt in ("100% sure %(secret:a)s", "100% sure", "%s", "%r", "%(prop:a:-50% so)s"):
            error = self.assertRaises(RenderingError, Interpolate, fmt)
            self.assertIn("a plain % is written %%", str(error))
        Interpolate("100%% sure %(secret:a)s")

    def test_the_s_that_ends_a_part_is_forgotten(self) -> None:
        for fmt in ("echo %(secret:a)", "%(secret:a) done", "%(prop:x)s/%(secret:a)/%(prop:x)s"):
            error = self.assertRaises(RenderingError, Interpolate, fmt)
            self.assertIn("an s ends a part: write '%(secret:a)s'", str(error), fmt)
        Interpolate("%%(secret:a) %(secret:a)s")
        for fmt in ("%(prop:a)5s of 100% x", "%(prop:a)-10s 10%", "%%(prop:a) %(prop:a)s 5%"):
            error = self.assertRaises(RenderingError, Interpolate, fmt)
            self.assertIn("a plain % is written %%", str(error), fmt)

    def test_positional_and_keyword_arguments_exclude_each_other(self) -> None:
        self.assertRaises(RenderingError, Interpolate, "%s", 1, k=2)

    def test_it_compares_and_hashes_by_what_it_says(self) -> None:
        self.assertEqual(Interpolate("%(kw:a)s", a=[1]), Interpolate("%(kw:a)s", a=[1]))
        self.assertEqual(hash(Interpolate("x", 1)), hash(Interpolate("x", 1)))
        different = [
            Interpolate("%(secret:a)s"),
            Interpolate("%(secret:b)s"),
            Interpolate("b"),
            Interpolate("%s", 1),
            Interpolate("%s", True),
            Interpolate("%(kw:a)s", a=Secret("x")),
            Interpolate("%(kw:a)s", a=Secret("y")),
        ]
        for index, one in enumerate(different):
            self.assertEqual([one == other for other in different].count(True), 1, index)
        self.assertNotEqual(Interpolate("x"), "x")

    def test_no_value_can_be_reached_from_the_error_of_another_part(self) -> None:
        for fmt in ("%(secret:token)s%(secret:missing)s", "%(secret:token:+%(secret:missing)s)s"):
            failure = self.failureResultOf(self.rendering(fmt), SecretNotFound)
            self.assertNotIn(SECRETS["token"], reachable_text(failure))
        rendered = self.rendering("%s %s", Secret("token"), Secret("missing"))
        failure = self.failureResultOf(rendered, SecretNotFound)
        self.assertNotIn(SECRETS["token"], reachable_text(failure))


class SecretNameTests(SynchronousTestCase):
    """`secret_names`: what a format string names without being rendered."""

    def test_names_and_whether_they_are_needed(self) -> None:
        text = "%(secret:a)s %(prop:x:-%(secret:b)s)s %(secret:c:-%(secret:d)s)s 100%% %(src:s:t)s"
        expected = [("a", True), ("b", True), ("c", False), ("d", True)]
        self.assertEqual(list(secret_names(text)), expected)

    def test_a_percent_sign_that_is_not_doubled(self) -> None:
        """Buildbot's own `Interpolate` renders it."""
        self.assertEqual(list(secret_names("100% sure %(secret:a)s")), [("a", True)])

    def test_a_name_with_parts_that_are_rendered(self) -> None:
        text = "%(secret:vault!%(prop:env)s/x:y)s"
        self.assertEqual(list(secret_names(text)), [("vault!%(prop:env)s/x:y", True)])

    def test_a_text_that_is_no_format_string(self) -> None:
        self.assertEqual(list(secret_names("%(secret:a")), [])
