"""`TlsFiles`: whom a client trusts over TLS, and what it shows of itself.

This is the one module that imports pyOpenSSL and service_identity, and only when files are loaded.
Short-lived certificates are replaced while a master runs; `TlsFiles.stamp` shows when to load them
again. Error messages never quote a file, and OpenSSL never asks for a passphrase on the terminal:
an encrypted key is rejected.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.files import file_stamp, secret_content, without_waiting
from buildbot_keychain.providers.http._messages import UnreadableTlsFile, UnusableTlsFiles

if TYPE_CHECKING:
    from OpenSSL import SSL, crypto

MAX_FILE_SIZE = 4 << 20
"""Bytes of a file; a bundle of all public authorities has a quarter of a megabyte."""

_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----(?:(?!-----).)*-----END CERTIFICATE-----", re.DOTALL
)
_KEY = re.compile(
    rb"-----BEGIN ([A-Z ]{0,32}PRIVATE KEY)-----(?:(?!-----).)*-----END \1-----", re.DOTALL
)

_VERIFICATION_ERRORS = {
    2: "unable to get issuer certificate",
    7: "certificate signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
    22: "certificate chain too long",
    23: "certificate revoked",
    24: "invalid CA certificate",
    25: "path length constraint exceeded",
    26: "unsuitable certificate purpose",
    28: "certificate rejected",
    66: "EE certificate key too weak",
    67: "CA certificate key too weak",
    68: "CA signature digest algorithm too weak",
}
"""OpenSSL's texts for its codes (X509_STORE_CTX_get_error(3)); pyOpenSSL reports only the codes."""


class TlsArguments(NamedTuple):
    """The names of the arguments that the files are given in, for error messages."""

    ca: str = "ca"
    certificate: str = "certificate"
    key: str = "key"


_PLAIN_ARGUMENTS = TlsArguments()


@dataclass(frozen=True)
class TlsFiles:
    """The files of a TLS client, each in PEM.

    :param ca: the certificates that servers' must be signed by: a file, or a directory as
        ``c_rehash`` makes it; ``None`` for those that the system trusts.
    :param certificate: our own certificate, followed by those that it was signed by.
    :param key: its private key, not encrypted, in a file that nobody else can read, as those of
        `SecretInAFile`; by default it is in the file `certificate`.
    :param arguments: what error messages call them.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    arguments: TlsArguments = _PLAIN_ARGUMENTS

    def stamp(self) -> tuple[object, ...]:
        """Return what changes when one of the files does. Blocks."""
        return tuple(file_stamp(path) for path in self.paths)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that are configured."""
        return tuple(path for path in (self.ca, self.certificate, self.key) if path is not None)

    def load(self) -> TlsContext:
        """Read the files. Blocks.

        :raise UnusableTlsFiles: when one of them cannot be used.
        """
        context = self._context_with_certificate()
        if self.ca is None:
            context.set_default_verify_paths()
        else:
            self._trust(context, self.ca)
        return TlsContext(context)

    def _context_with_certificate(self) -> SSL.Context:
        from OpenSSL import SSL, crypto  # noqa: PLC0415 - an optional dependency
        from twisted.internet import ssl  # noqa: PLC0415 - the same

        if self.certificate is None:
            return ssl.CertificateOptions().getContext()
        name = self.arguments.certificate
        pem = read_file(name, self.certificate)
        own, *signers = _certificates(name, self.certificate, pem)
        key_name, key_path = self.arguments.key, self.key or self.certificate
        if self.key is None:
            _key_block(key_name, key_path, pem)  # before it is said to be open to others
        key = _private_key(key_name, key_path, _read_private(key_name, key_path))
        try:
            options = ssl.CertificateOptions(key, own, extraCertChain=signers or None)
            return options.getContext()
        except (SSL.Error, crypto.Error) as error:
            both = f"{name} {self.certificate} and {key_name} {key_path}"
            raise UnusableTlsFiles(f"{both} do not belong together") from error

    def _trust(self, context: SSL.Context, ca: str) -> None:
        from OpenSSL import SSL, crypto  # noqa: PLC0415 - an optional dependency

        name = self.arguments.ca
        store: Any = context.get_cert_store()
        # A certificate that is named is trusted, whether or not it is a root.
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        if not os.path.isdir(ca):
            for certificate in _certificates(name, ca, read_file(name, ca)):
                store.add_cert(certificate)
            return
        try:
            context.load_verify_locations(None, ca)
        except SSL.Error as error:
            reason = f"{name} {ca} is not a directory of certificates as c_rehash makes it"
            raise UnusableTlsFiles(reason) from error


