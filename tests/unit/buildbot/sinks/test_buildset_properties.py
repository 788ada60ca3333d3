from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import fail
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks._buildset_properties import (
    LOG_NAME,
    identifying_properties,
    redact_buildset_properties,
    report_withheld,
)
from buildbot_keychain.redaction import RedactionPolicy, Redactor

VALUE = "s3cr3t-t0ken"


class RedactTests(TestCase):
    """`redact_buildset_properties`."""

    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", VALUE)
        self.redactor.add("pin", "8080")

    def redact(self, *, given: Any = None, **values: Any) -> tuple[dict[str, Any], list[str]]:
        properties = {name: (value, "test") for name, value in values.items()}
        clean, sentences = redact_buildset_properties(self.redactor.seen_by(given), properties)
        return {name: value for name, (value, _source) in clean.items()}, sentences

    def test_nothing_secret(self) -> None:
        self.assertEqual(self.redact(a="b", n=3, l=["x"]), ({"a": "b", "n": 3, "l": ["x"]}, []))

    def test_a_sentence_names_property_and_secret(self) -> None:
        clean, (sentence,) = self.redact(pw=f"Bearer {VALUE}", other="x")
        self.assertEqual(clean, {"pw": "Bearer <token>", "other": "x"})
        self.assertIn("the property 'pw' of a new buildset holds the value of token", sentence)
        self.assertIn("Secret(Property('pw'))", sentence)
        self.assertNotIn(VALUE, sentence)

    def test_a_name_that_is_secret_is_not_shown(self) -> None:
        properties = {VALUE: ("x", "test"), f"{VALUE}-2": (VALUE, "test")}
        clean, (sentence,) = redact_buildset_properties(self.redactor.seen_by(None), properties)
        self.assertEqual(clean, {"<token>": ("x", "test"), "<token>-2": ("<token>", "test")})
        self.assertIn("the property '<token>-2'", sentence)
        self.assertNotIn(VALUE, sentence)

    def test_short_words_and_numbers_of_people_are_theirs(self) -> None:
        self.assertEqual(self.redact(given=set(), port=8080), ({"port": 8080}, []))
        self.assertEqual(self.redact(port=8080)[0], {"port": "<pin>"})

    def test_what_identifies_a_build_stays(self) -> None:
        branch = {"branch": (VALUE, "Build")}
        clean, sentences = redact_buildset_properties(self.redactor.seen_by(None), branch)
        self.assertEqual((clean, sentences), (branch, []))


class IdentifyingTests(TestCase):
    """`identifying_properties`."""

    def test_only_what_buildbot_has_set_itself(self) -> None:
        properties = {
            "branch": ("main", "Build"),
            "revision": ("abc", "SetPropertyFromCommand Step"),
            "other": ("x", "Build"),
        }
        self.assertEqual(identifying_properties(properties), {"branch": ("main", "Build")})


class ReportTests(TestCase):
    """`report_withheld`."""

    def setUp(self) -> None:
        events: list[dict[str, Any]] = []
        self.events = events
        observer: Any = events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.written: list[tuple[str, str]] = []
        step = SimpleNamespace(addCompleteLog=self.add_log)
        builder = SimpleNamespace(building=[SimpleNamespace(buildid=5, currentStep=step)])
        self.master = SimpleNamespace(botmaster=SimpleNamespace(builders={"b": builder}))

    def add_log(self, name: str, text: str) -> Any:
        self.written.append((name, text))
        return fail(RuntimeError("the database is down")) if text == "broken\n" else None

    def test_in_the_step_and_in_the_log(self) -> None:
        report_withheld(self.master, ["one", "two"], 5)
        self.assertEqual(self.written, [(LOG_NAME, "one\ntwo\n")])
        self.assertEqual([eventAsText(e).split()[-1] for e in self.events], ["one", "two"])

    def test_in_the_log_alone_if_no_step_passed_them(self) -> None:
        for buildid in (None, 6):
            report_withheld(self.master, ["one"], buildid)
        self.assertEqual((self.written, len(self.events)), ([], 2))

    def test_nothing_to_report(self) -> None:
        report_withheld(self.master, [], 5)
        self.assertEqual((self.written, self.events), ([], []))

    def test_a_log_that_cannot_be_written(self) -> None:
        report_withheld(self.master, ["broken"], 5)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
