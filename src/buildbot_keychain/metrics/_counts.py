"""`LookupCounts`: how the lookups of one manager ended, in plain numbers."""

from __future__ import annotations

from collections import Counter, defaultdict

from twisted.internet.defer import CancelledError

from buildbot_keychain.errors import (
    ApprovalRequired,
    AuditUnavailable,
    DeniedByPolicy,
    NotApproved,
    ProviderError,
    SecretNotFound,
)

FAILED = "failed"

OUTCOMES: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
    ("not_found", (SecretNotFound,)),
    ("needs_approval", (ApprovalRequired, NotApproved)),
    ("denied", (DeniedByPolicy,)),
    ("withheld", (AuditUnavailable,)),
    ("cancelled", (CancelledError,)),
)
"""How lookups end without a value, by the class of the error; any other is `FAILED`."""

_MOST = 1000
"""Providers whose failures are counted by name."""


class LookupCounts:
    """Counts the lookups of one manager.

    :ivar given: how many returned a value, by the name of the provider.
    :ivar ended: how many did not, by the name of the provider that failed, if one did, and how.
    :ivar decided: what the policy decided, by the outcome; see `buildbot_keychain.uses`.
    """

    def __init__(self) -> None:
        # They are added to in each lookup; a `Counter` takes twice as long.
        self.given: defaultdict[str, int] = defaultdict(int)
        self.decided: defaultdict[str, int] = defaultdict(int)
        self.ended: Counter[tuple[str, str]] = Counter()

    def note_error(self, error: Exception) -> None:
        """Count a lookup that ended in an error."""
        outcome = next((name for name, kinds in OUTCOMES if isinstance(error, kinds)), FAILED)
        provider = ""
        if outcome == FAILED and isinstance(error, ProviderError):
            provider = error.provider
        # Code of others may name any provider.
        if (provider, outcome) not in self.ended and len(self.ended) >= _MOST:
            provider = ""
        self.ended[provider, outcome] += 1
