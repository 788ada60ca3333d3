"""The secrets that a command line names: which are read, and what is wrong with the others."""

from __future__ import annotations

import argparse
from typing import Any

from buildbot_keychain.cli import CommandError, UsageError, _known_secrets
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.redaction import RedactionPolicy
from tests.support.keychain_command import SecretFilesTestCase

TOKEN = "canary-W7/x+9pQ"


class Configuration:
    """A configuration with these secrets; those that are asked for by name are noted."""

    def __init__(self, **values: str) -> None:
        self.values = values

    def secrets(self, names: list[str], _warn: object) -> list[SecretDetails]:
        wanted = names or self.values
        return [SecretDetails("files", name, self.values[name]) for name in wanted]


class KnownSecretsTests(SecretFilesTestCase):
    """With real files."""

    def setUp(self) -> None:
        super().setUp()
        self.warnings: list[str] = []

    def parse(self, *arguments: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        _known_secrets.add_arguments(parser)
        return parser.parse_args(arguments)

    def redactor(self, *arguments: str, configuration: Any = None) -> Any:
        return _known_secrets.load_redactor(
            self.parse(*arguments), configuration, RedactionPolicy.ansi(), self.warnings.append
        )

    def assertRejected(self, kind: type[CommandError], text: str, *arguments: str) -> None:
        error = self.assertRaises(kind, self.redactor, *arguments)
        self.assertIn(text, str(error))
        self.assertNotIn(TOKEN, str(error))

    def test_a_command_line_must_name_a_secret(self) -> None:
        error = self.assertRaises(UsageError, _known_secrets.check, self.parse())
        self.assertIn("add --file NAME=PATH or --config", str(error))

    def test_names_need_a_configuration(self) -> None:
        arguments = self.parse("--name", "token", "--file", "a=b")
        error = self.assertRaises(UsageError, _known_secrets.check, arguments)
        self.assertIn("--name needs --config", str(error))

    def test_files(self) -> None:
        redactor = self.redactor("--file", self.secret("token", TOKEN))
        self.assertEqual(redactor.redact(f"a {TOKEN}"), "a <token>")
        self.assertEqual(self.warnings, [])

    def test_files_and_a_configuration(self) -> None:
        file = self.secret("token", TOKEN)
        configuration = Configuration(db="canary-of-the-database", other="canary-of-another")
        redactor = self.redactor("--file", file, "--name", "db", configuration=configuration)
        text = f"{TOKEN} canary-of-the-database canary-of-another"
        self.assertEqual(redactor.redact(text), "<token> <db> canary-of-another")

    def test_without_a_configuration_none_is_executed(self) -> None:
        self.assertIsNone(_known_secrets.load_configuration(self.parse("--file", "a=b")))

    def test_a_value_in_place_of_a_path_is_not_repeated(self) -> None:
        self.assertRejected(UsageError, "--file needs NAME=PATH", "--file", TOKEN)

    def test_a_file_that_others_can_read(self) -> None:
        file = self.secret("open", TOKEN, mode=0o644)
        self.assertRejected(CommandError, "cannot read the secret 'open'", "--file", file)
        self.assertRejected(CommandError, "chmod 600", "--file", file)

    def test_a_file_that_does_not_exist(self) -> None:
        file = f"gone={self.directory / 'gone'}"
        self.assertRejected(CommandError, "cannot read the secret 'gone'", "--file", file)

    def test_a_configuration_without_secrets(self) -> None:
        error = self.assertRaises(CommandError, self.redactor, configuration=Configuration())
        self.assertIn("add --name or --file", str(error))

    def test_weak_values_are_named_and_not_shown(self) -> None:
        for name, value in (("short", "k7x2"), ("shorter", "k7"), ("blank", "  ")):
            self.redactor("--file", self.secret(name, value))
        short, shorter, blank = self.warnings
        self.assertIn("secret 'short' is short: it is hidden only where", short)
        self.assertIn("secret 'shorter' is not hidden", shorter)
        self.assertIn("secret 'blank' is blank", blank)
        self.assertNotIn("k7", "".join(self.warnings))
