"""Tokens with which programs use the page's JSON, and how a master keeps them.

A token is ``bbk_ID_SECRET``. The secret has 256 random bits, so of it a plain SHA-256 is kept, in
the table `TABLE` with whose token it is, what it is for, and until when. Whoever reads the table
cannot use a token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from buildbot_keychain import given_names

TABLE = "keychain_tokens"
"""The table in the master's database."""

READ_APPROVALS = "approvals:read"
DECIDE_APPROVALS = "approvals:decide"
READ_SECRETS = "secrets:read"
WRITE_SECRETS = "secrets:write"
READ_METRICS = "metrics:read"
READ_AUDIT = "audit:read"
RUN_INSPECTIONS = "inspections:run"
SCOPES = (
    READ_APPROVALS,
    DECIDE_APPROVALS,
    READ_SECRETS,
    WRITE_SECRETS,
    READ_METRICS,
    READ_AUDIT,
    RUN_INSPECTIONS,
)
"""What a token can be for."""

_TOKEN = re.compile(r"bbk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True)
class TokenRow:
    """A token as it is kept.

    :param id: what identifies it; it is no secret.
    :param digest: of its secret.
    :param person: whose it is, by the name under which the person logs in.
    :param scopes: what it is for.
    :param note: what its maker has written about it.
    :param created_at: when it was made (seconds since the epoch).
    :param expires_at: when it ends (seconds since the epoch).
    """

    id: str
    digest: str = field(repr=False)
    person: str
    scopes: frozenset[str]
    note: str
    created_at: int
    expires_at: int

    def stored(self) -> dict[str, str | int]:
        """Return the columns."""
        texts = {"person": self.person, "note": self.note}
        return {
            **vars(self),
            "scopes": " ".join(sorted(self.scopes)),
            **{name: given_names.stored(text) for name, text in texts.items()},
        }

    @classmethod
    def read(cls, columns: dict[str, str | int]) -> TokenRow:
        """Return the row with these columns."""
        return cls(
            id=str(columns["id"]),
            digest=str(columns["digest"]),
            person=given_names.read(str(columns["person"])),
            scopes=frozenset(str(columns["scopes"]).split()),
            note=given_names.read(str(columns["note"])),
            created_at=int(columns["created_at"]),
            expires_at=int(columns["expires_at"]),
        )


def new_token() -> tuple[str, str, str]:
    """Return a new token, the id in it, and the digest of its secret."""
    number, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    return f"bbk_{number}_{secret}", number, _digest(secret)


def id_of(token: str) -> str | None:
    """Return the id in a token; ``None`` if it cannot be one."""
    found = _TOKEN.fullmatch(token)
    return None if found is None else found[1]


def is_valid(token: str, row: TokenRow, now: float) -> bool:
    """Return whether `token` is the one that is kept as `row`, and has not ended."""
    found = _TOKEN.fullmatch(token)
    return (
        found is not None
        and found[1] == row.id
        and hmac.compare_digest(_digest(found[2]), row.digest)
        and now < row.expires_at
    )


def without_secrets(text: str) -> str:
    """Return a text in which the secrets of tokens are hidden, and their ids stay."""
    return _TOKEN.sub(r"bbk_\1_...", text)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
