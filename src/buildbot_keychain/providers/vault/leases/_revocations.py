"""`Revocations`: sees to it that a token, and all that it was given, is revoked.

A server that is away is asked again, with pauses, for as long as the provider runs. What is not
revoked when the provider stops is remembered, if there is a memory, for the next start.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger, LogLevel

from buildbot_keychain.errors import AccessDenied, KeychainError
from buildbot_keychain.providers.vault.auth._session import Session
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused

_PATH = "auth/token/revoke-accessor"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_DENIAL = (
    f"the token of a build cannot be revoked, and lives until it ends by itself: allow the "
    f"capability 'update' on {_PATH} to the provider's token"
)


class Revocations:
    """What is being revoked.

    :param session: the servers, with the provider's own token.
    :param provider: the provider's name.
    :param seconds: how long one attempt may take.
    :param clock: an ``IReactorTime``.
    """

    log = Logger()

    def __init__(self, session: Session, provider: str, seconds: float, clock: Any) -> None:  # noqa: ANN401
        self.memory: Any = None
        self._session = session
        self._provider = provider
        self._seconds = seconds
        self._clock = clock
        self._stopped = False
        self._pauses: set[Deferred[Any]] = set()

    async def remember(self, scope: str | None, accessor: str, lookup: Lookup) -> None:
        """Remember a token before it is used, so that it is revoked whatever happens.

        :param scope: whose it is; nothing is remembered of what is no scope of the host.
        :raise ProviderUnavailable: when it is not certain to be remembered.
        """
        if self.memory is None or scope is None:
            return
        try:
            await self.memory.remember(self._provider, scope, accessor)
        except Exception:  # noqa: BLE001 - the host's database; what it says is in the log
            self.log.failure("while remembering that {scope} has a token", scope=scope)
        else:
            return
        raise lookup.unavailable("it cannot be remembered what to revoke when the build ends")

    async def revoke(self, scope: str, accessor: str, token: str = "") -> None:
        """Revoke what `scope` had; never fails.

        :param token: the token itself, if it is known: it may always revoke itself.
        """
        pause = _FIRST_PAUSE
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
            pause = min(2 * pause, _LONGEST_PAUSE)
        if self.memory is not None:
            await self._forget(accessor)

    async def revoke_left_behind(self) -> None:
        """Revoke what processes before this one left behind; never fails."""
        if self.memory is None:
            return
        try:
            left = await self.memory.left_behind(self._provider)
        except Exception:  # noqa: BLE001 - the host's database
            self.log.failure("while looking for tokens of builds that are gone")
            return
        for scope, accessor in left:
            self.log.emit(
                LogLevel.info, "revoking what {scope} had, which ended with its master", scope=scope
            )
            await self.revoke(scope, accessor)

    def stop(self) -> None:
        """Make one attempt at most for what is revoked from now on, and end all pauses."""
        self._stopped = True
        for pause in list(self._pauses):
            pause.cancel()

    async def _attempt(self, accessor: str, token: str) -> KeychainError | None:
        """Give what went wrong, or ``None`` when the token is gone."""
        lookup = Lookup(self._provider, _PATH, self._clock, self._seconds)
        try:
            if token and await self._has_revoked_itself(lookup, token):
                return None
            await self._session.call(
                lookup,
                lambda client: client.adapter.post(f"/v1/{_PATH}", json={"accessor": accessor}),
                path=_PATH,
                denial=_DENIAL,
            )
        except Refused as refused:
            # An accessor that the server does not know any more is what is wanted.
            gone = refused.refusal in {Refusal.BAD_REQUEST, Refusal.ABSENT}
            return None if gone else lookup.unavailable(f"the server {refused.reason}")
        except KeychainError as error:
            return error
        return None

    async def _has_revoked_itself(self, lookup: Lookup, token: str) -> bool:
        try:
            await self._session.connection.call(
                lookup,
                lambda client: client.adapter.post("/v1/auth/token/revoke-self"),
                token=token,
            )
        except Refused:
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
            await self.memory.forget(self._provider, accessor)
        except Exception:  # noqa: BLE001 - the host's database; revoking again does no harm
            self.log.failure("while striking out a token that is revoked")
