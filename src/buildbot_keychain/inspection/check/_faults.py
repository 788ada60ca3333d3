"""What is wrong with the answer about a secret, in sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator

from buildbot_keychain.attention import SOON, MaxAge
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import quote
from buildbot_keychain.inspection._findings import NOTE, PROBLEM, UNCHECKED
from buildbot_keychain.inspection.check import _answers as answers
from buildbot_keychain.inspection.check._answers import Answer

_DAY = 86_400

Said = tuple[str, str, str]
"""How grave something is, of what kind, and what is to be said."""


def faults_of(name: str, answer: Answer, ages: MaxAge) -> Iterator[Said]:
    """Yield what is wrong with the answer about the secret `name`."""
    secret = f"the secret {quote(name)}"
    if answer.state == answers.MISSING:
        hint = f" ({answer.reason.rstrip('.')})" if answer.reason else ""
        yield PROBLEM, "missing", f"no provider holds {secret}{hint}"
    elif answer.state == answers.EMPTY:
        yield PROBLEM, "empty", f"{secret} of the provider {answer.provider!r} is empty"
    elif answer.state in {answers.INVALID, answers.FAILED}:
        reason = answer.reason
        yield PROBLEM, answer.state, f"{secret} of the provider {answer.provider!r}: {reason}"
    elif answer.state == answers.UNAVAILABLE:
        provider, reason = answer.provider, answer.reason
        yield UNCHECKED, "unavailable", f"{secret} of the provider {provider!r}: {reason}"
    elif answer.state == answers.DYNAMIC:
        yield NOTE, "dynamic", f"{secret} is made for whoever asks, and was not asked for"
    if answer.weakness:
        yield NOTE, "weak", f"{secret}: its value is {answer.weakness}"
    if answer.known is not None:
        yield from _faults_of_age(secret, answer, answer.known, ages)


def _faults_of_age(
    secret: str, answer: Answer, known: SecretDescription, ages: MaxAge
) -> Iterator[Said]:
    now = time.time()
    if known.expires is not None and known.expires <= now:
        yield PROBLEM, "expired", f"{secret} has expired"
    elif known.expires is not None and known.expires <= now + SOON:
        yield NOTE, "expires", f"{secret} expires within {SOON / _DAY:g} days"
    limit = ages.of(str(answer.provider), known.name)
    if limit is not None and known.created is not None and known.created + limit < now:
        yield (
            NOTE,
            "old",
            f"{secret} is older than the {limit / _DAY:g} days of max_age: replace it",
        )
