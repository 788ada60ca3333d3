"""A private certificate authority: what a TLS server, and a client that it knows, need."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Certificate:
    """Files in PEM: the certificate (0644) and its key (0600)."""

    certificate: Path
    key: Path


class Authority:
    """Issues certificates into `directory`; its own is the file `certificate`."""

    def __init__(self, directory: Path, name: str = "test authority") -> None:
        self._directory = directory.resolve()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._number = 0
        own = (
            _valid(self._name, self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = self._directory / f"{name.replace(' ', '-')}.pem"
        self.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def server(self, address: str = "127.0.0.1") -> Certificate:
        """Issue the certificate of a server at an IP address."""
        names = [x509.IPAddress(ip_address(address)), x509.DNSName("localhost")]
        return self._issue("server", names, ExtendedKeyUsageOID.SERVER_AUTH)

    def client(self, name: str) -> Certificate:
        """Issue a client's certificate; its common name is `name`."""
        return self._issue(name, [x509.DNSName(name)], ExtendedKeyUsageOID.CLIENT_AUTH)

    def context(self, client: Certificate | None = None) -> ssl.SSLContext:
        """Return a context that trusts this authority alone and has the certificate of `client`."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if client is not None:
            context.load_cert_chain(client.certificate, client.key)
        return context

    def _issue(
        self, name: str, names: list[x509.GeneralName], usage: x509.ObjectIdentifier
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        issued = (
            _valid(_named(name), self._name, key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self._number += 1
        files = Certificate(
            self._directory / f"{name}-{self._number}.pem",
            self._directory / f"{name}-{self._number}.key",
        )
        files.certificate.write_bytes(issued.public_bytes(serialization.Encoding.PEM))
        files.key.touch(mode=0o600)
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _valid(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
