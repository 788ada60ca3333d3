"""One-time codes of ``otpauth://`` URIs; this is the only module that imports pyotp.

The URIs are those of authenticator apps (google-authenticator's wiki, "Key Uri Format"); the codes
are those of RFC 6238.
"""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlsplit

_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


class OneTimeCodeError(ValueError):
    """A URI that gives no code; the message says why and what to do, and quotes nothing of it."""


def one_time_code(uri: str, now: float) -> str:
    """Return the code of `uri` at a time.

    :param uri: ``otpauth://totp/…?secret=…``.
    :param now: seconds since the epoch.
    :raise OneTimeCodeError: when the URI cannot be read, or is counter-based: each code of such a
        URI is good once, and using one would require writing to the store.
    """
    import pyotp  # noqa: PLC0415 - an optional dependency

    class Totp(pyotp.TOTP):
        # pyotp wants 112 bits; the secrets that services hand out often have 80, and work.
        min_secret_length_bits = 0

    try:
        parts = urlsplit(uri)
        given = {key.lower(): value for key, value in parse_qsl(parts.query)}
        kind = parts.netloc.lower()
        if kind == "totp":
            return Totp(
                given["secret"].replace(" ", "").rstrip("="),
                digits=int(given.get("digits", 6)),
                digest=_DIGESTS[given.get("algorithm", "SHA1").upper()],
                interval=int(given.get("period", 30)),
            ).at(int(now))
    except Exception as error:
        raise OneTimeCodeError(
            "its otpauth:// line or totp field cannot be read; compare it with what the service "
            "shows"
        ) from error
    raise OneTimeCodeError(
        "its otpauth:// line is counter-based (hotp); only time-based ones (totp) are supported"
    )
