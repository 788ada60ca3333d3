"""One-time codes of ``otpauth://`` URIs, computed by pyotp; this is the one module that knows it.

The URIs are those of authenticator apps: google-authenticator's wiki, "Key Uri Format"; the codes
are those of RFC 6238.
"""

from __future__ import annotations


class NoCode(ValueError):
    """An URI that gives no code; says why and what to do, and tells nothing of the URI."""


def code(uri: str, at: float) -> str:
    """Give the code of `uri` at a time.

    :param uri: ``otpauth://totp/…?secret=…``.
    :param at: seconds since the epoch.
    :raise NoCode: when it is no such URI, or counts uses: then each code is good once, and serving
        it would mean to write the store.
    """
    import pyotp  # noqa: PLC0415 - an optional dependency

    problem = "its otpauth:// line cannot be read; compare it with that of another program"
    try:
        generator = pyotp.parse_uri(uri)
        if isinstance(generator, pyotp.TOTP):
            return generator.at(int(at))
        problem = "its otpauth:// line counts uses (hotp); only one of time (totp) can be served"
    except Exception:  # noqa: BLE001, S110 - whatever it is, it may quote the secret
        pass
    raise NoCode(problem)
