"""AWS Secrets Manager as moto serves it on this machine; and a server that misbehaves."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import ThreadedMotoServer
from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.aws.quiet import quiet

_ACCOUNT = "123456789012"
REGION = "eu-central-1"
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMIK7MDENGbPxRfiCYEX"}


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
        """Forget all secrets."""
        secretsmanager_backends[_ACCOUNT][REGION].reset()

    def put(self, name: str, value: str | bytes) -> str:
        """Create or change a secret; give the id of its new version."""
        kind = "SecretString" if isinstance(value, str) else "SecretBinary"
        with quiet():  # what the administrator's program logs is not what is tested
            try:
                answer = self.client.put_secret_value(SecretId=name, **{kind: value})
            except self.client.exceptions.ResourceNotFoundException:
                answer = self.client.create_secret(Name=name, **{kind: value})
        return str(answer["VersionId"])

    def stop(self) -> None:
        self.client.close()
        self.server.stop()


class Misbehaving:
    """An HTTP server that gives each request the same answer, or none."""

    def __init__(self, status: int, body: object, *, wait: bool = False) -> None:
        self.asked = 0
        over = threading.Event()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                self.asked += 1
                if wait:
                    over.wait(30)
                    return
                handler.send_response(status)
                handler.send_header("Content-Type", "application/x-amz-json-1.1")
                handler.send_header("Content-Length", str(len(content)))
                handler.end_headers()
                handler.wfile.write(content)

            def log_message(handler, *arguments: object) -> None:  # noqa: N805
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        thread.start()

        def stop() -> None:
            over.set()
            self.server.shutdown()
            self.server.server_close()
            thread.join()

        self.stop: Callable[[], None] = stop


class ServedTestCase(TestCase):
    """One server for all tests of a class, without a secret when each begins."""

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
