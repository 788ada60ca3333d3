from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.builds import Audiences, Descendants, GivenSecrets, Requests
from buildbot_keychain.buildbot.forms import FormValues
from buildbot_keychain.buildbot.references import Name, References
from buildbot_keychain.buildbot.sealed import MasterKeys
from buildbot_keychain.buildbot.sinks import HiddenSecret, Place, Reporter
from buildbot_keychain.buildbot.sinks._updates import RedactingUpdates
from buildbot_keychain.redaction import Audience, RedactionPolicy, Redactor
from buildbot_keychain.redaction.structures import WITHHELD
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster

VALUE = "s3cr3t-t0ken"
OPEN = "q8ZkV2mXw4LrT9sYbN6cJ3"
"""A secret that nobody could guess, and that nobody was given."""


class Updates:
    """Buildbot's update methods, as far as they are needed, noting what they are given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.stored = 0

    def setStepStateString(self, stepid: int, state_string: str) -> Any:
        self.calls.append((stepid, state_string))
        return succeed("result")

    def setBuildData(self, buildid: int, name: str, value: bytes, source: str) -> Any:
        self.calls.append((buildid, name, value, source))

    def addTestResults(self, builderid: int, test_result_setid: int, result_values: Any) -> Any:
        self.calls.append((builderid, test_result_setid, result_values))

    def findBuilderId(self, name: str) -> Any:
        self.calls.append((name,))

    def added_in_a_later_buildbot(self, *texts: Any, **more: Any) -> Any:
        self.calls.append((texts, more))

    def also_added_in_a_later_buildbot(self, buildid: int, text: str) -> Any:
        self.calls.append((buildid, text))

    def addStep(self, buildid: int, name: str) -> Any:
        self.calls.append((buildid, name))
        return succeed((60, 1, name))

    def addTestResultSet(self, builderid: int, buildid: int, stepid: int, text: str) -> Any:
        self.calls.append((builderid, buildid, stepid, text))
        return succeed(70)

    def addLog(self, stepid: int, name: str, type: str) -> Any:  # noqa: A002
        self.calls.append((stepid, name, type))
        return succeed(7)

    def appendLog(self, logid: int, content: str) -> Any:
        self.calls.append((logid, content))
        first, self.stored = self.stored, self.stored + content.count("\n")
        return succeed((first, self.stored - 1))

    def finishLog(self, logid: int) -> Any:
        self.calls.append((logid, "finished"))
        return succeed(None)

    def setBuildProperty(self, buildid: int, name: str, value: Any, source: str) -> Any:
        self.calls.append((buildid, name, value, source))

    def setBuildProperties(self, buildid: int, properties: Any) -> Any:
        self.calls.append((buildid, properties.getProperties().asDict()))
        return succeed(None)

    def addBuildset(  # noqa: PLR0917 - as Buildbot has it
        self,
        waited_for: bool,
        scheduler: str | None = None,
        sourcestamps: Any = None,
        reason: str = "",
        properties: Any = None,
        parent_buildid: int | None = None,
    ) -> Any:
        if reason == "fails":
            raise RuntimeError("the database is full")
        self.calls.append((scheduler, sourcestamps, reason, properties))

    def finishBuild(self, buildid: int, results: int) -> Any:
        self.calls.append((buildid, results))
        return succeed("finished")

    def addChange(self, files: Any = None, comments: str = "", branch: str = "") -> Any:
        self.calls.append((files, comments, branch))


class Master:
    def __init__(self) -> None:
        self.data = self
        self.updates = Updates()
        self.botmaster = self
        self.builders: dict[str, Any] = {}
        self.mq = self

    def startConsuming(self, callback: Any, path: Any) -> None:
        """Have nothing to tell."""

    def get(self, path: tuple[str, ...]) -> Any:
        """Answer as the data API: things below 50 are of build 1, others are of build 2."""
        collection, number = path
        if number == "99":
            return fail(RuntimeError("the database is down"))
        if collection == "logs":
            return succeed({"type": "s", "stepid": int(number)})
        return succeed({"buildid": 1 if int(number) < 50 else 2})


async def _nothing(_build: Any, _name: Name) -> str:
    raise NotImplementedError


class _Forms:
    """Has something to store for each buildset."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def storing(self, _properties: Any, *, is_rebuild: bool) -> Any:
        async def store() -> str:
            self.entries.append("stored" if not is_rebuild else "rebuilt")
            return "entry"

        return store

    async def bind(self, _entry: Any, _bsid: int, **_others: Any) -> None:
        self.entries.append("bound")

    async def drop(self, _entry: Any) -> None:
        self.entries.append("dropped")


