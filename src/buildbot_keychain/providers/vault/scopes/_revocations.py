"""`Revocations`: makes sure that a token, and all that it was given, is revoked.

A server that is away is asked again, with pauses, for as long as the provider runs. What is not
revoked when the provider stops is remembered, if there is a memory, for the next start.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger, LogLevel

from buildbot_keychain.errors import AccessDenied, KeychainError
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
)

_FIRST_REVOCATION_PAUSE, _LONGEST_REVOCATION_PAUSE = 1.0, 60.0
_PATH = "auth/token/revoke-accessor"
_DENIAL = (
    "the token of a build cannot be revoked, and lives until it expires: allow the capability "
    f"'update' on {_PATH} to the provider's token"
)


class Revocations:
    """What must be revoked.

    :param session: requests with the provider's own token.
    :param provider: the provider's name.
    :param seconds: how long one attempt may take.
    :param clock: an ``IReactorTime``.
    :param memory: the ``IScopeMemory`` of the host, if it has one.
    """

    log = Logger()

    def __init__(
        self,
        session: Session,
        provider: str,
        seconds: float,
        clock: Any,  # noqa: ANN401 - an IReactorTime
        memory: Any = None,  # noqa: ANN401 - an IScopeMemory
    ) -> None:
        self._memory = memory
        self._session = session
        self._provider = provider
        self._seconds = seconds
        self._clock = clock
        self._stopped = False
        self._pauses: set[Deferred[Any]] = set()

    async def remember(self, scope: str | None, accessor: str, context: RequestContext) -> None:
        """Remember a token before it is used, so that it is revoked after a crash too.

        :param scope: the host's id of the scope that has it; ``None`` to remember nothing.
        :raise ProviderUnavailable: when it may not have been remembered.
        """
        if self._memory is None or scope is None:
            return
        try:
            await self._memory.remember(self._provider, scope, accessor)
        except Exception as error:
            self.log.failure("while remembering that {scope} has a token", scope=scope)
            reason = "what to revoke when the build ends cannot be remembered"
            raise context.unavailable(reason) from error

    async def revoke(self, scope: str, accessor: str, token: str = "") -> None:
        """Revoke what `scope` had; fails only when it is cancelled.

        :param token: the token itself, if it is known: a token may always revoke itself.
        """
        pause = _FIRST_REVOCATION_PAUSE
        while (problem := await self._attempt(accessor, token)) is not None:
            denied = isinstance(problem, AccessDenied)
            self.log.emit(
                LogLevel.error if denied else LogLevel.warn,
                "what {scope} had is not revoked yet: {problem}",
                scope=scope,
                problem=str(problem),
            )
            if denied or self._stopped or not await self._paused(pause):
                return
            pause = min(2 * pause, _LONGEST_REVOCATION_PAUSE)
        if self._memory is not None:
            await self._forget(accessor)

    async def revoke_left_behind(self) -> None:
        """Revoke what processes before this one left behind; fails only when it is cancelled."""
        if self._memory is None:
            return
        try:
            left = await self._memory.left_behind(self._provider)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - a failure of the host's database, of any kind
            self.log.failure("while looking for tokens of builds that are gone")
            return
        for scope, accessor in left:
            if self._stopped:
                return
            self.log.emit(
                LogLevel.info, "revoking what {scope} had, which ended with its master", scope=scope
            )
            await self.revoke(scope, accessor)

    def stop(self) -> None:
        """Make at most one attempt at each revocation from now on, and end all pauses."""
        self._stopped = True
        for pause in list(self._pauses):
            pause.cancel()

    async def _attempt(self, accessor: str, token: str) -> KeychainError | None:
        """Return what went wrong, or ``None`` when the token is gone."""
        context = RequestContext(self._provider, _PATH, self._clock, self._seconds)
        servers = self._session.servers
        try:
            if not servers.is_ready:
                await servers.prepare(context)
            if token and await self._revoke_self(context, token):
                return None
            request = self._session.api.hvac.auth.token.revoke_accessor(accessor)
            await self._session.send(context, request, denial=_DENIAL)
        except VaultRefused as refused:
            # An accessor that the server does not know any more is what is wanted.
            is_gone = refused.refusal in {VaultRefusal.BAD_REQUEST, VaultRefusal.ABSENT}
            return None if is_gone else context.unavailable(f"the server {refused.reason}")
        except KeychainError as error:
            return error
        return None

    async def _revoke_self(self, context: RequestContext, token: str) -> bool:
        request = self._session.api.hvac.auth.token.revoke_self()
        try:
            await self._session.servers.send(context, request, token)
        except VaultRefused:
            return False
        return True

    async def _paused(self, seconds: float) -> bool:
        pause: Deferred[Any] = deferLater(self._clock, seconds)
        self._pauses.add(pause)
        try:
            await pause
        except CancelledError:
            return False
        finally:
            self._pauses.discard(pause)
        return not self._stopped

    async def _forget(self, accessor: str) -> None:
        try:
            await self._memory.forget(self._provider, accessor)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - of the host's database; revoking again does no harm
            self.log.failure("while forgetting a token that is revoked")
