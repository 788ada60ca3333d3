"""`TlsSocket`: a socket that is closed when its connection ended before TLS began.

Before Python 3.13 `ssl` leaves such a socket open until it is collected as garbage.
"""

from __future__ import annotations

import errno
import os
import ssl
from typing import Any


class TlsSocket(ssl.SSLSocket):
    """Made by a context that has it as ``sslsocket_class``."""

    def getpeername(self) -> Any:  # noqa: ANN401 - an address of any family
        """Give the address of the other side, which `ssl` asks for before it begins.

        :raise ConnectionResetError: when there is no other side any more; it is closed then.
        """
        try:
            return super().getpeername()
        except OSError:
            self.close()
        # Not ENOTCONN, at which `ssl` takes it for one that is yet to be connected.
        raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