class UpdatesTestCase(TestCase):
    def setUp(self) -> None:
        self.master = Master()
        self.calls = self.master.updates.calls
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.given = GivenSecrets(FakeMaster())
        self.build = FakeBuild()
        self.build.buildid = 1
        self.add("token", VALUE)
        self.redactor.add("open", OPEN)
        self.before_the_end: Deferred[None] = succeed(None)
        audiences = Audiences(self.redactor, self.given)
        self.reporting = False
        self.made: set[str] = set()
        unused: Any = None
        self.reporter = Reporter(self.master, lambda: self.reporting)
        self.references = References(
            FakeMaster(), _nothing, lambda _build: nullcontext(), lambda _name, _value: False
        )
        self.updates = RedactingUpdates(
            self.master,
            audiences,
            Descendants(self.master),
            lambda: self.before_the_end,
            self.reporter,
            made_by=lambda _buildid: self.made,
            references=self.references,
            forms=FormValues(FakeMaster(), MasterKeys(FakeMaster()), unused, unused),
            requests=Requests(FakeMaster()),
        )

    def add(self, name: str, value: str) -> None:
        """Add a secret, and give it to build 1."""
        self.redactor.add(name, value)
        self.given.give(self.build, name)


class ReportTests(UpdatesTestCase):
    """What is told of what was hidden."""

    def setUp(self) -> None:
        super().setUp()
        self.reporting = True
        self.told: list[HiddenSecret] = []
        self.reporter.on_hidden(self.told.append)

    def check(self, *expected: tuple[str, str, int]) -> None:
        found = [(each.secret, each.sink, each.count) for each in self.told]
        self.assertEqual(found, list(expected))
        self.told.clear()

    def test_each_method(self) -> None:
        updates = self.updates
        updates.setStepStateString(1, f"with {VALUE}")
        self.check(("token", "step state", 1))
        updates.setBuildData(1, VALUE, VALUE.encode(), "source")
        self.check(("token", "build data", 1), ("token", "build data", 1))
        updates.addTestResults(1, 2, [{"value": VALUE, "test_name": VALUE}])
        self.check(("token", "test results", 2))
        updates.addTestResultSet(1, 1, 3, VALUE)
        self.check(("token", "test results", 1))
        updates.addStep(1, VALUE)
        self.check(("token", "step name", 1))
        updates.addLog(1, VALUE, "s")
        self.check(("token", "log name", 1))
        updates.addChange([OPEN], f"by {OPEN}", branch=OPEN)
        self.check(("open", "change", 1), ("open", "change", 1))
        updates.added_in_a_later_buildbot(OPEN)
        self.check(("open", "added_in_a_later_buildbot", 1))

    def test_nothing_was_hidden(self) -> None:
        """Neither a guess of somebody else nor a label."""
        self.updates.setStepStateString(55, f"with {VALUE}")
        self.updates.setStepStateString(1, "with <token>")
        self.updates.findBuilderId(OPEN)
        self.check()

    def test_whose_it_is(self) -> None:
        places: list[Any] = []
        self.reporter.hidden = lambda _sink, place, *_, **__: places.append(place)  # type: ignore[method-assign]
        self.updates.setStepStateString(1, VALUE)
        self.updates.addTestResults(9, 2, VALUE)
        self.updates.addStep(1, VALUE)
        self.updates.addChange(OPEN)
        self.assertEqual(
            places,
            [Place(None, 1, 1), Place(9, 1, None), Place(None, 1, 60), Place()],
        )

    def test_properties_are_told_once(self) -> None:
        """Buildbot stores all of them after each step."""
        properties = Properties(a=VALUE, branch="main")
        for _ in range(2):
            self.updates.setBuildProperties(1, properties)
        self.check(("token", "property", 1))
        properties.setProperty("b", [VALUE, VALUE], "test")
        self.updates.setBuildProperties(1, properties)
        self.check(("token", "property", 2))
        self.updates.finishBuild(1, 0)
        self.updates.setBuildProperties(1, properties)
        self.check(("token", "property", 3))
        self.updates.setBuildProperty(1, "c", VALUE, "test")
        self.check(("token", "property", 1))

    def test_what_identifies_a_build_is_not_hidden_and_not_told(self) -> None:
        self.updates.setBuildProperty(1, "branch", VALUE, "Build")
        self.updates.addBuildset(False, OPEN, [{"branch": OPEN, "repository": "r"}])
        self.check()

    def test_buildsets(self) -> None:
        self.updates.addBuildset(
            False,
            sourcestamps=[{"branch": VALUE, "repository": f"https://u:{VALUE}@h/"}, 17],
            reason=VALUE,
            properties={"p": (VALUE, "test"), "q": ("x", "test")},
            parent_buildid=1,
        )
        self.check(("token", "buildset", 1), ("token", "buildset", 1), ("token", "buildset", 1))


