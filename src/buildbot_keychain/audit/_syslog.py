"""`AuditToSyslog`: sends events to a syslog server, as RFC 5424 has it.

A message is the JSON of an event; its MSGID is the kind of the event. Over UDP (RFC 5426) and a
unix datagram socket, each is a packet. Over TCP and TLS (RFC 5425), and a unix stream socket, each
follows its length in octets (RFC 6587, 3.4.1). Names are resolved, and connections made, in the
sink's own thread.

Syslog does not acknowledge: what the system has taken counts as accepted. What was sent when a
connection broke is sent again, so a server may see an event twice, and may miss the last ones
before it went away.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from zope.interface import implementer

from buildbot_keychain.audit.events import FAILED, WITHHELD
from buildbot_keychain.audit.form import time_text
from buildbot_keychain.audit.record import Record
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IAuditSink
from buildbot_keychain.uses import DENIED, WOULD_BE_DENIED

FACILITIES = {
    "kern": 0,
    "user": 1,
    "daemon": 3,
    "auth": 4,
    "syslog": 5,
    "authpriv": 10,
    "audit": 13,
    **{f"local{number}": 16 + number for number in range(8)},
}
"""The codes of facilities, RFC 5424, 6.2.1."""

_PORTS = {"udp": 514, "tcp": 601, "tls": 6514}

_NOTICE, _INFO = 5, 6
"""Severities, RFC 5424, 6.2.1."""

_NOTABLE = frozenset((DENIED, WOULD_BE_DENIED, FAILED, WITHHELD))
"""Outcomes whose messages are notices."""

_LARGEST = 60_000
"""Bytes of a packet where the system takes no larger one."""

_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")


class _Place(NamedTuple):
    """Where messages go: a scheme, a host and port, or a path."""

    scheme: str
    host: str
    port: int
    path: str


@implementer(IAuditSink)
class AuditToSyslog:
    """Sends events to a syslog server.

    :param address: the path of a unix socket, such as ``/dev/log``; or ``udp://HOST[:PORT]``,
        ``tcp://HOST[:PORT]`` or ``tls://HOST[:PORT]``.
    :param facility: one of `FACILITIES`.
    :param app_name: what messages say who sends them, up to 48 ASCII characters without spaces.
    :param ca_file: for TLS, the file with the certificates that may sign that of the server; by
        default those of the system.
    :param certificate: for TLS, the file with the certificate of this client.
    :param key: the file with its key; by default in the same file.
    :param timeout: seconds that connecting, and sending, may take.
    :raise ConfigurationError: when they cannot be such.
    """

    def __init__(
        self,
        address: str = "/dev/log",
        *,
        facility: str = "audit",
        app_name: str = "buildbot-keychain",
        ca_file: str | None = None,
        certificate: str | None = None,
        key: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        self._place = _place(address)
        self.name = f"syslog {address}"
        self.address = address
        if facility not in FACILITIES:
            raise self._error(f"facility must be one of {', '.join(FACILITIES)}")
        if not isinstance(app_name, str) or not re.fullmatch(r"[\x21-\x7e]{1,48}", app_name):
            raise self._error("app_name must be 1 to 48 printable ASCII characters")
        if self._place.scheme != "tls" and (ca_file or certificate or key):
            raise self._error("ca_file, certificate and key are for tls://")
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0:
            raise self._error("timeout must be a number of seconds, above 0")
        self._arguments = (address, facility, app_name, ca_file, certificate, key, timeout)
        self._facility = FACILITIES[facility]
        self._files = ca_file, certificate, key
        self._timeout = float(timeout)
        host = _UNPRINTABLE.sub("", socket.gethostname())[:255] or "-"
        self._header = f"{host} {app_name} {os.getpid()}"
        self._socket: socket.socket | None = None
        self._is_stream = False

    def __repr__(self) -> str:
        return f"AuditToSyslog({self.address!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AuditToSyslog):
            return NotImplemented
        return self._arguments == other._arguments

    def __hash__(self) -> int:
        return hash(self._arguments)

    def check(self) -> None:
        """Raise an error where the files for TLS cannot be used."""
        if self._place.scheme == "tls":
            try:
                self._context()
            except (OSError, ssl.SSLError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                raise self._error(f"its certificates cannot be read: {reason}") from error

    # -- in the sink's thread

    def write(self, records: Sequence[Record]) -> None:
        """Send records."""
        try:
            opened = self._socket
            if opened is None or (self._is_stream and _has_ended(opened)):
                self.close()
                opened = self._connect()
            if self._is_stream:
                opened.sendall(b"".join(map(_framed, map(self._message, records))))
            else:
                for record in records:
                    _send(opened, self._message(record))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def _message(self, record: Record) -> bytes:
        outcome = getattr(record.event, "outcome", "")
        decision = getattr(record.event, "decision", "")
        notable = outcome in _NOTABLE or decision in _NOTABLE
        priority = self._facility * 8 + (_NOTICE if notable else _INFO)
        kind = record.event.kind
        begin = f"<{priority}>1 {time_text(record.time)} {self._header} {kind} - "
        return (begin + record.text).encode("ascii")

    def _connect(self) -> socket.socket:
        scheme, host, port, path = self._place
        if scheme == "unix":
            self._socket = self._connect_unix(path)
        elif scheme == "udp":
            self._is_stream = False
            self._socket = _connected_udp(host, port, self._timeout)
        else:
            self._is_stream = True
            opened = socket.create_connection((host, port), self._timeout)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if scheme == "tls":
                try:
                    opened = self._context().wrap_socket(opened, server_hostname=host)
                except BaseException:
                    opened.close()
                    raise
            self._socket = opened
        return self._socket

    def _connect_unix(self, path: str) -> socket.socket:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            opened = socket.socket(socket.AF_UNIX, kind)
            opened.settimeout(self._timeout)
            try:
                opened.connect(path)
            except OSError as error:
                opened.close()
                if error.errno == errno.EPROTOTYPE and kind == socket.SOCK_DGRAM:
                    continue
                error.filename = path
                raise
            self._is_stream = kind == socket.SOCK_STREAM
            return opened
        raise AssertionError(path)

    def _context(self) -> ssl.SSLContext:
        ca_file, certificate, key = self._files
        context = ssl.create_default_context(cafile=ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        return context

    def _error(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"AuditToSyslog({self.address!r}): {problem}")


def _place(address: object) -> _Place:
    """Return an address in its parts.

    :raise ConfigurationError: when it is none.
    """
    form = (
        "AuditToSyslog: address must be the path of a socket such as '/dev/log', "
        "or udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT"
    )
    if not isinstance(address, str) or "\0" in address:
        raise ConfigurationError(form)
    if address.startswith("/"):
        return _Place("unix", "", 0, address)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(form) from None
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in _PORTS or not host or extra or port == 0:
        raise ConfigurationError(form)
    return _Place(parts.scheme, host, port or _PORTS[parts.scheme], "")


def _framed(message: bytes) -> bytes:
    return b"%d %b" % (len(message), message)


def _send(opened: socket.socket, message: bytes) -> None:
    """Send a packet; one that is too large for the system is cut."""
    try:
        opened.send(message)
    except OSError as error:
        if error.errno != errno.EMSGSIZE or len(message) <= _LARGEST // 8:
            raise
        opened.send(message[: _LARGEST // 8])


def _connected_udp(host: str, port: int, timeout: float) -> socket.socket:
    error: OSError | None = None
    for family, kind, protocol, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM):
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(timeout)
        try:
            opened.connect(place)
        except OSError as failed:
            opened.close()
            error = failed
        else:
            return opened
    raise error or OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL), host)


def _has_ended(opened: socket.socket) -> bool:
    """Return whether the server has closed a connection: what is sent then is lost."""
    timeout = opened.gettimeout()
    opened.setblocking(False)  # noqa: FBT003 - of the standard library
    try:
        return not opened.recv(4096)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        opened.settimeout(timeout)
