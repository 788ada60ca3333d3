"""What is told of the secrets that were hidden."""

from __future__ import annotations

import logging
import threading
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger, eventAsText, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks import (
    HiddenSecret,
    Place,
    RedactingLogFormatter,
    Reporter,
    _hidden_secrets,
    redact_process_logs,
)
from buildbot_keychain.buildbot.sinks._hidden_secrets import LogReport
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.audience import Label

ROWS = {
    "steps": {"buildid": 7, "name": "deploy"},
    "builds": {"builderid": 3, "number": 2},
    "builders": {"name": "linux"},
}
STEP = Place(stepid=5)
VALUE = "s3cr3t-t0ken-of-the-test"
OPEN = "n0body-was-given-Zq8ZkV2mXw4LrT9sYb"


def shown(name: str, line: int = 0) -> Label:
    return Label(name, f"<{name}>", line)


class LogReportTests(SynchronousTestCase):
    """`LogReport`."""

    def setUp(self) -> None:
        self.report = LogReport(5, "stdio")

    def test_nothing(self) -> None:
        self.assertEqual(self.report.sentence(), "")

    def test_names_in_order(self) -> None:
        self.report.note((0, 9), [shown("b"), shown("a"), shown("b")])
        self.report.note((10, 19), [shown("c")])
        self.assertEqual(self.report.sentence(), "3 secrets were hidden in this log: a, b, c")

    def test_one(self) -> None:
        self.report.note((0, 9), [shown("a")])
        self.assertEqual(self.report.sentence(), "1 secret was hidden in this log: a")

    def test_those_whose_labels_name_nothing(self) -> None:
        """Not even how many they are: equal labels do not say that either."""
        self.report.note((0, 9), [Label("x", "<secret>", 0), Label("y", "<secret>", 0)])
        self.assertEqual(
            self.report.sentence(), "secrets without a name here were hidden in this log"
        )
        self.report.note((0, 9), [shown("a")])
        self.assertEqual(
            self.report.sentence(),
            "1 secret was hidden in this log: a, and others without a name here",
        )

    def test_a_secret_that_is_called_what_stands_for_those_without_a_name(self) -> None:
        """It would tell who was not given it what it is called."""
        for name in ("secret", "secret-2"):
            report = LogReport(5, "stdio")
            report.note((0, 9), [shown(name)])
            self.assertEqual(
                report.sentence(), "secrets without a name here were hidden in this log"
            )

    def test_the_first_place(self) -> None:
        self.report.note((4, 9), [shown("a", 2), shown("a", 3), shown("b", 5)])
        self.report.note((10, 12), [shown("a", 1)])
        self.assertEqual(self.report.found, {"a": (3, 7), "b": (1, 10)})

    def test_an_unknown_place(self) -> None:
        self.assertIsNone(self.report.note(None, [shown("a")]))
        self.assertEqual(self.report.found, {"a": (1, None)})


class Running:
    """A build that runs."""

    buildid, number = 7, 2
    builder = SimpleNamespace(name="linux")
    finished = False
    currentStep = SimpleNamespace(stepid=5)


class ReporterTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.rows: dict[str, Any] = dict(ROWS)
        self.calls: list[Any] = []
        builder = SimpleNamespace(building=[Running()])
        master = SimpleNamespace(
            data=SimpleNamespace(get=self.get),
            reactor=SimpleNamespace(callFromThread=lambda *call: self.calls.append(call)),
            botmaster=SimpleNamespace(builders={"linux": builder}),
        )
        self.on = True
        self.reporter = Reporter(master, lambda: self.on)
        self.told: list[HiddenSecret] = []
        self.reporter.on_hidden(self.told.append)
        self.events: list[Any] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", VALUE)
        self.redactor.add("open", OPEN)
        self.readers = self.redactor.seen_by({"token"})

    def get(self, path: tuple[str, str]) -> Any:
        row = self.rows[path[0]]
        return fail(row) if isinstance(row, Exception) else succeed(row)

    def lines(self) -> list[str]:
        texts = (
            eventAsText(event, includeTimestamp=False, includeSystem=False) for event in self.events
        )
        return [text for text in texts if "was hidden" in text]

    def run_calls(self) -> None:
        """Do what the reactor does next."""
        calls, self.calls = self.calls, []
        for function, *arguments in calls:
            function(*arguments)


