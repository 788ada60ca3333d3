"""The whole command is tested in `tests.integration.test_check`."""

from __future__ import annotations

from pathlib import Path

from tests.support.keychain_command import SecretFilesTestCase, run_here


class CommandTests(SecretFilesTestCase):
    def config(self, text: str) -> Path:
        file = self.directory / "master.cfg"
        file.write_text(text)
        return file

    def test_nothing_is_wrong(self) -> None:
        file = self.config(
            "from buildbot.plugins import schedulers, steps, util, worker\n"
            "f = util.BuildFactory([steps.ShellCommand(command=['true'])])\n"
            "c = BuildmasterConfig = {'protocols': {'pb': {'port': 1}}}\n"
            "c['workers'] = [worker.LocalWorker('w')]\n"
            "c['builders'] = [util.BuilderConfig(name='b', workernames=['w'], factory=f)]\n"
            "c['schedulers'] = [schedulers.ForceScheduler('force', builderNames=['b'])]\n"
        )
        ended = run_here("check", file)
        out = "0 problems, 0 not checked, 0 notes; 0 secrets in 0 places of 1 builder\n"
        self.assertEqual((ended.status, ended.out, ended.err), (0, out, ""))

    def test_what_cannot_be_executed(self) -> None:
        file = self.config("raise ValueError")
        self.assertMessage(run_here("check", file), 4, "fails with ValueError in line 1")
        self.assertMessage(run_here("check", self.directory / "none"), 4, "does not exist")

    def test_a_wrong_time(self) -> None:
        for seconds in ("0", "-1", "nan"):
            ended = run_here("check", f"--timeout={seconds}")
            self.assertMessage(ended, 2, "--timeout must be more than 0 seconds")
