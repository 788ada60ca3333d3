from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import fail
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.references import Outgoing
from buildbot_keychain.buildbot.sinks._buildset_properties import (
    LOG_NAME,
    Withheld,
    identifying_properties,
    redact_buildset_properties,
    report_withheld,
)
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.audience import Label

VALUE = "s3cr3t-t0ken"


class RedactTests(TestCase):
    """`redact_buildset_properties`."""

    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", VALUE)
        self.redactor.add("pin", "8080")

    def redact(self, *, given: Any = None, **values: Any) -> tuple[dict[str, Any], list[str]]:
        properties = {name: (value, "test") for name, value in values.items()}
        clean, withheld = redact_buildset_properties(
            self.redactor.seen_by(given), properties, Outgoing()
        )
        sentences = [each.sentence((), to_readers=True) for each in withheld]
        return {name: value for name, (value, _source) in clean.items()}, sentences

    def test_nothing_secret(self) -> None:
        self.assertEqual(self.redact(a="b", n=3, l=["x"]), ({"a": "b", "n": 3, "l": ["x"]}, []))

    def test_a_sentence_names_property_and_secret(self) -> None:
        clean, (sentence,) = self.redact(pw=f"Bearer {VALUE}", other="x")
        self.assertEqual(clean, {"pw": "Bearer <token>", "other": "x"})
        self.assertIn("the property 'pw' of a new buildset holds the value of token", sentence)
        self.assertIn("write it as a Secret or an Interpolate", sentence)
        self.assertNotIn(VALUE, sentence)

    def test_a_name_that_is_secret_is_not_shown(self) -> None:
        properties = {VALUE: ("x", "test"), f"{VALUE}-2": (VALUE, "test")}
        clean, (withheld,) = redact_buildset_properties(
            self.redactor.seen_by(None), properties, Outgoing()
        )
        sentence = withheld.sentence((), to_readers=False)
        self.assertEqual(clean, {"<token>": ("x", "test"), "<token>-2": ("<token>", "test")})
        self.assertIn("the property '<token>-2'", sentence)
        self.assertNotIn(VALUE, sentence)

    def test_short_words_and_numbers_of_people_are_theirs(self) -> None:
        self.assertEqual(self.redact(given=set(), port=8080), ({"port": 8080}, []))
        self.assertEqual(self.redact(port=8080)[0], {"port": "<pin>"})

    def test_what_identifies_a_build_stays(self) -> None:
        branch = {"branch": (VALUE, "Build")}
        clean, sentences = redact_buildset_properties(
            self.redactor.seen_by(None), branch, Outgoing()
        )
        self.assertEqual((clean, sentences), (branch, []))

    def test_what_is_known_to_hold_a_secret_shows_labels_and_is_withheld_if_it_cannot_travel(
        self,
    ) -> None:
        shown = {"a": ("<pin>", "test"), "b": ("<pin>", "test")}
        by_name = Outgoing(shown, {"a": {}}, {"b": "pass less text"})
        properties = {"a": ("8080", "test"), "b": ("8080", "test"), "c": ("x", "test")}
        clean, (withheld,) = redact_buildset_properties(
            self.redactor.seen_by(set()), properties, by_name
        )
        self.assertEqual(clean, {**shown, "c": ("x", "test")})
        sentence = withheld.sentence((), to_readers=True)
        self.assertIn("'b' of a new buildset holds the value of a secret and", sentence)
        self.assertIn("withheld: pass less text", sentence)


class WithheldTests(TestCase):
    """`Withheld`."""

    def sentence(self, *names: str, made: Any = (), to_readers: bool = True) -> str:
        """Return what is said of a property with these secrets; names in capitals are not known."""
        shown = [f"<{name}>" if name.islower() else "<secret>" for name in names]
        labels = [Label(name, label, 0) for name, label in zip(names, shown, strict=True)]
        return Withheld("p", labels).sentence(made, to_readers=to_readers)

    def test_a_secret_is_looked_up_by_name(self) -> None:
        sentence = self.sentence("a")
        self.assertIn("the property 'p' of a new buildset holds the value of a and was", sentence)
        self.assertIn("withheld: write it as a Secret or an Interpolate", sentence)
        self.assertNotIn("itself", sentence)

    def test_a_value_that_a_build_made_has_no_name_elsewhere(self) -> None:
        sentence = self.sentence("a", made={"a"})
        self.assertIn("holds the value of a and was withheld: a value that a build has", sentence)
        self.assertNotIn("Interpolate", sentence)

    def test_both(self) -> None:
        sentence = self.sentence("b", "a", "b", made={"a"})
        self.assertIn("the value of a, b and", sentence)
        self.assertIn("is passed by name; a value that a build has made itself", sentence)

    def test_a_name_that_readers_do_not_know(self) -> None:
        self.assertIn("the value of a, a secret and", self.sentence("a", "B"))
        self.assertIn("the value of a secret and", self.sentence("B"))
        self.assertIn("the value of B, a and", self.sentence("a", "B", to_readers=False))

    def test_what_could_not_be_redacted(self) -> None:
        self.assertIn("the value of a secret and", self.sentence())
        self.assertIn("write it as a Secret or an Interpolate", self.sentence())


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
        self.running = {5: SimpleNamespace(addCompleteLog=self.add_log)}

    def add_log(self, name: str, text: str) -> Any:
        self.written.append((name, text))
        return fail(RuntimeError("the database is down")) if "broken" in text else None

    def step_of(self, buildid: int | None) -> Any:
        return None if buildid is None else self.running.get(buildid)

    def report(self, *names: str, buildid: int | None = 5) -> None:
        withheld = [Withheld(name, [Label("token", "<secret>", 0)]) for name in names]
        report_withheld(self.step_of, withheld, buildid, ())

    def test_in_the_step_and_in_the_log(self) -> None:
        """In the former without names that the readers of the build do not know."""
        self.report("one", "two")
        ((name, text),) = self.written
        self.assertEqual(name, LOG_NAME)
        self.assertIn("'one' of a new buildset holds the value of a secret and", text)
        self.assertIn("'two'", text.splitlines()[1])
        self.assertNotIn("token", text)
        told = [eventAsText(event) for event in self.events]
        self.assertIn("'one' of a new buildset holds the value of token and", told[0])
        self.assertIn("'two'", told[1])

    def test_a_step_that_passes_several(self) -> None:
        self.report("one")
        self.report("two")
        self.assertEqual([name for name, _ in self.written], [LOG_NAME, f"{LOG_NAME} 2"])

    def test_in_the_log_alone_if_no_step_passed_them(self) -> None:
        for buildid in (None, 6):
            self.report("one", buildid=buildid)
        self.assertEqual((self.written, len(self.events)), ([], 2))

    def test_nothing_to_report(self) -> None:
        self.report()
        self.assertEqual((self.written, self.events), ([], []))

    def test_a_log_that_cannot_be_written(self) -> None:
        self.report("broken")
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
