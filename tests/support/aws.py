"""AWS Secrets Manager, as moto serves it on this machine."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import boto3
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import ThreadedMotoServer
from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.aws._debug_logs import suppress_debug_logs

_ACCOUNT = "123456789012"
REGION = "eu-central-1"
KEYS: dict[str, Any] = {
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "wJalrXUtnFEMIK7MDENGbPxRfiCYEX",
}


class SecretsManager:
    """moto's server, with the client that an administrator has."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.client: Any = boto3.session.Session(
            aws_access_key_id="admin", aws_secret_access_key="admin", region_name=REGION
        ).client("secretsmanager", endpoint_url=self.url)

    def clear(self) -> None:
        """Delete all secrets."""
        secretsmanager_backends[_ACCOUNT][REGION].reset()

    def put(self, name: str, value: str | bytes) -> str:
        """Create or change a secret, and return the id of its new version."""
        kind = "SecretString" if isinstance(value, str) else "SecretBinary"
        with suppress_debug_logs():  # the administrator's program is not under test
            try:
                response = self.client.put_secret_value(SecretId=name, **{kind: value})
            except self.client.exceptions.ResourceNotFoundException:
                response = self.client.create_secret(Name=name, **{kind: value})
        return str(response["VersionId"])

    def stop(self) -> None:
        self.client.close()
        self.server.stop()


class ServedTestCase(TestCase):
    """One server for all tests of a class, without secrets when each test begins."""

    server: ClassVar[SecretsManager]

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = SecretsManager()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()

    def setUp(self) -> None:
        super().setUp()
        self.server.clear()
