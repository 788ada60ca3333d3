"""What is told of the secrets that were hidden in a log."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import fail, succeed
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks import HiddenSecret, Reporter
from buildbot_keychain.buildbot.sinks._hidden_secrets import LogReport
from buildbot_keychain.redaction.audience import Label

ROWS = {
    "steps": {"buildid": 7, "name": "deploy"},
    "builds": {"builderid": 3},
    "builders": {"name": "linux"},
}


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

    def test_the_first_place(self) -> None:
        self.report.note((4, 9), [shown("a", 2), shown("a", 3), shown("b", 5)])
        self.report.note((10, 12), [shown("a", 1)])
        self.assertEqual(self.report.found, {"a": (3, 7), "b": (1, 10)})

    def test_an_unknown_place(self) -> None:
        self.assertIsNone(self.report.note(None, [shown("a")]))
        self.assertEqual(self.report.found, {"a": (1, None)})


class ReporterTests(SynchronousTestCase):
    """`Reporter`."""

    def setUp(self) -> None:
        self.rows: dict[str, Any] = dict(ROWS)
        master = SimpleNamespace(data=SimpleNamespace(get=self.get))
        self.on = True
        self.reporter = Reporter(master, lambda: self.on)
        self.told: list[HiddenSecret] = []
        self.logged: list[str] = []

        def log(event: Any) -> None:
            self.logged.append(eventAsText(event, includeTimestamp=False, includeSystem=False))

        globalLogPublisher.addObserver(log)  # type: ignore[arg-type]
        self.addCleanup(globalLogPublisher.removeObserver, log)  # type: ignore[arg-type]

    def get(self, path: tuple[str, str]) -> Any:
        row = self.rows[path[0]]
        return fail(row) if isinstance(row, Exception) else succeed(row)

    def finish(self, *names: str) -> None:
        report = self.reporter.log_opened(5, "stdio")
        assert report is not None
        report.note((2, 9), [Label(name, "<secret>", 1) for name in names])
        self.successResultOf(self.reporter.log_finished(report))

    def test_one_event_for_each_secret(self) -> None:
        self.reporter.on_hidden(self.told.append)
        self.finish("a", "b", "a")
        self.assertEqual(
            self.told,
            [
                HiddenSecret("a", "linux", "deploy", "log", 2, 7, "stdio", 4),
                HiddenSecret("b", "linux", "deploy", "log", 1, 7, "stdio", 4),
            ],
        )

    def test_one_line_for_each_builder_step_and_secret(self) -> None:
        self.finish("a")
        self.finish("a", "b")
        self.rows["steps"] = {"buildid": 8, "name": "test"}
        self.finish("a")
        lines = [line for line in self.logged if "was hidden" in line]
        self.assertEqual(len(lines), 3)
        self.assertIn("the secret 'a' was hidden in the log 'stdio' of the step 'deploy'", lines[0])
        self.assertIn("first in line 4 (build 7)", lines[0])

    def test_an_observer_that_fails(self) -> None:
        self.reporter.on_hidden(lambda _: 1 / 0)
        self.reporter.on_hidden(self.told.append)
        self.finish("a")
        self.assertEqual(len(self.told), 1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_database_that_is_down(self) -> None:
        self.rows["builds"] = RuntimeError("down")
        self.reporter.on_hidden(self.told.append)
        self.finish("a")
        self.assertEqual(self.told, [HiddenSecret("a", None, "deploy", "log", 1, 7, "stdio", 4)])

    def test_nothing_was_hidden(self) -> None:
        self.rows.clear()
        self.finish()
        self.assertEqual(self.logged, [])

    def test_switched_off(self) -> None:
        self.on = False
        self.assertIsNone(self.reporter.log_opened(5, "stdio"))
