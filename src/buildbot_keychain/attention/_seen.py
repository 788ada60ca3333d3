"""`SeenSecrets`: what was looked up lately, by digests, so that a changed value is noticed.

The digests are keyed, with a key that is made when the process starts, and are kept in memory
alone. No value is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from buildbot_keychain.audit import Rotation
from buildbot_keychain.certificates import Period, periods
from buildbot_keychain.details import DescribedText, Requester
from buildbot_keychain.interfaces import ITellsChanges
from buildbot_keychain.latest import Latest
from buildbot_keychain.secretive import secretive

MOST = 20_000
"""Secrets that are remembered; those that were first seen longest ago go first."""

_UNKNOWN = Requester("unknown")


@secretive
@dataclass(slots=True, repr=False)
class Seen:
    """What is known of a secret that was looked up.

    :param digest: of its value.
    :param at: when it was asked for last, in seconds since the epoch.
    :param version: of which version its value was; ``None`` where that is not known.
    :param created: when that was made, if it is known.
    :param expires: when it expires, as its provider says.
    :param valid: when it is valid, if it is a certificate: that of its chain which ends first.
    """

    digest: bytes
    at: float
    version: int | str | None = None
    created: float | None = None
    expires: float | None = None
    valid: Period | None = None


@secretive
class SeenSecrets:
    """What was looked up lately.

    :param changed: is called with a `Rotation` when a secret has another value than before.
    :param digest: returns the digest of a value for the audit trail, if those are wanted.
    """

    def __init__(
        self,
        changed: Callable[[Rotation], object],
        digest: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._changed = changed
        self._audit_digest = digest
        self._key = secrets.token_bytes(32)
        self._found: Latest[tuple[str, str, Hashable], Seen] = Latest(MOST)

    def note(  # noqa: PLR0917 - what was asked, and what came
        self,
        provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
        path: str,
        depends_on: Hashable,
        requester: Requester | None,
        answer: object,
        asked_at: float,
    ) -> None:
        """Note what a provider has answered.

        An answer that comes late, after that to a later question, is not noted.

        :param depends_on: what the answer depends on beside `path`; ``None`` where that is not
            known. Then it is taken to be the same for all, if the provider tells of changes.
        :param asked_at: when it was asked, in seconds since the epoch.
        """
        is_known = depends_on is not None or ITellsChanges.providedBy(core_of(provider))
        if not is_known or not isinstance(answer, str):
            return
        key = provider.name, path, depends_on
        text = answer.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, key=self._key, digest_size=16).digest()
        known = self._found.get(key)
        if known is not None and asked_at < known.at:
            return
        if known is not None and known.digest == digest:
            _describe(known, answer, asked_at)
            return
        is_dynamic = getattr(provider, "is_dynamic", None)
        if is_dynamic is not None and is_dynamic(path):
            return
        valid = min(periods(answer), key=lambda period: period.ends, default=None)
        now = self._found[key] = Seen(digest, 0.0, valid=valid)
        _describe(now, answer, asked_at)
        if known is not None:
            requester = requester or _UNKNOWN
            self._changed(
                Rotation(
                    path,
                    provider.name,
                    now.version,
                    known.version,
                    noticed_by=requester.kind,
                    digest=self._audit_digest(answer),
                    requester=requester,
                )
            )

    def of(self, provider: str) -> dict[str, Seen]:
        """Return what was looked up of a provider, by the paths."""
        return {key[1]: seen for key, seen in self._found.items() if key[0] == provider}


def core_of(provider: Any) -> Any:  # noqa: ANN401 - any object that provides ISecretProvider
    """Return a provider itself, where a host has put something around it that claims more."""
    return getattr(provider, "hosted", provider)


def _describe(seen: Seen, answer: str, now: float) -> None:
    """Note what an answer says of its secret."""
    seen.at = now
    if isinstance(answer, DescribedText):
        seen.version, seen.created, seen.expires = answer.version, answer.created, answer.expires
