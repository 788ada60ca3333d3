"""Whether two arguments of services say the same."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import reporters
from buildbot.plugins import util as buildbot_util
from buildbot.util import ComparableMixin
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._equality import arguments_of, same
from buildbot_keychain.rendering import Interpolate, Secret


class _Compared(ComparableMixin):
    compare_attrs = ("argument",)

    def __init__(self, argument: object) -> None:
        self.argument = argument


class _NeverEqual:
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def _arguments(name: str) -> list[Any]:
    """Return arguments that all name this secret, made anew."""
    return [
        name,
        Secret(name),
        Interpolate(f"%(secret:{name})s"),
        buildbot_util.Secret(name),
        buildbot_util.Interpolate(f"%(secret:{name})s"),
        buildbot_util.Property(name),
        _Compared(buildbot_util.Secret(name)),
        ("user", buildbot_util.Secret(name)),
        [{"key": [Secret(name)]}],
    ]


def _formatter(text: str) -> Any:
    return reporters.MessageFormatterRenderable(text)


def _one(_: object) -> str:
    return "one"


def _two(_: object) -> str:
    return "two"


class EqualityTests(SynchronousTestCase):
    def test_what_buildbot_does_not_compare_by(self) -> None:
        """Its classes name only some of their attributes as those to compare by."""
        prop = buildbot_util.Property("a")
        renderer = buildbot_util.renderer(_one)
        for one, other in (
            (
                reporters.MessageFormatterFunctionRaw(_one),
                reporters.MessageFormatterFunctionRaw(_two),
            ),
            (
                reporters.MessageFormatterFunction(_one, "plain"),
                reporters.MessageFormatterFunction(_two, "plain"),
            ),
            (_formatter("a"), _formatter("b")),
            (
                reporters.BuildStatusGenerator(message_formatter=_formatter("a")),
                reporters.BuildStatusGenerator(message_formatter=_formatter("a"), report_new=True),
            ),
            (prop == "b", prop == "c"),
            (buildbot_util.Transform(_one, "a"), buildbot_util.Transform(_one, "b")),
            (renderer.withArgs("a"), renderer.withArgs("b")),
            (
                Interpolate("%(kw:a)s", a=renderer.withArgs("a")),
                Interpolate("%(kw:a)s", a=renderer.withArgs("b")),
            ),
            (
                Secret(renderer.withArgs("a"), allowed="*"),
                Secret(renderer.withArgs("b"), allowed="*"),
            ),
        ):
            self.assertFalse(same([one], [other]), one)

    def test_what_buildbot_does_compare_by_is_enough_where_it_is_all(self) -> None:
        def made() -> list[Any]:
            return [
                reporters.BuildStatusGenerator(message_formatter=_formatter("a")),
                buildbot_util.Transform(_one, "a"),
                buildbot_util.renderer(_one).withArgs("a"),
            ]

        self.assertTrue(same(made(), made()))

    def test_what_contains_itself(self) -> None:
        one, other = _Compared(1), _Compared(1)
        one.argument, other.argument = one, other
        self.assertFalse(same(one, other))

    def test_the_same_made_twice(self) -> None:
        for one, other in zip(_arguments("a"), _arguments("a"), strict=True):
            self.assertTrue(same(one, other), one)

    def test_others(self) -> None:
        for one, other in zip(_arguments("a"), _arguments("b"), strict=True):
            self.assertFalse(same(one, other), one)

    def test_other_types(self) -> None:
        arguments = _arguments("a")
        for index, one in enumerate(arguments):
            for other in arguments[index + 1 :]:
                self.assertFalse(same(one, other), (one, other))

    def test_other_lengths_and_keys(self) -> None:
        self.assertFalse(same([1], [1, 2]))
        self.assertFalse(same({"a": 1}, {"a": 1, "b": 1}))

    def test_what_does_not_compare(self) -> None:
        for one, other in ((object(), object()), (_NeverEqual(), _NeverEqual())):
            self.assertFalse(same(one, other))


class ArgumentsTests(SynchronousTestCase):
    def test_a_reporter_is_compared_as_it_was_made(self) -> None:
        one, other = (reporters.HttpStatusPush("http://h") for _ in range(2))
        before = arguments_of(one)
        one.generators = [object()]  # as its configuration does
        self.assertTrue(same(before, arguments_of(other)))
        self.assertFalse(same(arguments_of(one), arguments_of(other)))
