from __future__ import annotations

import hashlib
import json
import os
import socket
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.aws._client import (
    ClientSettings,
    Credentials,
    FoundSecret,
    SecretsManagerClient,
)
from buildbot_keychain.providers.aws._errors import AwsError
from buildbot_keychain.providers.aws._names import SecretName
from tests.support.canned_server import CannedServer

VALUE = "correct-horse-battery"
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEX")


class ClientCase(SynchronousTestCase):
    def client(self, url: str | None = None, **changes: Any) -> SecretsManagerClient:
        settings = {
            "region": "eu-central-1",
            "profile": None,
            "endpoint_url": url,
            "timeout": 5.0,
            "attempts": 1,
            "connections": 1,
        }
        client = SecretsManagerClient(ClientSettings(**{**settings, **changes}))
        self.addCleanup(client.close)
        return client

    def serve(self, status: int, body: object, **options: Any) -> CannedServer:
        server = CannedServer(status, body, **options)
        self.addCleanup(server.stop)
        return server

    def error(self, client: SecretsManagerClient) -> AwsError:
        error = self.assertRaises(AwsError, client.get, SecretName("token"), KEYS)
        self.assertNotIn(VALUE, error.reason)
        return error


class GetTests(ClientCase):
    def test_texts_and_bytes(self) -> None:
        facts = {"VersionId": "v" * 32, "CreatedDate": 1_760_000_000.5}
        for body, found in (
            ({"SecretString": VALUE}, FoundSecret(VALUE)),
            ({"SecretBinary": "/w==", **facts}, FoundSecret(b"\xff", "v" * 32, 1_760_000_000.5)),
        ):
            client = self.client(self.serve(200, body).url)
            self.assertEqual(client.get(SecretName("token"), KEYS), found)

    def test_a_secret_that_is_not_held(self) -> None:
        body = {"__type": "ResourceNotFoundException", "message": VALUE}
        client = self.client(self.serve(400, body).url)
        self.assertIsNone(client.get(SecretName("token"), KEYS))

    def test_a_version_that_cannot_exist(self) -> None:
        server = self.serve(200, {"SecretString": VALUE})
        name = SecretName("token", version_id="too-short")
        self.assertIsNone(self.client(server.url).get(name, KEYS))
        self.assertEqual(server.requests, 0)

    def test_one_that_is_closed_by_another_thread(self) -> None:
        """What is made in the meantime is closed, too; it can be opened again."""
        server = self.serve(200, {"SecretString": VALUE})
        client = self.client(server.url)
        make = client._make_client

        def make_meanwhile(credentials: Credentials) -> Any:
            made = make(credentials)
            client.close()
            return made

        with mock.patch.object(client, "_make_client", make_meanwhile):
            error = self.error(client)
        self.assertEqual((error.kind, server.requests), (ProviderUnavailable, 0))
        self.assertIsNone(client._last)
        self.assertIs(self.error(client).kind, ProviderUnavailable)
        client.open()
        self.assertEqual(client.get(SecretName("token"), KEYS), FoundSecret(VALUE))

    def test_an_error_of_aws(self) -> None:
        body = {"__type": "AccessDeniedException", "message": VALUE}
        error = self.error(self.client(self.serve(400, body).url))
        self.assertIs(error.kind, AccessDenied)
        self.assertIn("AWS denies access (AccessDeniedException)", error.reason)

    def test_a_server_that_is_not_aws(self) -> None:
        for body in (f"<html>{VALUE}".encode(), b"[]", {"SecretString": 5}, {}):
            error = self.error(self.client(self.serve(200, body).url))
            self.assertIs(error.kind, ProviderError)
            self.assertEqual(error.reason, "the response is not one of AWS; check endpoint_url")

    def test_no_server(self) -> None:
        server = CannedServer(200, {})
        server.stop()
        error = self.error(self.client(server.url))
        self.assertIs(error.kind, ProviderUnavailable)
        self.assertIn("endpoint_url cannot be reached (EndpointConnectionError)", error.reason)

    def test_a_region_that_does_not_exist(self) -> None:
        """Its host name has no address, as if the network were down."""
        self.patch(socket, "getaddrinfo", mock.Mock(side_effect=socket.gaierror(-2, "no such")))
        error = self.error(self.client(region="eu-centrl-1"))
        self.assertIs(error.kind, ProviderUnavailable)
        self.assertIn(
            "AWS in region 'eu-centrl-1' cannot be reached (EndpointConnectionError); boto3 knows "
            "no such region: correct region",
            error.reason,
        )
        error = self.error(self.client(region="eu-central-1"))
        self.assertIn("EndpointConnectionError); is the network up?", error.reason)
        error = self.error(self.client(region="eu central 1"))
        self.assertIs(error.kind, ProviderError)
        self.assertIn("region 'eu central 1' is not the name of a region; correct it", error.reason)

    def test_a_response_that_is_too_large(self) -> None:
        body = b'{"SecretString": "' + b" " * (2 << 20) + b'"}'
        error = self.error(self.client(self.serve(200, body).url))
        self.assertEqual(error.reason, "the response is not one of AWS; check endpoint_url")

    def test_no_answer(self) -> None:
        server = self.serve(200, {}, wait=True)
        error = self.error(self.client(server.url, timeout=0.2))
        self.assertIs(error.kind, DeadlineExceeded)
        self.assertIn("no answer within 0.2 seconds, in 1 attempts", error.reason)

    def test_the_boto3_client_of_the_last_credentials_is_kept(self) -> None:
        client = self.client(self.serve(200, {"SecretString": VALUE}).url)
        client.get(SecretName("token"), KEYS)
        first = client._last
        client.get(SecretName("token"), KEYS)
        self.assertIs(client._last, first)
        client.get(SecretName("token"), Credentials("AKIDEXAMPLE", "another"))
        self.assertIsNot(client._last, first)

    def test_credentials_show_nothing(self) -> None:
        self.assertEqual(repr(KEYS), "Credentials()")


