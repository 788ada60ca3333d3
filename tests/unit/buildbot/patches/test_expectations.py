"""Each kind of expectation, met and not met."""

from __future__ import annotations

import functools
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.patches._expectations import (
    Accepts,
    Behaves,
    Expectation,
    Is,
    Mentions,
    MissingTargetError,
    Takes,
    Target,
)

CONSTANT = 3


class Sample:
    """Has what the expectations are about."""

    inherited = None

    def method(self, name: str, *more: int, key: int = 0, **options: Any) -> None:
        def inner() -> str:
            return self.elsewhere + "a text"

        inner()

    elsewhere = ""

    @inlineCallbacks
    def wrapped(self, name: str) -> Any:
        yield self.elsewhere

    @functools.lru_cache  # noqa: B019 - for its wrapper
    def cached(self, name: str) -> str:
        return self.elsewhere


def target(name: str) -> Target:
    """Return something in this module."""
    return Target(f"{__name__}:{name}")


class TargetTests(SynchronousTestCase):
    """`Target`."""

    def test_its_value_and_name(self) -> None:
        self.assertEqual(target("CONSTANT").value(), 3)
        self.assertIs(target("Sample.method").value(), Sample.method)
        self.assertEqual(target("Sample.method").name, "Sample.method")
        self.assertEqual(target("Sample.method").owner(), (Sample, "method"))

    def test_what_is_missing(self) -> None:
        for path, reason in (
            (f"{__name__}:Sample.gone", "Sample.gone is missing"),
            (f"{__name__}:Gone.method", "Gone.method is missing"),
            ("no_such_package.module:thing", "no_such_package.module cannot be imported"),
        ):
            with self.assertRaisesRegex(MissingTargetError, reason):
                Target(path).problem()
        self.assertEqual(target("Sample.method").problem(), "")


class ExpectationTests(SynchronousTestCase):
    """What each kind says."""

    def check(self, expectation: Expectation, problem: str = "") -> None:
        self.assertEqual(expectation.problem(), problem)

    def test_exact_parameters(self) -> None:
        self.check(Takes(target("Sample.method"), "self, name, *more, key, **options"))
        self.check(Takes(target("Sample.wrapped"), "self, name"))
        self.check(
            Takes(target("Sample.wrapped"), "self, path"),
            "Sample.wrapped takes (self, name), not (self, path)",
        )

    def test_some_parameters(self) -> None:
        self.check(Accepts(target("Sample.method"), ("key", "name")))
        self.check(
            Accepts(target("Sample.method"), ("name", "other")),
            "Sample.method has no parameter 'other'",
        )

    def test_names_and_texts_in_code(self) -> None:
        self.check(Mentions(target("Sample.method"), ("elsewhere", "a text")))
        self.check(Mentions(target("Sample.wrapped"), ("elsewhere",)))
        self.check(Mentions(target("Sample.cached"), ("elsewhere",)))
        self.check(
            Mentions(target("Sample.method"), ("elsewhere", "other")),
            "Sample.method does not use 'other'",
        )

    def test_constants(self) -> None:
        self.check(Is(target("CONSTANT"), 3))
        self.check(Is(target("CONSTANT"), 4), "CONSTANT is not 4")

    def test_behaviour(self) -> None:
        def fail() -> bool:
            raise RuntimeError("an unknown Buildbot")

        self.check(Behaves(target("Sample.method"), "does", lambda: True))
        for probe in (fail, lambda: False):
            self.check(
                Behaves(target("Sample.method"), "runs", probe),
                "not found: Sample.method runs",
            )

    def test_what_is_missing_or_no_function(self) -> None:
        gone = target("Sample.gone")
        for expectation in (
            Takes(gone, "self"),
            Accepts(gone, ("x",)),
            Mentions(gone, ("x",)),
            Is(gone, 1),
            Behaves(gone, "runs", lambda: True),
        ):
            self.assertRaises(MissingTargetError, expectation.problem)
        self.assertRaises(MissingTargetError, Takes(target("CONSTANT"), "self").problem)
        self.check(Mentions(target("CONSTANT"), ("x",)), "CONSTANT does not use 'x'")

    def test_what_the_documentation_says(self) -> None:
        method = target("Sample.method")
        for expectation, text in (
            (Takes(method, "self, name"), "`Sample.method(self, name)`"),
            (Accepts(method, ("a", "b")), "`Sample.method` has the parameters `a`, `b`"),
            (Mentions(method, ("a",)), "`Sample.method` uses `a`"),
            (Is(target("CONSTANT"), 3), "`CONSTANT` is `3`"),
            (Behaves(method, "runs", lambda: True), "`Sample.method` runs"),
        ):
            self.assertEqual(str(expectation), text)
