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


class EqualityTests(SynchronousTestCase):
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
