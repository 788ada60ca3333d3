"""The entry point: exit statuses, help, and that no error shows a value."""

from __future__ import annotations

from buildbot_keychain.cli import CommandError, _known_secrets
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

    def test_the_version(self) -> None:
        ended = run_here("--version")
        self.assertEqual(ended.status, 0)
        self.assertRegex(ended.out, r"^buildbot-keychain \d")

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
