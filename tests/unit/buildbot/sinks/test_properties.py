from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks import Place
from buildbot_keychain.buildbot.sinks._properties import PropertyReports, redact_properties
from buildbot_keychain.redaction import RedactionPolicy, Redactor

VALUE = "s3cr3t-t0ken"


class PropertiesTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("token", VALUE)
        redactor.add("pin", "80808080")
        self.readers = redactor.seen_by(None)


class RedactTests(PropertiesTestCase):
    """`redact_properties`."""

    def test_what_identifies_a_build_stays(self) -> None:
        given = {"branch": (VALUE, "Build"), "revision": (VALUE, "step"), "n": (80808080, "step")}
        self.assertEqual(
            redact_properties(self.readers, given),
            {"branch": (VALUE, "Build"), "revision": ("<token>", "step"), "n": ("<pin>", "step")},
        )


class PropertyReportsTests(PropertiesTestCase):
    """`PropertyReports`."""

    def setUp(self) -> None:
        super().setUp()
        self.told: list[Any] = []
        reporter: Any = self
        self.reports = PropertyReports(reporter)

    def hidden(self, sink: str, place: Place, _readers: Any, value: Any, *, numbers: bool) -> None:
        self.told.append((sink, place, sorted(value), numbers))

    def store(self, **values: Any) -> list[Any]:
        """Store the properties of build 7, and return what is told of it."""
        given = {name: (value, "test") for name, value in values.items()}
        redacted = redact_properties(self.readers, given)
        self.told.clear()
        self.reports.all_of_build("property", 7, [(self.readers, given)], redacted)
        return list(self.told)

    def test_those_that_were_altered(self) -> None:
        told = self.store(a=VALUE, b="x")
        self.assertEqual(told, [("property", Place(buildid=7), ["a"], True)])

    def test_not_twice(self) -> None:
        self.store(a=VALUE)
        self.assertEqual(self.store(a=VALUE), [])
        self.assertEqual(self.store(a=VALUE, b=VALUE)[0][2], ["b"])
        self.assertEqual(self.store(a=f"{VALUE}!", b=VALUE)[0][2], ["a"])

    def test_until_the_build_ends(self) -> None:
        self.store(a=VALUE)
        self.reports.end(7)
        self.reports.end(7)
        self.assertEqual(self.store(a=VALUE)[0][2], ["a"])

    def test_no_value_is_kept(self) -> None:
        self.store(**{f"name-{VALUE}": VALUE})
        self.assertNotIn(VALUE, repr(vars(self.reports)))
