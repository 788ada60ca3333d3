"""The entry point: exit statuses, help, and that no error shows a value."""

from __future__ import annotations

import re
import resource
import shlex

from buildbot_keychain import versions
from buildbot_keychain.cli import CommandError, _known_secrets
from buildbot_keychain.cli._parser import build_parser
from buildbot_keychain.errors import ConfigurationError
from tests.support.keychain_command import SecretFilesTestCase, run_here, run_unread

TOKEN = "canary-W7/x+9pQ"


class MainTests(SecretFilesTestCase):
    """The command in this process."""

    def setUp(self) -> None:
        super().setUp()
        self.file = self.secret("token", TOKEN)

    def fail_with(self, error: Exception) -> None:
        def failing(*_: object) -> None:
            raise error

        self.patch(_known_secrets, "check", failing)

    def test_a_command_is_needed(self) -> None:
        self.assertEqual(run_here().status, 2)

    def test_help_lists_the_exit_statuses(self) -> None:
        for command in ("redact", "scrub"):
            ended = run_here(command, "--help")
            self.assertEqual(ended.status, 0)
            self.assertIn("exit status:", ended.out)

    def test_help_has_examples(self) -> None:
        """Each of them is a command line that is accepted."""
        for command in build_parser().commands:
            out = run_here(command, "--help").out
            text = out.partition("examples:\n")[2].partition("\n\n")[0]
            examples = re.findall(r"buildbot-keychain (\w+.*)", text)
            self.assertNotEqual(examples, [])
            for example in examples:
                words = shlex.split(re.split(r" > |\s{3}| \|", example)[0])
                self.assertEqual(build_parser().parse(words).command.prog.split()[1], command)

    def test_a_wrong_option_shows_the_help_of_its_command(self) -> None:
        ended = run_here("scrub", "--confg", TOKEN, "--write")
        self.assertEqual((ended.status, ended.out), (2, ""))
        self.assertIn("usage: buildbot-keychain scrub ", ended.err)
        last = "there is no option --confg, did you mean --config?; see buildbot-keychain scrub"
        self.assertIn(last, ended.err)
        self.assertNotIn(TOKEN, ended.err)

    def test_an_argument_that_may_be_a_value_is_not_repeated(self) -> None:
        ended = run_here("redact", "--file", self.file, TOKEN)
        self.assertIn("a value belongs into a file", ended.err)
        self.assertNotIn(TOKEN, ended.err)

    def test_what_is_missing_points_to_the_help_of_its_command(self) -> None:
        self.assertMessage(run_here("scrub"), 2, "; see buildbot-keychain scrub --help")

    def test_the_version(self) -> None:
        ended = run_here("--version")
        self.assertEqual(ended.status, 0)
        self.assertEqual(ended.out.splitlines(), versions.describe())

    def test_core_dumps_are_off(self) -> None:
        _, most = before = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        run_here("--version")
        self.assertEqual(resource.getrlimit(resource.RLIMIT_CORE), (1 if most else 0, most))

    def test_an_error_of_a_command_is_one_sentence(self) -> None:
        self.fail_with(CommandError("there is no such file"))
        self.assertMessage(run_here("redact"), 4, "buildbot-keychain: there is no such file")

    def test_an_error_of_a_provider_is_one_sentence(self) -> None:
        self.fail_with(ConfigurationError("dirname must be a path"))
        self.assertMessage(run_here("redact"), 4, "buildbot-keychain: dirname must be a path")

    def test_an_unexpected_error_is_reported_by_type_and_place(self) -> None:
        error = RuntimeError(TOKEN)
        error.__cause__ = ValueError(TOKEN)
        self.fail_with(error)
        ended = run_here("redact", "--file", self.file)
        self.assertMessage(ended, 4, "unexpected error: it failed with RuntimeError at ")
        self.assertRegex(ended.err, r"test_main.py:\d+ in failing")
        self.assertNotIn(TOKEN, ended.err)

    def test_output_that_nobody_reads_ends_it_silently(self) -> None:
        (self.directory / "log").write_text(f"{TOKEN}\n" * 10_000)
        arguments = ["scrub", "--file", self.file, "--no-database", "--text", "log"]
        ended = run_unread(*arguments, cwd=self.directory)
        self.assertEqual((ended.status, ended.err), (4, ""))
