"""Patches are applied all together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.patches._expectations import Is, Target
from buildbot_keychain.buildbot.patches._patches import (
    Patch,
    Patches,
    Replacement,
    UnguardedError,
    gaps_in,
)


class Base:
    def greet(self) -> str:
        return "hello"


class Host(Base):
    """What is patched here."""

    version = 1

    def leave(self) -> str:
        return "bye"


def target(name: str) -> Target:
    return Target(f"{__name__}:Host.{name}")


def louder(original: Callable[[Any], str]) -> Callable[[Any], str]:
    def method(self: Any) -> str:
        return original(self).upper()

    return method


def patch(name: str, method: str, version: int = 1, make: Any = louder) -> Patch:
    return Patch(
        name=name,
        gap=f"{name} would be quiet",
        expects=(Is(target("version"), version),),
        replaces=(Replacement(target(method), make),),
    )


class PatchesTests(SynchronousTestCase):
    """`Patches`."""

    def setUp(self) -> None:
        self.patches = Patches()
        self.addCleanup(self.patches.revert)

    def assert_untouched(self) -> None:
        self.assertEqual((Host().greet(), Host().leave()), ("hello", "bye"))
        self.assertEqual([name for name in vars(Host) if name in {"greet", "leave"}], ["leave"])

    def test_they_are_applied_once_and_reverted(self) -> None:
        table = (patch("one", "greet"), patch("two", "leave"))
        self.assertEqual((self.patches.applied, gaps_in(table)), (False, []))
        self.patches.apply(table)
        self.patches.apply(table)
        self.assertEqual((Host().greet(), Host().leave()), ("HELLO", "BYE"))
        self.assertEqual((self.patches.applied, self.patches.accepted), (True, ()))
        self.patches.revert()
        self.patches.revert()
        self.assert_untouched()

    def test_one_that_does_not_fit_keeps_all_from_being_applied(self) -> None:
        table = (patch("one", "greet"), patch("two", "leave", 2))
        error = self.assertRaises(UnguardedError, self.patches.apply, table)
        self.assertEqual(str(error), "two would be quiet (patch 'two': Host.version is not 2)")
        self.assertEqual([gap.patch.name for gap in error.gaps], ["two"])
        self.assertFalse(self.patches.applied)
        self.assert_untouched()

    def test_a_gap_that_is_accepted(self) -> None:
        """The patch is applied all the same."""
        table = (patch("one", "greet"), patch("two", "leave", 2))
        self.assertRaises(UnguardedError, self.patches.apply, table, {"one"})
        self.patches.apply(table, {"two", "unknown"})
        self.assertEqual((Host().greet(), Host().leave()), ("HELLO", "BYE"))
        self.assertEqual([gap.patch.name for gap in self.patches.accepted], ["two"])

    def test_something_that_is_missing(self) -> None:
        """Without it the others are applied, once that is accepted."""
        table = (patch("one", "gone"), patch("two", "leave"))
        error = self.assertRaises(UnguardedError, self.patches.apply, table)
        self.assertIn("Host.gone is missing", str(error))
        self.assert_untouched()
        self.patches.apply(table, {"one"})
        self.assertEqual((Host().greet(), Host().leave()), ("hello", "BYE"))

    def test_a_failure_half_way_undoes_the_rest(self) -> None:
        for error in (RuntimeError, KeyError):

            def fail(_original: object, error: type[Exception] = error) -> None:
                raise error("half-way")

            table = (patch("one", "greet"), patch("two", "leave", make=fail))
            self.assertRaises(error, self.patches.apply, table)
            self.assertFalse(self.patches.applied)
            self.assert_untouched()

    def test_an_accepted_gap_does_not_hide_other_failures(self) -> None:
        def fail(_original: object) -> None:
            raise KeyError("a mistake in the replacement")

        table = (patch("one", "greet"), patch("two", "leave", 2, make=fail))
        self.assertRaises(KeyError, self.patches.apply, table, {"two"})
        self.assertFalse(self.patches.applied)
        self.assert_untouched()

    def test_all_problems_of_a_patch_are_named_once(self) -> None:
        both = Patch(
            name="both",
            gap="nothing works",
            expects=(Is(target("gone"), 1), Is(target("version"), 2)),
            replaces=(Replacement(target("gone"), louder),),
        )
        (gap,) = gaps_in((both,))
        self.assertEqual(gap.problems, ("Host.gone is missing", "Host.version is not 2"))
