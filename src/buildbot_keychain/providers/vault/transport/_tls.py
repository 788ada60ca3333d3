"""`TlsConfiguration`: which servers are trusted, and which certificate they are shown.

The files are read when a connection is made, and anew when they have changed: certificates of a few
hours are replaced under a running master.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass

FileStamp = tuple[object, ...]


@dataclass(frozen=True)
class TlsConfiguration:
    """The files of TLS.

    :param ca_bundle: a file of PEM certificates, or a directory as ``c_rehash`` makes it;
        ``None`` for those that the system trusts.
    :param client_cert: a PEM file with certificate and key, or two files.
    """

    ca_bundle: str | None = None
    client_cert: tuple[str, ...] = ()

    def stamp(self) -> FileStamp:
        """Return what differs when one of the files has changed. Blocks."""
        paths = [path for path in (self.ca_bundle, *self.client_cert) if path]
        return tuple(_stamp_of(path) for path in paths)

    def load(self) -> ssl.SSLContext:
        """Read the files. Blocks.

        :raise ValueError: when one of them cannot be used; the text names it.
        """
        directory = self.ca_bundle is not None and os.path.isdir(self.ca_bundle)
        try:
            context = ssl.create_default_context(
                cafile=None if directory else self.ca_bundle,
                capath=self.ca_bundle if directory else None,
            )
        except (OSError, ssl.SSLError) as error:
            msg = f"ca_bundle {self.ca_bundle}: {_describe(error)}"
            raise ValueError(msg) from error
        if self.client_cert:
            try:
                context.load_cert_chain(self.client_cert[0], self.client_cert[-1], _no_password)
            except (OSError, ssl.SSLError, ValueError) as error:
                msg = f"client_cert {' and '.join(self.client_cert)}: {_describe(error)}"
                raise ValueError(msg) from error
        return context


def _stamp_of(path: str) -> object:
    try:
        found = os.stat(path)
    except OSError as error:
        return error.errno
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _describe(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or not isinstance(error, OSError):
        return "it does not contain what is needed in PEM, or the files do not belong together"
    return error.strerror or "it cannot be read"


def _no_password() -> str:
    # Without this, OpenSSL would ask on the terminal.
    msg = "the key is encrypted"
    raise ValueError(msg)
