"""Whose text is being split into lines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.log import Log
from buildbot.process.remotecommand import RemoteCommand
from buildbot.util.lineboundaries import LineBoundaryFinder
from twisted.internet.defer import succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.sinks import audience_of_split_text
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster


class Asking:
    """Stands for Buildbot's pattern."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def sub(self, _replacement: str, text: str) -> str:
        self.found.append(audience_of_split_text())
        return text


class SplitTextsTests(SynchronousTestCase):
    """`audience_of_split_text`, called where Buildbot looks for line ends."""

    def setUp(self) -> None:
        self.master: Any = FakeMaster()
        self.keychain = MasterKeychain.of(self.master)
        self.pattern = Asking()
        self.patch(LineBoundaryFinder, "newline_re", self.pattern)
        self.build: Any = FakeBuild()

    def split_by_command(self, step: Any) -> Any:
        command = RemoteCommand("shell", {})
        command.step = step
        command.split_line("stdout", "text\n")
        return self.pattern.found[-1]

    def split_by_log(self, master: Any) -> Any:
        master.data.updates.appendLog = lambda *_: succeed(None)
        for log_type in "st":
            log = Log.new(master, "name", log_type, 7, "utf-8")
            add = log.addStdout if log_type == "s" else log.addContent
            add("text\n")
        return self.pattern.found[-2:]

    def test_of_a_command(self) -> None:
        step = SimpleNamespace(master=self.master, build=self.build)
        self.assertIs(self.split_by_command(step), self.keychain.audiences.of_buildid(17))
        step.build = None
        self.assertIs(self.split_by_command(step), self.keychain.audiences.nobody)

    def test_of_a_log(self) -> None:
        self.patch(self.keychain.updates, "audience_of_log", lambda logid: ("readers", logid))
        self.assertEqual(self.split_by_log(self.master), [("readers", 7)] * 2)

    def test_unknown(self) -> None:
        self.assertEqual(self.split_by_log(FakeMaster()), [None, None])
        self.assertIsNone(self.split_by_command(None))
        LineBoundaryFinder().append("text\n")
        self.assertIsNone(self.pattern.found[-1])