class TlsContext:
    """Loaded `TlsFiles`."""

    def __init__(self, context: SSL.Context) -> None:
        self._context = context

    def server_verifier(self, host: str) -> ServerVerifier:
        """Return what Twisted connects to `host` with."""
        return ServerVerifier(self._context, host)


@implementer(IOpenSSLClientConnectionCreator)
class ServerVerifier:
    """Creates a TLS connection that goes to a server called `host` and to no other.

    The host's name is verified within the handshake, before the client's certificate is shown.

    :param host: a DNS name in ASCII, or an IP address.
    :ivar problem: why the server's certificate was rejected, as OpenSSL words it.
    """

    def __init__(self, context: SSL.Context, host: str) -> None:
        self._context = context
        self._host = host
        self._is_address = isIPAddress(host) or isIPv6Address(host)
        self.problem: str | None = None

    def clientConnectionForTLS(self, _protocol: object) -> SSL.Connection:  # noqa: N802 - Twisted's
        """Return a new connection, which verifies the server's certificate."""
        from OpenSSL import SSL  # noqa: PLC0415 - an optional dependency

        connection = SSL.Connection(self._context, None)
        if not self._is_address:
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._verify)
        return connection

    def _verify(
        self, _connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int
    ) -> bool:
        # OpenSSL calls this for each certificate of the chain, the server's own one at depth 0.
        if not ok:
            problem = _VERIFICATION_ERRORS.get(code, f"error {code}")
        elif depth == 0 and not self._is_for_host(certificate):
            problem = "IP address mismatch" if self._is_address else "hostname mismatch"
        else:
            return True
        self.problem = self.problem or f"certificate verify failed: {problem}"
        return False

    def _is_for_host(self, certificate: crypto.X509) -> bool:
        from service_identity import hazmat  # noqa: PLC0415 - an optional dependency
        from service_identity.pyopenssl import extract_patterns  # noqa: PLC0415 - the same

        try:
            kind = hazmat.IPAddress_ID if self._is_address else hazmat.DNS_ID
            hazmat.verify_service_identity(extract_patterns(certificate), [kind(self._host)], [])
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not verified
            return False
        return True


def read_file(argument: str, path: str) -> bytes:
    """Return the content of a file. Blocks.

    :param argument: what messages call it.
    :raise UnusableTlsFiles: when it cannot be read.
    """
    try:
        with open(path, "rb", opener=without_waiting) as stream:
            is_regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            content = stream.read(MAX_FILE_SIZE + 1) if is_regular else b""
    except OSError as error:
        reason = f"{argument} {path} cannot be read: {error.strerror}; create it or correct it"
        raise UnreadableTlsFile(reason) from error
    if not is_regular:
        raise UnusableTlsFiles(f"{argument} {path} is not a regular file; replace it")
    if len(content) > MAX_FILE_SIZE:
        raise UnusableTlsFiles(f"{argument} {path} is larger than {MAX_FILE_SIZE >> 20} MiB")
    return content


def _read_private(argument: str, path: str) -> bytes:
    """Return the content of a file that nobody else can read."""
    try:
        return secret_content(path, argument, "", "")
    except ProviderError as error:
        kind = UnreadableTlsFile if error.retryable else UnusableTlsFiles
        raise kind(f"{argument}: {error.reason}") from error


def _certificates(argument: str, path: str, pem: bytes) -> list[crypto.X509]:
    from OpenSSL import crypto  # noqa: PLC0415 - an optional dependency

    blocks = _CERTIFICATE.findall(pem)
    if not blocks:
        raise UnusableTlsFiles(f"{argument} {path} holds no certificate in PEM")
    try:
        return [crypto.load_certificate(crypto.FILETYPE_PEM, block) for block in blocks]
    except (crypto.Error, ValueError) as error:
        raise UnusableTlsFiles(f"{argument} {path} holds a damaged certificate") from error


def _private_key(argument: str, path: str, pem: bytes) -> crypto.PKey:
    from OpenSSL import crypto  # noqa: PLC0415 - an optional dependency

    block = _key_block(argument, path, pem)
    if b"ENCRYPTED" in block:
        raise UnusableTlsFiles(
            f"{argument} {path} is encrypted; store the private key without a passphrase"
        )
    try:
        # With a passphrase, so that OpenSSL would not ask for one on the terminal.
        return crypto.load_privatekey(crypto.FILETYPE_PEM, block + b"\n", b"")
    except (crypto.Error, ValueError) as error:
        raise UnusableTlsFiles(f"{argument} {path} holds a damaged private key") from error


def _key_block(argument: str, path: str, pem: bytes) -> bytes:
    block = _KEY.search(pem)
    if block is None:
        raise UnusableTlsFiles(f"{argument} {path} holds no private key in PEM")
    return block[0]