class EveryMethodTests(UpdatesTestCase):
    def test_texts_are_redacted_wherever_they_are(self) -> None:
        self.updates.setStepStateString(1, f"with {VALUE}")
        self.updates.setBuildData(1, "d", f"\xff{VALUE}".encode("latin-1"), VALUE)
        self.updates.addTestResults(1, 2, [{"value": VALUE, "test_name": "t", "line": 3}])
        self.assertEqual(
            self.calls,
            [
                (1, "with <token>"),
                (1, "d", b"\xff<token>", "<token>"),
                (1, 2, [{"value": "<token>", "test_name": "t", "line": 3}]),
            ],
        )

    def test_methods_that_do_not_exist_yet_are_covered(self) -> None:
        """They are of no build, unless they say which."""
        self.updates.added_in_a_later_buildbot(OPEN, {"a": [VALUE]}, key=(OPEN, 1))
        self.updates.also_added_in_a_later_buildbot(1, VALUE)
        self.updates.also_added_in_a_later_buildbot(2, VALUE)
        self.assertEqual(
            self.calls,
            [
                (("<secret>", {"a": [VALUE]}), {"key": ("<secret>", 1)}),
                (1, "<token>"),
                (2, VALUE),
            ],
        )

    def test_a_build_is_finished_after_what_must_be_stored(self) -> None:
        self.before_the_end = Deferred()
        done = self.updates.finishBuild(17, 0)
        self.assertEqual(self.calls, [])
        self.before_the_end.callback(None)
        self.assertEqual(self.calls, [(17, 0)])
        self.assertEqual(self.successResultOf(done), "finished")

    def test_results_come_back(self) -> None:
        answer = self.updates.setStepStateString(1, "x")
        self.assertEqual(self.successResultOf(answer), "result")

    def test_unknown_methods_are_unknown(self) -> None:
        self.assertRaises(AttributeError, getattr, self.updates, "noSuchMethod")

    def test_what_buildbot_finds_things_by_is_left_alone(self) -> None:
        self.add("weak", "main")
        self.updates.findBuilderId("main")
        self.updates.addChange(files=[OPEN], comments=f"merge {OPEN}", branch=OPEN)
        stamp = {"branch": "main", "revision": "main", "repository": f"https://u:{VALUE}@h/r"}
        self.updates.addBuildset(False, "main", [stamp], f"for {VALUE}", parent_buildid=1)
        self.assertEqual(
            self.calls,
            [
                ("main",),
                (["<secret>"], "merge <secret>", OPEN),
                (
                    "main",
                    [{"branch": "main", "revision": "main", "repository": "https://u:<token>@h/r"}],
                    "for <token>",
                    None,
                ),
            ],
        )

    def test_a_source_stamp_that_is_a_text_is_redacted(self) -> None:
        self.updates.addBuildset(False, "main", [OPEN, 5])
        self.assertEqual(self.calls[0][1], ["<secret>", 5])

    def test_arguments_are_not_altered_in_place(self) -> None:
        results = [{"value": VALUE}]
        self.updates.addTestResults(1, 2, results)
        self.assertEqual(results, [{"value": VALUE}])

    def test_a_text_that_cannot_be_redacted_is_withheld(self) -> None:
        def broken(_self: Any, text: str) -> str:
            raise RuntimeError(text)

        self.patch(Audience, "redact", broken)
        self.updates.setStepStateString(1, VALUE)
        self.assertEqual(self.calls, [(1, WITHHELD)])


