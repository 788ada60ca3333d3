from __future__ import annotations

import json
from typing import Any
from unittest import mock

from twisted.internet.defer import succeed
from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain import Secret
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import AccessDenied, ConfigurationError, InvalidSecret
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.aws._calls import Call
from buildbot_keychain.providers.aws._client import Credentials, FoundSecret
from buildbot_keychain.providers.aws._errors import AwsError
from buildbot_keychain.providers.aws._names import SecretName
from tests.support.reachable import reachable_text

VALUE = "correct-horse-battery"


class FakeClient:
    """Answers from a table, by the secret's name."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.asked: list[tuple[SecretName, Credentials]] = []

    def get(self, name: SecretName, credentials: Credentials, call: Call) -> Any:
        assert isinstance(call, Call)
        self.asked.append((name, credentials))
        value = self.values.get(name.secret_id)
        if isinstance(value, AwsError):
            raise value
        return None if value is None else FoundSecret(value, "v1", 1_700_000_000.0)

    def open(self) -> None:
        """Nothing was closed."""

    def close(self) -> None:
        pass


class LookupTests(TestCase):
    def provider(self, values: dict[str, Any], **arguments: Any) -> SecretInAwsSecretsManager:
        provider = SecretInAwsSecretsManager("eu-central-1", **arguments)
        self.client = FakeClient(values)
        self.patch(provider, "_client", self.client)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def error(self, provider: Any, path: str, kind: type[Exception]) -> str:
        error: Any = await self.assertFailure(provider.get(path), kind)
        self.assertNotIn(VALUE, reachable_text(error))
        return str(error)

    async def test_descriptions(self) -> None:
        described = await self.provider({"db": '{"user": "x"}'}).describe("db|user")
        self.assertEqual(described, SecretDescription("db", "v1", 1_700_000_000.0))

    async def test_whole_secrets_and_fields(self) -> None:
        provider = self.provider({"db": f'{{"password": "{VALUE}"}}', "key": VALUE.encode()})
        for path, value in (
            ("db|password", VALUE),
            ("db", f'{{"password": "{VALUE}"}}'),
            ("db|other", None),
            ("key", VALUE),
            ("nothing|password", None),
            ("nothing", None),
            ("not a name", None),
        ):
            self.assertEqual(await provider.get(path), value, path)
        self.assertNotIn("not a name", [name.secret_id for name, _ in self.client.asked])

    async def test_secrets_that_are_not_texts(self) -> None:
        provider = self.provider({"b": b"\xff" + VALUE.encode(), "t": VALUE, "n": '{"n": 5}'})
        for path, reason in (
            ("b", "the secret is binary and not UTF-8 text; store it in base64"),
            ("t|x", "the secret is not a JSON object, so it has no field 'x'; ask for the whole"),
            ("n|n", "its field 'n' holds a number; store it as a text, or set numbers"),
        ):
            self.assertIn(reason, await self.error(provider, path, InvalidSecret))

    async def test_line_ends_at_the_end(self) -> None:
        """They stand there when a secret was made of a file."""
        values = {"t": f"{VALUE}\r\n", "b": f"{VALUE}\n".encode(), "f": json.dumps({"k": "v\n"})}
        wanted = {"t": VALUE, "b": VALUE, "f|k": "v"}
        for path, value in wanted.items():
            self.assertEqual(await self.provider(values).get(path), value)
            whole = await self.provider(values, strip=False).get(path) or ""
            self.assertEqual(whole.rstrip(), value)
            self.assertEqual(whole[-1], "\n")

    async def test_nested_fields_base64_and_numbers(self) -> None:
        value = '{"db": {"password": "cHctMQ=="}, "port": 5432}'
        provider = self.provider({"rds": value}, numbers="text")
        for path, wanted in (
            ("rds|db/password", "cHctMQ=="),
            ("rds|db/password:base64", "pw-1"),
            ("rds|port", "5432"),
            ("rds|db/nothing", None),
        ):
            self.assertEqual(await provider.get(path), wanted, path)

    async def test_errors_of_the_client(self) -> None:
        provider = self.provider({"token": AwsError(AccessDenied, "AWS denies access")})
        message = await self.error(provider, "token", AccessDenied)
        self.assertIn("'token': provider 'SecretInAwsSecretsManager': AWS denies access", message)

    async def test_credentials_are_rendered_for_each_lookup(self) -> None:
        provider = self.provider({}, access_key_id="id", secret_access_key=Secret("key"))
        answers = ["one", "two"]
        provider.use_renderer(lambda _: succeed(answers.pop(0)))
        for _ in range(2):
            await provider.get("token")
        used = [credentials for _, credentials in self.client.asked]
        self.assertEqual(used, [Credentials("id", "one"), Credentials("id", "two")])


class ConfigurationTests(SynchronousTestCase):
    def test_wrong_arguments(self) -> None:
        make: Any = SecretInAwsSecretsManager
        both = {"access_key_id": "a", "secret_access_key": "s3cr3t"}
        for arguments, reason in (
            ({"region": " "}, "region must be the name of a region, not ' '"),
            ({"profile": 5}, "profile must be the name of a profile, not 5"),
            ({"prefix": "a b"}, "prefix must be a str of letters, digits and /_+=.@-, not 'a b'"),
            ({"endpoint_url": "http://h"}, "endpoint_url must begin with https://, since others"),
            ({"timeout": 0}, "timeout must be a number of seconds"),
            ({"numbers": "yes"}, "numbers must be one of 'error', 'text', not 'yes'"),
            ({"strip": 1}, "strip must be True or False, not 1"),
            ({"retries": 11}, "retries must be an int from 0 to 10, not 11"),
            ({**both, "access_key_id": 5}, "access_key_id must be a str or a renderable"),
            ({**both, "session_token": b"x"}, "session_token must be a str or a renderable"),
            ({**both, "secret_access_key": " "}, "secret_access_key is blank"),
            (
                {"session_token": "s3cr3t"},
                "access_key_id and secret_access_key must be given together, not only session_tok",
            ),
            ({**both, "profile": "p"}, "profile must be left out when access_key_id is given"),
            ({"name": "a!b"}, "name must be"),
        ):
            error = self.assertRaises(ConfigurationError, make, **arguments)
            self.assertIn(reason, str(error))
            self.assertNotIn("s3cr3t", str(error))

    def test_a_library_is_missing(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInAwsSecretsManager)
        self.assertIn("run: pip install 'buildbot-keychain[aws]'", str(error))

    def test_check_config(self) -> None:
        self.assertEqual(list(SecretInAwsSecretsManager("eu-central-1").check_config()), [])
        provider = SecretInAwsSecretsManager("eu-central-1", profile="no-such-profile")
        (problem,) = provider.check_config()
        self.assertIn("provider 'SecretInAwsSecretsManager': profile 'no-such-profile'", problem)
