from __future__ import annotations

import os
from functools import partial
from urllib.parse import quote, quote_plus
from warnings import catch_warnings, simplefilter

from buildbot.config import ConfigErrors
from buildbot.config.errors import capture_config_errors

from buildbot_keychain.buildbot._values_now import VALUES_NOW, ValuesNow
from buildbot_keychain.errors import ConfigurationWarning
from buildbot_keychain.plugins import secrets
from buildbot_keychain.redaction import Redactor
from tests.support.directories import FileTestCase

VALUE = "q8ZrT5vXw2Lm9Kp3Hs7D"


class NowTests(FileTestCase):
    """`secrets.now` in a configuration that is being read."""

    def setUp(self) -> None:
        super().setUp()
        self.write("token", f"{VALUE}\n")
        self.write("void", "\n")
        capturing = capture_config_errors()
        capturing.__enter__()
        self.addCleanup(capturing.__exit__, None, None, None)
        self.addCleanup(vars(VALUES_NOW).update, vars(ValuesNow()))

    def problem(self, name: str) -> str:
        error = self.assertRaises(ConfigErrors, secrets.now, name)
        self.assertIsNone(error.__context__)
        (message,) = error.errors
        return str(message)

    def test_files_and_the_environment(self) -> None:
        os.environ["KEYCHAIN_NOW_A"] = VALUE
        secrets.SecretInEnvironment(prefix="KEYCHAIN_NOW_")
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        for name in ("token", "files!token", "file!token", "A"):
            self.assertEqual(secrets.now(name), VALUE)
        self.assertNotIn("KEYCHAIN_NOW_A", os.environ)

    def test_one_that_can_be_guessed(self) -> None:
        self.write("short", "tulip7")
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        self.assertEqual(secrets.now("token"), VALUE)
        with catch_warnings(record=True) as warned:
            simplefilter("always")
            secrets.now("short")
        (warning,) = warned
        self.assertEqual((warning.category, warning.filename), (ConfigurationWarning, __file__))
        self.assertIn("secret 'short': its value can be guessed", str(warning.message))
        self.assertNotIn("tulip7", str(warning.message))

    def test_a_missing_secret(self) -> None:
        self.assertIn("make the provider before secrets.now() is called", self.problem("token"))
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        message = self.problem("tokne")
        self.assertIn("secret 'tokne': no provider holds it (asked: files); did you", message)
        self.assertIn("'token'", message)

    def test_an_empty_one(self) -> None:
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        expected = "secret 'void': provider 'files': its value is empty"
        self.assertEqual(self.problem("void"), expected)

    def test_names_that_cannot_be_looked_up(self) -> None:
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        self.assertIn("no providers that the configuration has made", self.problem("vault!a"))
        for name in ("", None, b"a"):
            self.assertIn("a str that is not blank", self.problem(name))  # type: ignore[arg-type]

    def test_a_provider_behind_a_network(self) -> None:
        """It may hold the name, so nobody behind it is asked."""
        secrets.SecretInVault(
            name="vault",
            vault_server="https://127.0.0.1:1",
            authenticator=secrets.VaultAuthenticatorToken("t0ken-of-nobody"),
        )
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        self.assertIn("secret 'token': provider 'vault': it cannot be asked", self.problem("token"))
        self.assertEqual(secrets.now("files!token"), VALUE)

    def test_providers_of_an_earlier_configuration_are_not_asked(self) -> None:
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        with capture_config_errors():
            self.assertIn("make the provider before", self.problem("token"))

    def test_texts_that_differ_in_values_alone(self) -> None:
        secrets.SecretInAFile(dirname=str(self.dir), name="files")
        self.write("user", "u7Yt5Re3Wq1As9Df7Gh5J")
        self.write("password", "q8/Zr+T5vXw2Lm9Kp3Hs7D")

        def address(password: str, host: str = "h") -> str:
            return f"mysql://{secrets.now('user')}:{password}@{host}/b"

        former = secrets.now("password")
        self.write("password", "Wv3 nM6xC8zL1kJ3hG5fD")
        new = secrets.now("password")
        for spell in (str, quote, quote_plus, partial(quote, safe="")):
            one, two = address(spell(former)), address(spell(new))
            self.assertEqual(VALUES_NOW.changed_between(one, two), ["password"], spell)
        for other in (address(former), address(new, "other"), address("of-nobody")):
            self.assertEqual(VALUES_NOW.changed_between(address(former), other), [])


class HidingTests(FileTestCase):
    def test_every_keychain_knows_the_values(self) -> None:
        values, early, late = ValuesNow(), Redactor(), Redactor()
        self.write("token", VALUE)
        values.hide_in(early)
        values.made(secrets.SecretInAFile(dirname=str(self.dir)).checked)
        self.assertEqual(values.now("token"), VALUE)
        values.hide_in(late)
        for redactor in (early, late):
            self.assertEqual(redactor.redact(f"a {VALUE}"), "a <token>")
