"""Certificates of private authorities, for servers and clients of a test."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import ssl

PEM = serialization.Encoding.PEM
LOCAL = ("127.0.0.1",)


class Authority:
    """Signs certificates, and writes them into a directory.

    :param signer: the authority that signs its certificate; a root is signed by itself.
    :ivar path: the file of its certificate.
    """

    def __init__(
        self, directory: Path, name: str = "authority", signer: Authority | None = None
    ) -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name(name)
        self._signer = signer
        self.certificate = (signer or self).sign(self._name, self._key.public_key(), ca=True)
        self.path = directory / f"{name}.pem"
        self.path.write_bytes(self.certificate.public_bytes(PEM))

    def issue(self, name: str, hosts: tuple[str, ...] = LOCAL, *, days: int = 1) -> Path:
        """Write the private file ``name.pem``: a key, its certificate, and intermediate ones.

        :param days: until when it is valid; a negative number for one that has expired.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.sign(_common_name(name), key.public_key(), hosts=hosts, days=days)
        path = self.directory / f"{name}.pem"
        path.touch(mode=0o600)
        chain = [certificate, *self._intermediates()]
        path.write_bytes(private_pem(key) + b"".join(one.public_bytes(PEM) for one in chain))
        return path

    def context(
        self,
        name: str = "server",
        hosts: tuple[str, ...] = LOCAL,
        *,
        days: int = 1,
        clients: Authority | None = None,
    ) -> Any:
        """Return what a server listens with.

        :param clients: the authority that signs the certificates of the clients to be served.
        """
        content = self.issue(name, hosts, days=days).read_bytes()
        pair = ssl.PrivateCertificate.loadPEM(content)
        chain = [
            ssl.Certificate.loadPEM(one.public_bytes(PEM)).original for one in self._intermediates()
        ]
        trusted: Any = {}
        if clients is not None:
            trusted = {"trustRoot": ssl.Certificate.loadPEM(clients.path.read_bytes())}
        key = pair.privateKey.original
        return ssl.CertificateOptions(key, pair.original, extraCertChain=chain, **trusted)

    def hashed_directory(self) -> Path:
        """Return a directory with its certificate, as ``c_rehash`` makes it."""
        directory = self.directory / f"{self.path.stem}.d"
        directory.mkdir()
        subject: Any = ssl.Certificate.loadPEM(self.path.read_bytes()).original
        name = f"{subject.subject_name_hash():08x}.0"
        (directory / name).write_bytes(self.path.read_bytes())
        return directory

    def sign(
        self,
        subject: x509.Name,
        key: Any,
        *,
        ca: bool = False,
        hosts: tuple[str, ...] = (),
        days: int = 1,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=30))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if hosts:
            names = x509.SubjectAlternativeName([_host_name(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _intermediates(self) -> list[x509.Certificate]:
        if self._signer is None:
            return []
        return [self.certificate, *self._signer._intermediates()]


def private_pem(key: Any, passphrase: bytes | None = None, *, traditional: bool = False) -> bytes:
    """Return a private key in PEM, encrypted where a passphrase is given."""
    form = serialization.PrivateFormat.PKCS8
    if traditional:
        form = serialization.PrivateFormat.TraditionalOpenSSL
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase)
    content: bytes = key.private_bytes(PEM, form, encryption)
    return content


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