class ConfigurationTests(ClientCase):
    def setUp(self) -> None:
        here = self.mktemp()
        files = {"AWS_SHARED_CREDENTIALS_FILE": here, "AWS_CONFIG_FILE": here}
        self.patch(os, "environ", {"AWS_EC2_METADATA_DISABLED": "true", **files})

    def test_problems(self) -> None:
        for changes, problem in (
            ({}, None),
            ({"region": None}, "no region is configured; set region"),
            ({"profile": "ci"}, "profile 'ci' is not in boto3's configuration files; correct it"),
            ({"url": "x"}, "endpoint_url is not a URL: x"),
        ):
            self.assertEqual(self.client(**changes).configuration_problem(), problem)

    def test_a_profile_that_cannot_be_used(self) -> None:
        path = self.mktemp()
        Path(path).write_text(
            "[profile ci]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = gone\n"
            "[profile fails]\ncredential_process = false\n"
            "[profile gone]\ncredential_process = /no/such/program\n"
            "[profile talks]\ncredential_process = echo no JSON\n",
            encoding="utf-8",
        )
        os.environ["AWS_CONFIG_FILE"] = path
        for profile in ("ci", "fails", "gone", "talks"):
            client = self.client("http://127.0.0.1:9", profile=profile)
            error = self.assertRaises(AwsError, client.get, SecretName("token"), Credentials())
            self.assertIs(error.kind, ProviderError)
            said = f"boto3's configuration of profile '{profile}' cannot be used"
            self.assertIn(said, error.reason)

    def test_no_credentials(self) -> None:
        client = self.client("http://127.0.0.1:9")
        error = self.assertRaises(AwsError, client.get, SecretName("token"), Credentials())
        self.assertIs(error.kind, AccessDenied)
        self.assertIn("boto3 finds no credentials; give access_key_id", error.reason)


SSO_PROFILES = """
[profile session]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = reader
[sso-session corp]
sso_region = eu-central-1
sso_start_url = https://corp.example.org/start
[profile direct]
sso_region = eu-central-1
sso_start_url = https://corp.example.org/start
sso_account_id = 123456789012
sso_role_name = reader
"""


class SsoTests(ClientCase):
    """Profiles of people who have logged in with `aws sso login`."""

    def setUp(self) -> None:
        self.here = Path(self.mktemp()).absolute()
        self.here.mkdir()
        (self.here / "config").write_text(SSO_PROFILES, encoding="utf-8")
        files = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "none"}
        environment = {name: str(self.here / file) for name, file in files.items()}
        self.patch(os, "environ", {"AWS_EC2_METADATA_DISABLED": "true", **environment})
        # Both are the directory of the user who has imported botocore.
        self.patch(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(self.here))
        self.patch(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(self.here))

    def log_in(self, expires: str = "2199-01-01T00:00:00Z") -> None:
        """Write what `aws sso login` writes."""
        for key in ("corp", "https://corp.example.org/start"):
            name = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
            token = {"accessToken": "token-of-the-login", "expiresAt": expires}
            (self.here / f"{name}.json").write_text(json.dumps(token), encoding="utf-8")

    def assert_expired(self, server: CannedServer) -> None:
        os.environ["AWS_ENDPOINT_URL_SSO"] = server.url
        for profile in ("session", "direct"):
            client = self.client(server.url, profile=profile)
            error = self.assertRaises(AwsError, client.get, SecretName("token"), Credentials())
            self.assertIs(error.kind, AccessDenied, profile)
            self.assertIn("the login of this profile has expired; run: aws sso login", error.reason)

    def test_a_login_gets_the_secret(self) -> None:
        keys = {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "x", "sessionToken": "y"}
        credentials = {"roleCredentials": {**keys, "expiration": 7_226_582_400_000}}
        server = self.serve(200, {**credentials, "SecretString": VALUE})
        os.environ["AWS_ENDPOINT_URL_SSO"] = server.url
        self.log_in()
        for profile in ("session", "direct"):
            client = self.client(server.url, profile=profile)
            self.assertEqual(client.get(SecretName("token"), Credentials()), FoundSecret(VALUE))

    def test_nobody_has_logged_in(self) -> None:
        self.assert_expired(server := self.serve(200, {}))
        self.assertEqual(server.requests, 0)

    def test_the_login_has_expired(self) -> None:
        self.log_in("2020-01-01T00:00:00Z")
        self.assert_expired(self.serve(200, {}))

    def test_aws_has_ended_the_login(self) -> None:
        self.log_in()
        body = {"__type": "UnauthorizedException", "message": "Session token not found or invalid"}
        self.assert_expired(self.serve(401, body))

    def test_an_account_or_role_that_the_login_does_not_have(self) -> None:
        """It says nothing of the secret, which another provider must not be asked for."""
        self.log_in()
        for status, code in ((404, "ResourceNotFoundException"), (403, "ForbiddenException")):
            server = self.serve(status, {"__type": code, "message": "No access"})
            os.environ["AWS_ENDPOINT_URL_SSO"] = server.url
            client = self.client(server.url, profile="session")
            error = self.assertRaises(AwsError, client.get, SecretName("token"), Credentials())
            self.assertIn(f"AWS gives profile 'session' no credentials ({code})", error.reason)
            self.assertIs(error.kind, AccessDenied)