class LogTests(ReporterTestCase):
    """`Reporter`, of logs."""

    def finish(self, *names: str, stepid: int = 5) -> None:
        report = self.reporter.log_opened(stepid, "stdio")
        assert report is not None
        report.note((2, 9), [Label(name, "<secret>", 1) for name in names])
        self.successResultOf(self.reporter.log_finished(report))

    def test_one_event_for_each_secret(self) -> None:
        self.finish("a", "b", "a")
        self.assertEqual(
            self.told,
            [
                HiddenSecret("a", "linux", "deploy", "log", 2, 7, 2, "stdio", 4),
                HiddenSecret("b", "linux", "deploy", "log", 1, 7, 2, "stdio", 4),
            ],
        )

    def test_one_line_for_each_builder_step_and_secret(self) -> None:
        self.finish("a")
        self.finish("a", "b")
        self.rows["steps"] = {"buildid": 8, "name": "test"}
        self.finish("a", stepid=6)
        self.assertEqual(len(self.lines()), 3)
        self.assertIn(
            "the secret 'a' was hidden in the log 'stdio' "
            "(builder 'linux', build 2, step 'deploy', line 4)",
            self.lines()[0],
        )

    def test_an_observer_that_fails(self) -> None:
        self.reporter.on_hidden(lambda _: 1 / 0)
        self.reporter.on_hidden(self.told.append)
        self.finish("a")
        self.assertEqual(len(self.told), 2)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_database_that_is_down(self) -> None:
        self.rows["steps"] = {"buildid": 8, "name": "deploy"}  # which runs no more
        self.rows["builds"] = RuntimeError("down")
        self.finish("a")
        self.assertEqual(
            self.told, [HiddenSecret("a", None, "deploy", "log", 1, 8, None, "stdio", 4)]
        )

    def test_nothing_was_hidden(self) -> None:
        self.rows.clear()
        self.finish()
        self.assertEqual(self.lines(), [])

    def test_switched_off(self) -> None:
        self.on = False
        self.assertIsNone(self.reporter.log_opened(5, "stdio"))


class SinkTests(ReporterTestCase):
    """`Reporter`, of everything that is not a log."""

    def test_what_is_told(self) -> None:
        self.reporter.hidden("step state", STEP, self.readers, [f"{VALUE} {VALUE}", {OPEN: 1}])
        self.assertEqual(
            self.told,
            [
                HiddenSecret("token", "linux", "deploy", "step state", 2, 7, 2, None, None),
                HiddenSecret("open", "linux", "deploy", "step state", 1, 7, 2, None, None),
            ],
        )
        event = next(each for each in self.events if each.get("secret") == "token")
        names = ("secret", "builder", "number", "step", "sink", "log_namespace")
        self.assertEqual(
            [event[name] for name in names],
            ["token", "linux", 2, "deploy", "step state", _hidden_secrets.__name__],
        )
        self.assertIn(
            "the secret 'token' was hidden in the step state (builder 'linux', build 2, "
            "step 'deploy'); if it should not be there, change what writes it, and the secret",
            self.lines()[0],
        )

    def test_all_are_counted_with_the_first_place(self) -> None:
        for number in range(3):
            self.rows["builds"] = {"builderid": 3, "number": number}
            self.rows["steps"] = {"buildid": number, "name": "deploy"}
            self.reporter.hidden("step state", Place(stepid=number), self.readers, VALUE)
        self.reporter.hidden("change", Place(), self.readers, VALUE)
        self.assertEqual(
            self.reporter.counted,
            (
                HiddenSecret("token", "linux", "deploy", "step state", 3, 0, 0, None, None),
                HiddenSecret("token", None, None, "change", 1, None, None, None, None),
            ),
        )
        self.assertEqual(self.reporter.count_by_sink, {"step state": 3, "change": 1})
        self.assertEqual(len(self.lines()), 2)
        self.assertEqual([each.count for each in self.told], [1] * 4)

    def test_the_step_that_runs_in_a_build(self) -> None:
        self.reporter.hidden("property", Place(buildid=7), self.readers, VALUE)
        self.assertEqual(self.told[0].step, "deploy")
        self.reporter.hidden("property", Place(buildid=8), self.readers, VALUE)
        self.assertIsNone(self.told[1].step)

    def test_numbers_only_where_they_are_hidden(self) -> None:
        self.redactor.add("pin", "80808080")
        readers = self.redactor.seen_by({"pin"})
        for numbers in (False, True):
            self.reporter.hidden("x", Place(), readers, [80808080], numbers=numbers)
        self.assertEqual([each.secret for each in self.told], ["pin"])

    def test_much_at_once_is_told_together(self) -> None:
        answer: Deferred[Any] = Deferred()
        self.reporter._master.data.get = lambda _: answer
        for _ in range(4):
            self.reporter.hidden("step state", STEP, self.readers, VALUE)
        self.assertEqual(self.told, [])
        answer.errback(RuntimeError("down"))
        self.assertEqual([each.count for each in self.told], [1, 3])

    def test_memory_is_bounded(self) -> None:
        self.patch(_hidden_secrets, "MOST", 3)
        self.reporter = Reporter(self.reporter._master, lambda: True)
        for number in range(9):
            self.reporter.hidden(f"sink {number}", Place(), self.readers, VALUE)
        self.assertEqual(
            [each.sink for each in self.reporter.counted], ["sink 6", "sink 7", "sink 8"]
        )
        self.assertEqual(sum(self.reporter.count_by_sink.values()), 9)
        self.reporter._master.data.get = lambda _: Deferred()
        for number in range(9):
            self.reporter.hidden(f"sink {number}", STEP, self.readers, VALUE)
        self.assertEqual(len(self.reporter._waiting), 3)

    def test_switched_off(self) -> None:
        self.on = False
        self.reporter.hidden("step state", STEP, self.readers, VALUE)
        self.reporter.hidden_in_process("twistd.log", self.readers, [VALUE])
        self.run_calls()
        self.assertEqual((self.told, self.reporter.counted, self.lines()), ([], (), []))

    def test_it_never_fails(self) -> None:
        self.reporter._is_on = lambda: bool(1 / 0)
        self.reporter.hidden("step state", STEP, self.readers, VALUE)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_an_observer_that_writes_secrets_itself(self) -> None:
        """What it writes meanwhile is not counted, or that would never end."""
        self.reporter.on_hidden(
            lambda _: self.reporter.hidden("step state", STEP, self.readers, VALUE)
        )
        self.reporter.hidden("step state", STEP, self.readers, VALUE)
        self.assertEqual(len(self.told), 1)


