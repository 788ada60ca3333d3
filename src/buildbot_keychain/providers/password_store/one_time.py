"""One-time codes of ``otpauth://`` URIs, computed by pyotp; this is the one module that knows it.

The URIs are those of authenticator apps (google-authenticator's wiki, "Key Uri Format"), the codes
those of RFC 6238.
"""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlsplit

_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


class NoCode(ValueError):
    """An URI that gives no code; says why and what to do, and tells nothing of the URI."""


def code(uri: str, at: float) -> str:
    """Give the code of `uri` at a time.

    :param uri: ``otpauth://totp/…?secret=…``.
    :param at: seconds since the epoch.
    :raise NoCode: when it is no such URI, or counts its uses: then each code is good once, and
        giving one would mean to write the store.
    """
    import pyotp  # noqa: PLC0415 - an optional dependency

    class Totp(pyotp.TOTP):
        # pyotp wants 112; the secrets that services hand out often have 80, and work.
        min_secret_length_bits = 0

    problem = "its otpauth:// line cannot be read; compare it with what the service gives"
    try:
        parts = urlsplit(uri)
        given = {key.lower(): value for key, value in parse_qsl(parts.query)}
        if parts.netloc.lower() == "totp":
            return Totp(
                given["secret"].replace(" ", "").rstrip("="),
                digits=int(given.get("digits", 6)),
                digest=_DIGESTS[given.get("algorithm", "SHA1").upper()],
                interval=int(given.get("period", 30)),
            ).at(int(at))
        problem = "its otpauth:// line counts its uses (hotp); only one of time (totp) can be given"
    except Exception:  # noqa: BLE001, S110 - whatever it is, it may quote the secret
        pass
    raise NoCode(problem)
