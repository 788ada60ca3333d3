"""`FormTokens`: tie a form to one session, one purpose and an hour.

A token is ``expiry.code``; the code is the HMAC-SHA-256 of purpose, SHA-256 of the session and
expiry. Whoever cannot read a page that this session was shown has no token that it can send.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from buildbot_keychain.web._refusals import Refused

LIFE = 3600
"""Seconds."""

_OF_ANOTHER = "This form was not made for your session, or for what there is now: load it again."


class FormTokens:
    """Makes and checks tokens.

    :param key: of all masters that serve the page.
    :param now: returns seconds since the epoch.
    """

    def __init__(self, key: bytes, now: Callable[[], float]) -> None:
        self._key = key
        self._now = now

    def make(self, session: bytes, *purpose: str) -> str:
        """Return a token for a form with `purpose` that is shown to `session`."""
        expiry = str(int(self._now()) + LIFE)
        return f"{expiry}.{self._code(session, purpose, expiry)}"

    def check(self, token: str, session: bytes, *purpose: str) -> None:
        """Refuse a token that was not made for `session` and `purpose`, or has expired."""
        expiry, _, code = token.partition(".")
        if not hmac.compare_digest(code.encode(), self._code(session, purpose, expiry).encode()):
            raise Refused(403, _OF_ANOTHER)
        if int(expiry) <= self._now():
            raise Refused(403, "This form is too old: load the page again.")

    def _code(self, session: bytes, purpose: tuple[str, ...], expiry: str) -> str:
        digest = hashlib.sha256(session).hexdigest()
        parts = [str(len(purpose)), *purpose, digest, expiry]
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
