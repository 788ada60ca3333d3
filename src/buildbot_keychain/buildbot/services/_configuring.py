"""`ServiceSecrets`: configures a service when its arguments or its secrets have changed, not else.

A secret that cannot be looked up is no reason to take away from a service what it has.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from buildbot.changes.base import ChangeSource
from buildbot.reporters.base import ReporterBase
from buildbot.worker.base import AbstractWorker
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger, LogLevel

from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.services._equality import arguments_of, same
from buildbot_keychain.buildbot.services._held import Held
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError, SecretNotFound, message_of, quote

_log = Logger()

_KINDS = ((AbstractWorker, "worker"), (ReporterBase, "reporter"), (ChangeSource, "change source"))

# What the service holds that is being configured by what runs now.
_configuring: ContextVar[Held | None] = ContextVar("configuring", default=None)


class ServiceSecrets:
    """Knows what the services of one master hold.

    :param look_up: looks a secret up for a requester.
    """

    def __init__(self, look_up: Callable[[str, Requester], Deferred[SecretDetails]]) -> None:
        self._look_up = look_up
        self._key = secrets.token_bytes(32)

    def note(self, name: str, asker: Asker, value: str | None) -> None:
        """Note what a lookup by `asker` has answered, if a service is being configured."""
        held = _configuring.get()
        if held is not None:
            held.note(name, asker.requester, self._digest(value))

    @returns_deferred
    async def configure(self, service: Any, sibling: Any, apply: Callable[[], Any]) -> Any:
        """Have `service` take on the arguments of `sibling`, unless nothing has changed.

        :param apply: does so by Buildbot's own rules.
        """
        former = Held.of(service)
        if former is None or former.arguments is None or not service.configured:
            return await self._apply(service, sibling, apply)
        if same(former.arguments, arguments_of(sibling)) and not await self._is_outdated(
            service, former
        ):
            return None
        service.configured = False  # else Buildbot compares again, and in its own way
        return await self._apply(service, sibling, apply)

    async def _apply(self, service: Any, sibling: Any, apply: Callable[[], Any]) -> Any:
        former, held = Held.of(service), Held(service)
        arguments = arguments_of(sibling)
        token = _configuring.set(held)
        try:
            done = maybeDeferred(apply)
        finally:
            _configuring.reset(token)
        try:
            result = await done
        except NotImplementedError:  # Buildbot replaces the service
            raise
        except BaseException:
            service.configured = False
            raise
        held.close(arguments)
        held.keep(service)
        for name in held.changed_since(former):
            _log.emit(
                LogLevel.info,
                "{name} changed: reconfigured {service}",
                name=name_of_secret(name),
                service=name_of(service),
            )
        return result

    async def _is_outdated(self, service: Any, held: Held) -> bool:
        """Return whether a secret that `service` holds is another one now."""
        for name, (requester, digest) in held.digests.items():
            if await self._differs(service, name, requester, digest):
                return True
        return False

    async def _differs(
        self, service: Any, name: str, requester: Requester, digest: bytes | None
    ) -> bool:
        try:
            value = (await self._look_up(name, requester)).value
        except SecretNotFound:
            if digest is not None:
                self._report(service, name, "no provider holds it any more")
            return False
        except KeychainError as error:
            self._report(service, name, message_of(error) or "")
            return False
        return self._digest(value) != digest

    def _report(self, service: Any, name: str, problem: str) -> None:
        _log.emit(
            LogLevel.warn,
            "{service} keeps the {name} that it has: {problem}",
            service=name_of(service),
            name=name_of_secret(name),
            problem=problem,
        )

    def _digest(self, value: str | None) -> bytes | None:
        if value is None:
            return None
        text = value.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=32).digest()


def name_of(service: Any) -> str:
    """Return how messages call `service`: its kind and its name."""
    kind = next((kind for cls, kind in _KINDS if isinstance(service, cls)), "service")
    return f"{kind} {service.name}"


def name_of_secret(name: str) -> str:
    """Return how messages call the secret `name`."""
    return f"`{quote(name)[1:-1]}`"