class ProcessTests(ReporterTestCase):
    """`Reporter`, of what the process logs."""

    def setUp(self) -> None:
        super().setUp()
        redact_process_logs(self.redactor, self.reporter)

    def test_an_event(self) -> None:
        Logger().info("log {value} and {value}", value=VALUE, other=OPEN)
        self.assertEqual(self.told, [])  # the event is written before what is told of it
        self.run_calls()
        self.assertEqual(
            self.told, [HiddenSecret("token", None, None, "twistd.log", 2, None, None, None, None)]
        )
        self.assertIn("the secret 'token' was hidden in twistd.log; if", self.lines()[0])

    def test_what_the_text_of_an_event_does_not_show(self) -> None:
        Logger().info("text", value=[VALUE])
        self.run_calls()
        self.assertEqual([each.count for each in self.told], [1])

    def test_records_of_the_standard_library(self) -> None:
        """Once, although logger and handlers redact; also what only a field shows."""
        logger = logging.getLogger("keychain.test")
        handler = logging.NullHandler()
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        logger.warning("log %s", VALUE)
        logger.warning("text", extra={"field": [OPEN]})
        self.run_calls()
        self.assertEqual(
            [(each.secret, each.sink, each.count) for each in self.told],
            [("token", "logging record", 1), ("open", "logging record", 1)],
        )

    def test_requests(self) -> None:
        line = RedactingLogFormatter(lambda *_: f"GET /?key={VALUE}")("now", None)
        self.assertEqual(line, "GET /?key=<token>")
        self.run_calls()
        self.assertEqual([(each.secret, each.sink) for each in self.told], [("token", "http.log")])

    def test_no_count_tells_what_was_hidden_there(self) -> None:
        """Somebody who tries to log in has any text logged, and may be able to read metrics."""
        Logger().info("invalid login from user {user}", user=VALUE)
        logging.getLogger("keychain.test").warning("log %s", VALUE)
        RedactingLogFormatter(lambda *_: f"GET /?key={VALUE}")("now", None)
        self.run_calls()
        self.assertEqual(len(self.told), 3)
        self.assertEqual(self.reporter.count_by_sink, {})

    def test_a_failure(self) -> None:
        Logger().failure("it failed", Failure(ValueError(VALUE)))
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.run_calls()
        self.assertEqual(
            [(each.secret, each.sink) for each in self.told], [("token", "twistd.log")]
        )

    def test_what_is_told_is_redacted_and_not_counted(self) -> None:
        """Also where the name of a secret is the value of another one."""
        self.redactor.add(f"name-{VALUE}", "an0ther-value-of-the-test")
        Logger().info("an0ther-value-of-the-test")
        for _ in range(5):
            self.run_calls()
        (told,) = self.told
        self.assertEqual((told.secret, told.count), (f"name-{VALUE}", 1))
        self.assertNotIn(VALUE, "".join(map(eventAsText, self.events)))
        self.assertEqual(len(self.lines()), 1)

    def test_from_any_thread(self) -> None:
        thread = threading.Thread(target=lambda: Logger().info(VALUE))
        thread.start()
        thread.join()
        self.assertEqual(self.told, [])
        self.run_calls()
        self.assertEqual(len(self.told), 1)

    def test_a_master_that_is_gone(self) -> None:
        del self.reporter
        Logger().info("log {value}", value=VALUE)
        self.assertEqual(self.calls, [])