class ReadersTests(UpdatesTestCase):
    """Texts are for the readers of the build that they belong to."""

    def test_a_build_that_was_not_given_the_secret(self) -> None:
        self.updates.setBuildData(2, "d", VALUE.encode(), OPEN)
        self.updates.setBuildProperty(2, "p", VALUE, "x")
        self.updates.setStepStateString(55, VALUE)
        self.updates.addTestResults(1, 55, [{"value": VALUE}])
        self.updates.addBuildset(False, reason=VALUE, parent_buildid=2)
        self.updates.addBuildset(False, reason=VALUE)
        self.assertEqual(
            self.calls,
            [
                (2, "d", VALUE.encode(), "<secret>"),
                (2, "p", VALUE, "x"),
                (55, VALUE),
                (1, 55, [{"value": VALUE}]),
                (None, None, VALUE, None),
                (None, None, VALUE, None),
            ],
        )

    def test_steps_and_test_results_are_noted(self) -> None:
        """The data API would say build 2."""
        self.successResultOf(self.updates.addStep(buildid=1, name=f"step {VALUE}"))
        self.updates.setStepStateString(60, VALUE)
        self.successResultOf(self.updates.addTestResultSet(3, 1, 60, f"set {VALUE}"))
        self.updates.addTestResults(3, 70, [{"value": VALUE}])
        self.assertEqual(
            self.calls,
            [
                (1, "step <token>"),
                (60, "<token>"),
                (3, 1, 60, "set <token>"),
                (3, 70, [{"value": "<token>"}]),
            ],
        )

    def test_one_whose_build_cannot_be_found_is_of_no_build(self) -> None:
        self.updates.setStepStateString(99, f"{VALUE} {OPEN}")
        self.assertEqual(self.calls, [(99, f"{VALUE} <secret>")])


