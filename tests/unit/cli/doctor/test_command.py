"""What it finds is tested in `tests.integration.test_doctor`."""

from __future__ import annotations

import json

from tests.support.keychain_command import SecretFilesTestCase, run_here


class CommandTests(SecretFilesTestCase):
    def test_a_wrong_command_line(self) -> None:
        for argument, message in (
            ("--timeout=nan", "--timeout must be more than 0 seconds"),
            ("--timeout=inf", "--timeout must be 86400 seconds or less"),
            ("--ignore=swop", "there is no such code; did you mean swap?"),
            ("--ignore=x", "there is no such code; see"),
        ):
            self.assertMessage(run_here("doctor", argument), 2, message)

    def test_there_is_no_such_directory(self) -> None:
        self.assertMessage(run_here("doctor", self.directory / "none"), 4, "does not exist")

    def test_what_is_ignored_is_left_out(self) -> None:
        (self.directory / "master.cfg").write_text("raise ValueError")
        ended = run_here("doctor", self.directory, "--json", "--offline")
        *found, summary = map(json.loads, ended.out.splitlines())
        self.assertEqual((ended.err, summary["directory"]), ("", str(self.directory)))
        self.assertIn("configuration", {each["kind"] for each in found})
        ignored = [f"--ignore={each['kind']}" for each in found]
        ended = run_here("doctor", self.directory, "--offline", *ignored)
        last = f"0 problems, 0 not checked, 0 notes; {self.directory}\n"
        self.assertEqual((ended.status, ended.out, ended.err), (0, last, ""))
