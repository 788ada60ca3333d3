"""`SecretInAwsSecretsManager` against moto's server, over HTTP."""

from __future__ import annotations

import io
import logging
import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from buildbot_keychain import Secret, SecretManager
from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.testing import ProviderContract
from tests.support.aws import KEYS, REGION, ServedTestCase
from tests.support.canned_server import CannedServer
from tests.support.fakes import DictProvider
from tests.support.reachable import reachable_text

VALUE = "correct-horse-battery"


class AwsTestCase(ServedTestCase):
    def provider(self, **kwargs: Any) -> SecretInAwsSecretsManager:
        settings = {"region": REGION, "endpoint_url": self.server.url, **KEYS, **kwargs}
        provider = SecretInAwsSecretsManager(**settings)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def error_text(self, provider: Any, path: str, kind: type[Exception]) -> str:
        """Return the text of the error of a lookup, which must not hold a value or a key."""
        error: Any = await self.assertFailure(provider.get(path), kind)
        everything = reachable_text(error)
        for value in (VALUE, KEYS["secret_access_key"]):
            self.assertNotIn(value, everything)
        return str(error)


class ContractTests(ProviderContract, AwsTestCase):
    """The contract of providers."""

    operation_timeout = 30.0

    def make_provider(self) -> SecretInAwsSecretsManager:
        return SecretInAwsSecretsManager(
            REGION, endpoint_url=self.server.url, retries=0, timeout=25, **KEYS
        )

    def store(self, name: str, value: str) -> None:
        self.server.put(name, value)

    def can_hold(self, value: str) -> bool:
        return bool(value)  # an empty SecretString is not a value for AWS

    def remove(self, name: str) -> None:
        self.server.client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    def break_store(self, provider: Any) -> None:
        self.server.put("token", b"\xff\xfe")

    def repair_store(self, provider: Any) -> None:
        pass  # a new value is stored

    def make_unreachable_provider(self) -> SecretInAwsSecretsManager:
        return SecretInAwsSecretsManager(
            REGION, endpoint_url="http://127.0.0.1:1", retries=0, timeout=25, **KEYS
        )

    def hang(self, provider: Any) -> None:
        hanging = CannedServer(200, {}, wait=True)
        self.addCleanup(hanging.stop)
        provider.deadline = 0.5
        settings = provider._client._settings
        changed = {**vars(settings), "endpoint_url": hanging.url, "timeout": 2.0}
        provider._client._settings = type(settings)(**changed)
        provider._client.close()
        provider._client.open()

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        wrongs: list[dict[str, Any]] = [
            {"region": " "},
            {"prefix": "a b"},
            {"endpoint_url": "http://example.org"},
            {"timeout": 0},
            {"retries": -1},
            {"access_key_id": "x"},
            {"access_key_id": 5, "secret_access_key": "x"},
            {"access_key_id": "x", "secret_access_key": b"x"},
            {"name": "a!b"},
        ]
        for wrong in wrongs:
            yield partial(SecretInAwsSecretsManager, **wrong)