class LogTests(UpdatesTestCase):
    def test_a_log_is_redacted_across_appends_and_flushed_when_finished(self) -> None:
        self.add("key", "first-line-of-it\nsecond-line-of-it")
        logid = self.successResultOf(self.updates.addLog(1, f"log {VALUE}", "s"))
        self.updates.appendLog(logid, f"ohello {VALUE}\n")
        self.updates.appendLog(logid, "ofirst-line-of-it\n")
        self.updates.appendLog(logid, "osecond-line-of-it\n")
        self.updates.finishLog(logid)
        self.assertEqual(self.calls[0], (1, "log <token>", "s"))
        self.assertEqual(self.calls[-1], (7, "finished"))
        written = "".join(content for _, content in self.calls[1:-1])
        self.assertEqual(written, "ohello <token>\no<key>\no<key>\n")

    def test_what_was_hidden_is_told(self) -> None:
        """At the end of a log in which no program reads that line, and to observers."""
        self.reporting = True
        told: list[HiddenSecret] = []
        self.reporter.on_hidden(told.append)
        for kind in ("s", "t", "h"):
            logid = self.successResultOf(self.updates.addLog(1, "stdio", kind))
            self.updates.appendLog(logid, f"oa line\no{VALUE} {OPEN}\n")
            self.successResultOf(self.updates.finishLog(logid))
        lines = [content for _, content, *_ in self.calls if "hidden" in content]
        self.assertEqual(
            lines, ["h1 secret was hidden in this log: token, and others without a name here\n"]
        )
        self.assertEqual(
            [(each.secret, each.log) for each in told], [("token", "stdio"), ("open", "stdio")] * 3
        )
        self.assertEqual([each.line for each in told[:2]], [2, 2])
        self.assertEqual(self.updates._reports, {})

    def test_the_end_of_a_log_is_appended_at_once(self) -> None:
        """With the sentence that counts what is hidden in it."""
        self.reporting = True
        logid = self.successResultOf(self.updates.addLog(1, "stdio", "s"))
        ends = ("program finished with exit code 0", "elapsedTime=0.5")
        for end in (f"deploy {VALUE}", *ends):
            self.updates.appendLog(logid, f"h{end}\n")
        self.successResultOf(self.updates.finishLog(logid))
        lines = (*ends, "1 secret was hidden in this log: token")
        last = "".join(f"h{line}\n" for line in lines)
        self.assertEqual(self.calls[1:], [(7, "hdeploy <token>\n"), (7, last), (7, "finished")])

    def test_a_log_that_was_opened_before_is_redacted_too(self) -> None:
        """By the build that it belongs to; if that cannot be found, for nobody."""
        for logid in (8, 55):
            self.updates.appendLog(logid, f"o{VALUE} {OPEN}\n")
        self.assertEqual(self.calls, [(8, "o<token> <secret>\n"), (55, f"o{VALUE} <secret>\n")])

    def test_who_reads_it(self) -> None:
        logid = self.successResultOf(self.updates.addLog(1, "stdio", "s"))
        self.assertEqual(self.updates.audience_of_log(logid).redact(VALUE), "<token>")
        self.assertEqual(self.updates.audience_of_log(logid + 1).redact(VALUE), VALUE)

    def test_a_secret_that_is_given_while_the_log_is_open(self) -> None:
        logid = self.successResultOf(self.updates.addLog(1, "stdio", "s"))
        self.redactor.add("later", "s3cr3t-of-later")
        self.updates.appendLog(logid, "os3cr3t-of-later\n")
        self.given.give(self.build, "later")
        self.updates.appendLog(logid, "os3cr3t-of-later\n")
        self.assertEqual([text for _, text in self.calls[1:]], ["os3cr3t-of-later\n", "o<later>\n"])

    def test_a_log_is_finished_when_its_last_lines_cannot_be_appended(self) -> None:
        self.add("key", "first-line-of-it\nsecond-line-of-it")
        logid = self.successResultOf(self.updates.addLog(1, "stdio", "s"))
        self.updates.appendLog(logid, "ofirst-line-of-it\n")
        self.patch(self.master.updates, "appendLog", lambda *_: fail(RuntimeError("full")))
        self.failureResultOf(self.updates.finishLog(logid), RuntimeError)
        self.assertEqual(self.calls[-1], (7, "finished"))

    def test_a_finished_log_leaves_nothing_behind(self) -> None:
        for _ in range(100):
            logid = self.successResultOf(self.updates.addLog(1, "stdio", "s"))
            self.updates.appendLog(logid, "oline\n")
            self.updates.finishLog(logid)
        self.assertEqual(self.updates._logs, {})


