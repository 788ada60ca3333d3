"""A fake of the Kubernetes API server: what the documentation says about reading a Secret.

It has no etcd, no RBAC engine and no admission, but one endpoint,
``GET /api/v1/namespaces/{namespace}/secrets/{name}``, over real TLS with a certificate of a private
authority. Its responses have the form of the API reference (v1 ``Secret``, ``Status``) and of the
API conventions: 401 without a known bearer token, then 403 for an account without the right, then
404 for a Secret that does not exist; ``data`` is in base64 beside metadata.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.tls import Authority


def token_of(account: str) -> str:
    """Return a token as Kubernetes makes them, but unsigned: a JWT for ``namespace:name``."""
    claims = {"iss": "https://kubernetes.default.svc", "sub": f"system:serviceaccount:{account}"}
    header = {"alg": "RS256", "kid": "x"}
    parts = [json.dumps(part).encode() for part in (header, claims)] + [b"not a signature"]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@dataclass
class Cluster:
    """The state of the fake.

    :param secrets: the data of each Secret, by namespace and name.
    :param accounts: accounts by their tokens.
    :param readers: accounts and the namespaces where they may ``get`` Secrets.
    """

    secrets: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    readers: set[tuple[str, str]] = field(default_factory=set)
    answer: tuple[int, bytes, dict[str, str]] | None = None
    """Status, body and headers of every response, in place of all that."""
    hanging: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and token of each request."""


class FakeApiServer:
    """The server, at a free port of this machine."""

    def __init__(self, directory: Path) -> None:
        self.cluster = Cluster()
        authority = Authority(directory, "api-server-authority")
        self.ca_file = authority.path
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.issue("api-server"))
        self.over = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                # Here and not where connections are accepted, so that one does not hold up others.
                self.request.settimeout(30)
                self.request = context.wrap_socket(
                    self.request, server_side=True, do_handshake_on_connect=False
                )
                super().setup()

            def handle(self) -> None:
                self.request.do_handshake()
                super().handle()

            def finish(self) -> None:
                try:
                    super().finish()
                finally:
                    self.request.close()

            def do_GET(self) -> None:
                server.serve(self)

            def log_message(self, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 100

            def handle_error(self, *arguments: object) -> None:
                """A client went away, or does not trust us."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.cluster.asked.append((request.path, token))
        if self.cluster.hanging:
            self.over.wait(30)
        status, body, headers = self.cluster.answer or self.answer(request.path, token)
        request.send_response(status)
        content_type = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in {**content_type, **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def answer(self, path: str, token: str) -> tuple[int, bytes, dict[str, str]]:
        account = self.cluster.accounts.get(token)
        if account is None:
            return failure(401, "Unauthorized", "Unauthorized")
        parts = path.split("/")
        if parts[:4] != ["", "api", "v1", "namespaces"] or parts[5:6] != ["secrets"]:
            return 404, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"}
        namespace, name = parts[4], parts[6]
        details = {"name": name, "kind": "secrets"}
        if (account, namespace) not in self.cluster.readers:
            message = (
                f'secrets "{name}" is forbidden: User "system:serviceaccount:{account}" cannot get '
                f'resource "secrets" in API group "" in the namespace "{namespace}"'
            )
            return failure(403, "Forbidden", message, details)
        data = self.cluster.secrets.get((namespace, name))
        if data is None:
            return failure(404, "NotFound", f'secrets "{name}" not found', details)
        found: dict[str, Any] = {
            "kind": "Secret",
            "apiVersion": "v1",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": "f1c3b1de-3b5b-4b0c-8c3f-7f0f3f0d7a11",
                "resourceVersion": "4711",
                "creationTimestamp": "2026-01-02T03:04:05Z",
            },
            "type": "Opaque",
        }
        if data:  # a Secret without keys has no `data`
            found["data"] = {key: base64.b64encode(data[key]).decode() for key in data}
        return 200, json.dumps(found).encode() + b"\n", {}


def failure(
    code: int, reason: str, message: str, details: dict[str, str] | None = None
) -> tuple[int, bytes, dict[str, str]]:
    """Return a response with a ``Status`` object."""
    status: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    if details is not None:
        status["details"] = details
    return code, json.dumps(status).encode() + b"\n", {}