class LookupTests(AwsTestCase):
    async def test_whole_fields_and_versions(self) -> None:
        first = self.server.put("ci/db", '{"password": "old", "user@host": "u"}')
        second = self.server.put("ci/db", '{"password": "new", "": "blank"}')
        provider = self.provider()
        for path, value in {
            "ci/db": '{"password": "new", "": "blank"}',
            "ci/db|": '{"password": "new", "": "blank"}',
            "ci/db|password": "new",
            "ci/db|password@AWSCURRENT": "new",
            "ci/db|password@AWSPREVIOUS": "old",
            f"ci/db|password@{first}": "old",
            f"ci/db|password@{second}": "new",
            r"ci/db|user\@host@AWSPREVIOUS": "u",
            f"ci/db|@{first}": '{"password": "old", "user@host": "u"}',
            "ci/db|other": None,
            "ci/db|user@host": None,
            "ci/db|password@NOSUCHSTAGE": None,
            "ci/db|password@00000000-0000-0000-0000-000000000000": None,
            "ci|password": None,
        }.items():
            self.assertEqual(await provider.get(path), value, path)

    async def test_an_arn(self) -> None:
        self.server.put("ci/db", VALUE)
        arn = self.server.client.describe_secret(SecretId="ci/db")["ARN"]
        self.assertEqual(await self.provider().get(arn), VALUE)

    async def test_spellings_of_one_secret(self) -> None:
        self.server.put("ci/db", VALUE)
        arn = self.server.client.describe_secret(SecretId="ci/db")["ARN"]
        provider = self.provider()
        names = ("ci/db", "ci/db|", "ci/db|@AWSCURRENT", arn, arn[:-7], "CI/DB", "/ci/db", "ci//db")
        held = [name for name in names if await provider.get(name) == VALUE]
        self.assertEqual(held[:4], list(names[:4]))
        self.assertEqual({provider.canonical(name) for name in held}, {"ci/db"})

    async def test_a_prefix(self) -> None:
        self.server.put("ci/token", VALUE)
        self.server.put("token", "of others")
        provider = self.provider(prefix="ci/")
        self.assertEqual(await provider.get("token"), VALUE)
        self.assertIsNone(await provider.get("ci/token"))

    async def test_bytes(self) -> None:
        self.server.put("text", VALUE.encode())
        self.server.put("bytes", b"\xff" + VALUE.encode())
        provider = self.provider()
        self.assertEqual(await provider.get("text"), VALUE)
        message = await self.error_text(provider, "bytes", InvalidSecret)
        self.assertIn("the secret is binary and not UTF-8 text; store it in base64", message)

    async def test_fields_that_are_not_texts(self) -> None:
        self.server.put("plain", VALUE)
        self.server.put("json", f'{{"n": 5, "o": {{"p": "{VALUE}"}}, "z": null}}')
        provider = self.provider()
        message = await self.error_text(provider, "plain|x", InvalidSecret)
        self.assertIn(
            "the secret is not a JSON object, so it has no field 'x'; ask for the", message
        )
        for field, kind in (("n", "a number"), ("o", "an object"), ("z", "null")):
            message = await self.error_text(provider, f"json|{field}", InvalidSecret)
            self.assertIn(f"its field '{field}' holds {kind}; store it as a text", message)
            self.assertNotIn(VALUE, message)

    async def test_a_secret_scheduled_for_deletion_is_not_held_until_it_is_restored(self) -> None:
        self.server.put("token", VALUE)
        provider = self.provider()
        self.server.client.delete_secret(SecretId="token", RecoveryWindowInDays=7)
        self.assertIsNone(await provider.get("token"))
        self.server.client.restore_secret(SecretId="token")
        self.assertEqual(await provider.get("token"), VALUE)

    async def test_a_secret_without_a_value_is_not_held(self) -> None:
        self.server.client.create_secret(Name="token")
        self.assertIsNone(await self.provider().get("token"))

    async def test_credentials_from_another_provider_are_rendered_at_each_lookup(self) -> None:
        self.server.put("token", VALUE)
        keys = DictProvider("keys", {"id": "AKIDEXAMPLE", "key": "k1"})
        settings: dict[str, Any] = {"region": REGION, "endpoint_url": self.server.url}
        provider = SecretInAwsSecretsManager(
            access_key_id=Secret("keys!id"), secret_access_key=Secret("keys!key"), **settings
        )
        manager = SecretManager([keys, provider])
        manager.startService()
        self.addCleanup(manager.stopService)
        self.assertEqual((await manager.get("token")).value, VALUE)
        before = provider._client._last
        self.assertEqual((await manager.get("token")).value, VALUE)
        self.assertIs(provider._client._last, before, "the client is kept")
        keys.answers["key"] = "k2"
        self.assertEqual((await manager.get("token")).value, VALUE)
        self.assertIsNot(provider._client._last, before)

    async def test_credentials_and_region_from_boto3s_own_sources(self) -> None:
        self.server.put("token", VALUE)
        directory = Path(self.mktemp()).resolve()
        directory.mkdir()
        (directory / "credentials").write_text(
            "[ci]\naws_access_key_id = a\naws_secret_access_key = b\n"
        )
        (directory / "config").write_text(f"[profile ci]\nregion = {REGION}\n")
        with mock.patch.dict(os.environ, environment(directory)):
            provider = SecretInAwsSecretsManager(profile="ci", endpoint_url=self.server.url)
            provider.startService()
            self.addCleanup(provider.stopService)
            self.assertEqual(list(provider.check_config()), [])
            self.assertEqual(await provider.get("token"), VALUE)
            (problem,) = self.provider(
                profile="none", access_key_id=None, secret_access_key=None
            ).check_config()
            self.assertIn("profile 'none' is not in boto3's configuration files", problem)
            (problem,) = self.provider(region=None).check_config()
            self.assertIn("no region is configured; set region", problem)
            provider = self.provider(access_key_id=None, secret_access_key=None)
            message = await self.error_text(provider, "token", AccessDenied)
            self.assertIn("boto3 finds no credentials; give access_key_id", message)


