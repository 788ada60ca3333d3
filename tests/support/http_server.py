"""A server of secrets as `SecretInHTTP` asks one, real but for its store; over TLS too."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor, ssl
from twisted.protocols.policies import WrappingFactory
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

TOKEN = "bearer-of-the-tests"
PEM = serialization.Encoding.PEM


class SecretServer(Resource):
    """Answers ``GET /v1/NAME`` with ``{"value": …}``, or as `answer` does where that is set."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, object] = {}
        self.answer: Callable[[Request], object] | None = None
        self.authorizations: list[str | None] = []
        self.paths: list[bytes] = []

    def render_GET(self, request: Request) -> object:
        self.authorizations.append(request.getHeader("Authorization"))
        self.paths.append(request.uri)
        if self.answer is not None:
            return self.answer(request)
        name = unquote(request.path.decode().removeprefix("/v1/"))
        if name not in self.held:
            request.setResponseCode(404)
            return b"no such secret"
        return json.dumps({"value": self.held[name], "group": {"other": "of a group"}}).encode()


def status(code: int, **headers: str) -> Callable[[Request], bytes]:
    """Answer with a status and no content."""

    def answer(request: Request) -> bytes:
        request.setResponseCode(code)
        for name, value in headers.items():
            request.setHeader(name, value)
        return b"{}"

    return answer


def silence(request: Request) -> object:
    """Answer nothing."""
    return NOT_DONE_YET


def beginning(request: Request) -> object:
    """Begin an answer and go silent."""
    request.write(b'{"value": ')
    return NOT_DONE_YET


def listen(test: TestCase, server: Resource, context: Any = None) -> int:
    """Let `server` listen on this machine until the end of the test; give its port."""
    untyped: Any = reactor
    site = Site(server)
    if context is None:
        port = untyped.listenTCP(0, site, interface="127.0.0.1")
    else:
        # Twisted 24.3 chooses a protocol for each connection in a way that newer OpenSSLs refuse.
        plain = WrappingFactory(site)
        port = untyped.listenSSL(0, plain, context, interface="127.0.0.1")
    test.addCleanup(port.stopListening)
    return int(port.getHost().port)


class Authority:
    """Signs certificates for 127.0.0.1 and for clients, and writes them into a directory."""

    def __init__(self, directory: Path, name: str = "authority") -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = self._sign(self._name, self._key, ca=True)
        self.path = directory / f"{name}.pem"
        self.path.write_bytes(self._certificate.public_bytes(PEM))

    def issue(self, name: str) -> Path:
        """Write ``name.pem``, private, with a key and its certificate; give its path."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        path = self.directory / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._sign(subject, key, ca=False).public_bytes(PEM)
        )
        return path

    def context(self, name: str, *, clients: bool = False) -> Any:
        """Give what a server listens with; with `clients`, for those with a certificate alone."""
        pair = ssl.PrivateCertificate.loadPEM(self.issue(name).read_bytes())
        ours = ssl.Certificate.loadPEM(self.path.read_bytes())
        return pair.options(ours) if clients else pair.options()

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> Any:
        now = dt.datetime.now(dt.timezone.utc)
        day = dt.timedelta(days=1)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
