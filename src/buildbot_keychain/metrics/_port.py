"""`MetricsPort`: what the configuration says of a port of its own for metrics."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass, field

from buildbot_keychain.errors import ConfigurationError, quote

_HIGHEST = 65_535


@dataclass(frozen=True)
class MetricsPort:
    """A port on which a manager answers ``GET /metrics``.

    :param port: its number; 0 for any that is free.
    :param interface: the address that it listens on: this machine's own by default.
    :param token_sha256: the SHA-256, in hex, of the token that whoever asks must send as
        ``Authorization: Bearer TOKEN``. Without it, every program on the machine can ask.
    :raise ConfigurationError: when one of them cannot be what it is, or other machines can reach
        the port and need no token.
    """

    port: int
    interface: str = "127.0.0.1"
    token_sha256: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if type(self.port) is not int or not 0 <= self.port <= _HIGHEST:
            raise _error(f"port must be an int from 0 to {_HIGHEST}, not {quote(self.port)}")
        try:
            is_local = ipaddress.ip_address(self.interface).is_loopback
        except ValueError:
            raise _error(
                f"interface must be an IP address, such as 127.0.0.1, not {quote(self.interface)}"
            ) from None
        digest = self.token_sha256
        if digest is None:
            if not is_local:
                raise _error(
                    f"other machines can reach {self.interface}: give token_sha256, or listen on "
                    "127.0.0.1"
                )
        elif not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise _error(
                "token_sha256 must be 64 hex digits: what `printf %s TOKEN | sha256sum` prints"
            )

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.interface, self.port

    def accepts(self, authorization: bytes | None) -> bool:
        """Return whether somebody may ask who sends this header; ``None`` for none."""
        if self.token_sha256 is None:
            return True
        scheme, _, token = (authorization or b"").partition(b" ")
        digest = hashlib.sha256(token.strip()).hexdigest()
        return scheme.lower() == b"bearer" and hmac.compare_digest(digest, self.token_sha256)


def checked_port(given: object) -> MetricsPort | None:
    """Return the argument ``metrics_port`` of a manager, checked; a number is that of a port.

    :raise ConfigurationError: when it cannot be one.
    """
    if given is None or isinstance(given, MetricsPort):
        return given
    if type(given) is int:
        return MetricsPort(given)
    raise ConfigurationError(
        f"metrics_port must be the number of a port or MetricsPort(...), not {quote(given)}"
    )


def _error(problem: str) -> ConfigurationError:
    return ConfigurationError(f"MetricsPort: {problem}")