def environment(directory: Path) -> dict[str, str]:
    """Return the environment in which boto3 reads only the configuration files in `directory`."""
    return {
        "AWS_SHARED_CREDENTIALS_FILE": str(directory / "credentials"),
        "AWS_CONFIG_FILE": str(directory / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class FailureTests(AwsTestCase):
    async def error_response(self, status: int, code: str, message: str, **kwargs: Any) -> Any:
        """Return the error that a lookup gets for one of AWS, and the number of requests."""
        body = {"__type": code, "message": f"{message} {VALUE}"}
        server = CannedServer(status, body)
        self.addCleanup(server.stop)
        provider = self.provider(endpoint_url=server.url, **{"retries": 0, **kwargs})
        error: Any = await self.assertFailure(provider.get("token"), ProviderError)
        self.assertNotIn(VALUE, reachable_text(error))
        return error, server.requests

    async def test_errors_of_aws(self) -> None:
        for status, code, kind, reason in (
            (400, "AccessDeniedException", AccessDenied, "allow secretsmanager:GetSecretValue"),
            (400, "ExpiredTokenException", AccessDenied, "does not accept the credentials"),
            (400, "UnrecognizedClientException", AccessDenied, "renew them, and check this"),
            (400, "DecryptionFailure", AccessDenied, "allow kms:Decrypt"),
            (400, "ThrottlingException", ProviderUnavailable, "AWS cannot answer now"),
            (500, "InternalServiceError", ProviderUnavailable, "try again later"),
            (503, "SomethingNew", ProviderUnavailable, "AWS cannot answer now (SomethingNew)"),
            (
                400,
                "InvalidRequestException",
                ProviderError,
                "AWS answered with the error InvalidRequestExc",
            ),
        ):
            error, _ = await self.error_response(status, code, "no")
            self.assertIs(type(error), kind, code)
            self.assertIn(reason, str(error))

    async def test_throttling_is_tried_again(self) -> None:
        with mock.patch("time.sleep"):
            error, asked = await self.error_response(400, "ThrottlingException", "slow", retries=2)
        self.assertIs(type(error), ProviderUnavailable)
        self.assertEqual(asked, 3)

    async def test_a_server_that_is_not_aws(self) -> None:
        for status, body in (
            (200, b"<html>" + VALUE.encode()),
            (200, b"[]"),
            (200, b'{"SecretString": 5}'),
            (404, b"<html>" + VALUE.encode()),
        ):
            server = CannedServer(status, body)
            self.addCleanup(server.stop)
            provider = self.provider(endpoint_url=server.url, retries=0)
            await self.error_text(provider, "token", ProviderError)

    async def test_nobody_listens(self) -> None:
        server = CannedServer(200, {})
        server.stop()
        message = await self.error_text(
            self.provider(endpoint_url=server.url, retries=0), "token", ProviderUnavailable
        )
        self.assertIn("endpoint_url cannot be reached (EndpointConnectionError)", message)

    async def test_no_answer_in_time(self) -> None:
        server = CannedServer(200, {}, wait=True)
        self.addCleanup(server.stop)
        provider = self.provider(endpoint_url=server.url, retries=0, timeout=0.4)
        message = await self.error_text(provider, "token", DeadlineExceeded)
        self.assertIn("is AWS reachable from here?", message)


class DebugLogTests(AwsTestCase):
    """botocore logs whole responses at level DEBUG."""

    async def test_no_value_and_no_token_is_logged(self) -> None:
        self.server.put("token", VALUE)
        written = io.StringIO()
        handler = logging.StreamHandler(written)
        root = logging.getLogger()
        self.addCleanup(root.setLevel, root.level)
        root.setLevel(logging.DEBUG)
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        provider = self.provider(session_token="s3ss10n-t0k3n")
        self.assertEqual(await provider.get("token"), VALUE)
        self.assertNotIn(VALUE, written.getvalue())
        self.assertNotIn("s3ss10n-t0k3n", written.getvalue())
        # The log of other users of botocore in this process is complete.
        done = threading.Thread(
            target=self.server.client.get_secret_value, kwargs={"SecretId": "token"}
        )
        done.start()
        done.join()
        self.assertIn(VALUE, written.getvalue())
