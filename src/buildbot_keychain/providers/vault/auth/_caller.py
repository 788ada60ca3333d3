"""`Caller`: whose token a request is made with: the provider's own, or that of a scope."""

from __future__ import annotations

from typing import Any, Protocol

from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._servers import Work


class Caller(Protocol):
    """A `Session`, or a `Scope`."""

    async def call(
        self,
        lookup: Lookup,
        work: Work,
        *,
        path: str,
        repeatable: bool = True,
        denial: str | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do `work`; the rules are those of `Session.call`."""
