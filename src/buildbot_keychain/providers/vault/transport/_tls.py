"""`Trust`: whom we believe to be the server, and what we show it of ourselves.

The files are read when a connection is made, and anew when they have changed: certificates of a
few hours are replaced under a running master.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass

Signature = tuple[object, ...]


@dataclass(frozen=True)
class Trust:
    """The files of TLS.

    :param ca_bundle: a file of PEM certificates, or a directory as ``c_rehash`` makes it;
        ``None`` for those that the system trusts.
    :param client_cert: a PEM file with certificate and key, or two files.
    """

    ca_bundle: str | None = None
    client_cert: tuple[str, ...] = ()

    def signature(self) -> Signature:
        """Give what changes when one of the files does. Blocks."""
        paths = [path for path in (self.ca_bundle, *self.client_cert) if path]
        return tuple(_state_of(path) for path in paths)

    def context(self) -> ssl.SSLContext:
        """Read the files. Blocks.

        :raise ValueError: when one of them cannot be used; the text names it.
        """
        directory = self.ca_bundle is not None and os.path.isdir(self.ca_bundle)
        problem = None
        try:
            context = ssl.create_default_context(
                cafile=None if directory else self.ca_bundle,
                capath=self.ca_bundle if directory else None,
            )
        except (OSError, ssl.SSLError) as error:
            problem = f"ca_bundle {self.ca_bundle}: {_why(error)}"
        if problem is None and self.client_cert:
            try:
                key = self.client_cert[-1]
                context.load_cert_chain(self.client_cert[0], key, _no_password)
            except (OSError, ssl.SSLError, ValueError) as error:
                problem = f"client_cert {' and '.join(self.client_cert)}: {_why(error)}"
        if problem is not None:
            raise ValueError(problem)
        return context


def _state_of(path: str) -> object:
    try:
        found = os.stat(path)
    except OSError as error:
        return error.errno
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or not isinstance(error, OSError):
        return "it does not hold what is needed in PEM, or they do not belong together"
    return error.strerror or "it cannot be read"


def _no_password() -> str:
    # Without this, OpenSSL would ask on the terminal.
    msg = "the key is encrypted"
    raise ValueError(msg)