class PropertyTests(UpdatesTestCase):
    def test_a_redacted_copy_is_stored_and_the_build_keeps_the_true_one(self) -> None:
        properties = Properties()
        properties.setProperty("deep", {"list": [VALUE, 3], VALUE: None}, VALUE)
        properties.setProperty("number", 1234567890, "here")
        self.add("pin", "1234567890")
        self.updates.setBuildProperties(1, properties)
        self.assertEqual(
            self.calls,
            [
                (
                    1,
                    {
                        "deep": ({"list": ["<token>", 3], "<token>": None}, "<token>"),
                        "number": ("<pin>", "here"),
                    },
                )
            ],
        )
        self.assertEqual(properties.getProperty("deep")["list"][0], VALUE)

    def test_what_buildbot_finds_a_build_by_is_stored_as_it_is(self) -> None:
        self.add("weak", "main")
        properties = Properties()
        properties.setProperty("branch", "main", "Build")
        properties.setProperty("other", "main", "Build")
        properties.setProperty("revision", VALUE, "SetPropertyFromCommand Step")
        self.updates.setBuildProperties(1, properties)
        self.assertEqual(
            self.calls,
            [
                (
                    1,
                    {
                        "branch": ("main", "Build"),
                        "other": ("<weak>", "Build"),
                        "revision": ("<token>", "SetPropertyFromCommand Step"),
                    },
                )
            ],
        )

    def test_a_single_property_is_stored_by_the_same_rules(self) -> None:
        self.add("weak", "main")
        self.updates.setBuildProperty(1, "branch", "main", "Build")
        self.updates.setBuildProperty(1, "branch", "main", "SetProperty Step")
        self.updates.setBuildProperty(1, VALUE, [VALUE], VALUE)
        self.assertEqual(
            self.calls,
            [
                (1, "branch", "main", "Build"),
                (1, "branch", "<weak>", "SetProperty Step"),
                (1, "<token>", ["<token>"], "<token>"),
            ],
        )

    def test_what_is_known_to_be_a_secret_shows_a_label_whatever_it_is(self) -> None:
        """What the build received shows one in its buildset."""
        short = self.references.made.secret(self.build, Name("short", "files"), "no")
        properties = Properties()
        properties.setProperty("tok", [short], "Trigger")
        properties.setProperty("other", "no", "Trigger")
        self.updates.setBuildProperties(1, properties)
        self.updates.setBuildProperty(1, "tok", short, "Trigger")
        stored, *one = self.calls
        shown = {"tok": (["<short>"], "Trigger"), "other": ("no", "Trigger")}
        self.assertEqual(stored, (1, shown))
        self.assertEqual(one, [(1, "tok", "<short>", "Trigger")])
        self.assertIs(properties.getProperty("tok")[0], short)

    def test_words_that_a_person_hands_to_a_build_are_its_own(self) -> None:
        for name, value in {"w": "echo", "pin": "8080", "br": "main"}.items():
            self.add(name, value)
        given = {"tool": ("echo", "Force"), "port": (8080, "Force"), "leak": (OPEN, "Force")}
        self.updates.addBuildset(False, properties=given)
        self.assertEqual(self.calls[0][3], {**given, "leak": ("<secret>", "Force")})
        self.updates.addBuildset(False, properties=given, parent_buildid=1)
        handed_on = {name: value for name, (value, _) in self.calls[1][3].items()}
        self.assertEqual(handed_on, {"tool": "<w>", "port": "<pin>", "leak": "<secret>"})

    def test_what_is_stored_for_a_buildset_that_cannot_be_added_is_dropped(self) -> None:
        forms = _Forms()
        self.patch(self.updates, "_forms", forms)
        added = self.updates.addBuildset(False, properties={}, reason="fails")
        self.failureResultOf(added, RuntimeError)
        self.assertEqual(forms.entries, ["stored", "dropped"])

    def test_a_secret_in_a_buildset_is_withheld_and_the_step_says_so(self) -> None:
        logged: list[tuple[str, str]] = []

        class Step:
            def addCompleteLog(self, name: str, text: str) -> Any:
                logged.append((name, text))

        class Build:
            buildid = 1
            finished = False
            currentStep = Step()

        class Builder:
            building = (Build(),)

        self.master.builders["b"] = Builder()
        self.updates.addBuildset(
            False, properties={"pw": (VALUE, "Trigger"), "ok": ("fine", "x")}, parent_buildid=1
        )
        self.assertEqual(self.calls[0][3], {"pw": ("<token>", "Trigger"), "ok": ("fine", "x")})
        ((name, text),) = logged
        self.assertEqual(name, "withheld properties")
        for expected in ("'pw'", "token", "is passed by name"):
            self.assertIn(expected, text)
        self.assertNotIn("'ok'", text)
        self.assertNotIn(VALUE, text)
