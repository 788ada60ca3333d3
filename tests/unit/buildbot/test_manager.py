from __future__ import annotations

from typing import Any

from buildbot.config.errors import capture_config_errors

from buildbot_keychain.plugins import secrets
from tests.support.directories import FileTestCase


class StrictTests(FileTestCase):
    """What `SecretManager` reports about weak values when a configuration is checked."""

    def setUp(self) -> None:
        super().setUp()
        self.write("pin.txt", "zq12\n")
        self.write("sub/flag.txt", "true")
        self.write("token.txt", "long-enough-token")
        self.write(".hidden.txt", "zq13")
        self.write("other", "zq14")

    def errors(self, **arguments: Any) -> list[str]:
        with capture_config_errors() as errors:
            files = secrets.SecretInAFile(dirname=str(self.dir), suffixes=[".txt"])
            secrets.SecretManager(providers=[files], **arguments)
        messages: list[str] = errors.errors
        for value in ("zq12", "zq13", "zq14", "long-enough"):
            self.assertNotIn(value, "".join(messages))
        return messages

    def test_weak_files_are_errors_that_name_them(self) -> None:
        pin, flag = self.errors(strict=True)
        self.assertIn("secret 'pin': provider 'SecretInAFile': its value is shorter than 8", pin)
        self.assertIn(
            "secret 'sub/flag': provider 'SecretInAFile': its value is too short or too common",
            flag,
        )
        self.assertIn("make it longer, or declare its name public", flag)

    def test_public_names_are_exempt(self) -> None:
        self.assertEqual(self.errors(strict=True, public=["pin", "SecretInAFile!sub/flag"]), [])

    def test_names_that_may_be_empty_are_a_list(self) -> None:
        self.assertEqual(
            self.errors(allow_empty="pin"),
            ["SecretManager: allow_empty must be a list of names of secrets"],
        )

    def test_without_strict_values_are_not_checked(self) -> None:
        self.assertEqual(self.errors(), [])

    def test_switches_are_true_or_false(self) -> None:
        for name in ("strict", "report_hidden", "services_wait", "refresh_dynamic"):
            (message,) = self.errors(**{name: "yes"})
            self.assertIn(f"{name} must be True or False, not of type str", message)

    def test_where_metrics_are_served(self) -> None:
        (message,) = self.errors(metrics_port="9464")
        self.assertIn("SecretManager: metrics_port must be the number of a port", message)
        self.assertEqual(self.errors(metrics_port=secrets.MetricsPort(9464)), [])

    def test_how_providers_are_asked(self) -> None:
        cached = secrets.Resilience(cache=60)
        (message,) = self.errors(resilience={"SecretInAFile": cached})
        self.assertIn("resilience['SecretInAFile']: it sees changes by itself", message)
        (message,) = self.errors(resilience={"files": cached})
        self.assertIn("no provider is called 'files' (providers: 'SecretInAFile')", message)
        (message,) = self.errors(max_age={"vautl!*": 30})
        self.assertIn("max_age: no provider is called 'vautl' (providers: 'Secret", message)
        (message,) = self.errors(max_age="90")
        self.assertIn("max_age must be a number of days", message)
        (message,) = self.errors(socket=5)
        self.assertIn("socket must be True, False, or the path of a socket", message)
        self.assertEqual(self.errors(max_age={"*": 30}, socket=True), [])
        (message,) = self.errors(deadline=0)
        self.assertIn("deadline must be seconds, more than 0, not 0", message)
        self.assertEqual(
            self.errors(resilience={"SecretInAFile": secrets.Resilience(breaker=3)}), []
        )

    def test_an_interval_is_a_number_of_seconds(self) -> None:
        for wrong in (0, -1, True, "300", float("nan")):
            (message,) = self.errors(refresh=wrong)
            self.assertIn("refresh must be a number of seconds, at least 1", message)
        for right in (None, 1, 0.5 + 1):
            self.assertEqual(self.errors(refresh=right), [])

    def test_a_manager_in_a_manager(self) -> None:
        with capture_config_errors() as errors:
            secrets.SecretManager(providers=[secrets.SecretManager()])
        (message,) = errors.errors
        self.assertIn("a SecretManager cannot hold another one", message)
