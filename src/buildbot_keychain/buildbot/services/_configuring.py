"""`ServiceSecrets`: configures a service when its arguments or its secrets have changed, not else.

A secret that cannot be looked up is no reason to take away from a service what it has.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import partial
from types import SimpleNamespace
from typing import Any

from buildbot.util.service import BuildbotService
from twisted.application.service import IServiceCollection
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.services._database import DatabaseSecrets
from buildbot_keychain.buildbot.services._equality import arguments_of, same
from buildbot_keychain.buildbot.services._held import Answer, Held, Problem
from buildbot_keychain.buildbot.services._leaving import enter, leave, take_on
from buildbot_keychain.buildbot.services._logins import render_all
from buildbot_keychain.buildbot.services._messages import (
    cause,
    kind_of,
    listed,
    log_failure,
    name_of,
    name_of_secret,
)
from buildbot_keychain.buildbot.services._waiting import MissingSecretsError, Waiter, WaitingRoom
from buildbot_keychain.deferreds import returns_deferred, root_error
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import (
    InvalidName,
    KeychainError,
    ProviderError,
    SecretNotFound,
    message_of,
    safe_summary,
)
from buildbot_keychain.rendering import with_hints

_log = Logger()

# What the service holds that is being configured by what runs now.
_configuring: ContextVar[Held | None] = ContextVar("configuring", default=None)


class ServiceSecrets:
    """Knows what the services of one master hold.

    :param master: Buildbot's ``BuildMaster``.
    :param look_up: looks a secret up for a requester, and does not wait for a provider in vain.
    :param look_up_later: looks a secret up for a requester, after an outage.
    :param may_wait: returns whether a service may wait for its secrets; else it fails.
    :param on_waiting: called when other services wait than before.
    """

    def __init__(
        self,
        master: Any,
        look_up: Callable[[str, Requester], Deferred[SecretDetails]],
        look_up_later: Callable[[str, Requester], Deferred[SecretDetails]],
        may_wait: Callable[[], bool],
        on_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self.waiting_room = WaitingRoom(master, look_up_later, on_waiting)
        self.database = DatabaseSecrets()
        self._master = master
        self._look_up = look_up
        self._may_wait = may_wait
        self._key = secrets.token_bytes(32)
        self._refreshing = False
        self._has_web = False

    @property
    def spares_providers(self) -> bool:
        """Whether what runs now configures one of many services, and asks no provider in vain."""
        held = _configuring.get()
        return held is not None and not held.insists

    def note(self, name: str, asker: Asker, details: SecretDetails) -> None:
        """Note what a lookup by `asker` has answered, if a service is being configured."""
        held = _configuring.get()
        if held is not None:
            digest = self._digest(details.value)
            held.note(name, Answer(asker.requester, digest, details.source))

    def note_problem(self, name: str, asker: Asker, error: KeychainError) -> None:
        """Note why a lookup by `asker` has failed, if a service is being configured."""
        held = _configuring.get()
        if held is not None:
            held.note_problem(name, Problem(asker.requester, cause(name, error)))
            if isinstance(error, SecretNotFound):  # there may be a default
                held.note(name, Answer(asker.requester, None))

    def that_have(self, provider: str, path: str) -> tuple[str, ...]:
        """Return the names of the services that have a secret of a provider."""
        names = spellings(provider, path)
        found = []
        for service in _holders(self._master):
            held = Held.of(service)
            answers = () if held is None else held.answers.items()
            if any(name in names and answer.source == provider for name, answer in answers):
                found.append(name_of(service))
        return tuple(found)

    def held(self) -> Iterator[tuple[str, str, str]]:
        """Yield the secrets that services hold: what messages call the service, name and source."""
        for service in _holders(self._master):
            held = Held.of(service)
            for name, answer in () if held is None else held.answers.items():
                if answer.digest is not None:
                    yield name_of(service), name, answer.source

    @returns_deferred
    async def join(self, manager: Any, service: Any, add: Callable[[], Any]) -> None:
        """Have `service` join `manager`, or wait outside of it for its secrets.

        :param add: has it join by Buildbot's own rules.
        """
        try:
            await maybeDeferred(add)
        except MissingSecretsError as error:
            await leave(service, kind_of(service))

            def is_wanted() -> bool:
                return bool(manager.running) and self._is_configured(manager, service)

            set_up = partial(enter, service, manager)
            await self.waiting_room.add(Waiter(service, error, is_wanted, set_up))

    @returns_deferred
    async def configure(self, service: Any, sibling: Any, apply: Callable[[Any], Any]) -> Any:
        """Have `service` take on the arguments of `sibling`, unless nothing has changed.

        If it cannot, because of a secret, a service that was configured before goes on as it was,
        and waits; another one fails.

        :param apply: has it take on those of its argument, by Buildbot's own rules.
        """
        former = Held.of(service)
        if former is None or former.arguments is None:
            return await self._apply(service, sibling, apply)
        if service.configured and same(former.arguments, arguments_of(sibling)):
            self.waiting_room.discard(service)
            try:
                if not await self._is_outdated(service, former):
                    return None
            except MissingSecretsError as error:
                return await self._wait_beside(service, sibling, error)
        try:
            return await self._apply(service, sibling, apply)
        except MissingSecretsError as error:
            await self._go_on(service, former, apply)
            return await self._wait_beside(service, sibling, error)

    @returns_deferred
    async def configure_web(self, auth: Any, apply: Callable[[], Any]) -> None:
        """Have the web service take on a configuration in which people log in by `auth`.

        A master that runs takes it on without the secrets of `auth`; another one does not start.

        :param apply: has it do so by Buildbot's own rules.
        :raise MissingSecretsError: when the master cannot start.
        """
        # The master may not start without it.
        held = Held(SimpleNamespace(name="auth"), insists=True)
        token = _configuring.set(held)
        try:
            rendered = Deferred.fromCoroutine(render_all(auth, self._master))
        finally:
            _configuring.reset(token)
        try:
            await rendered
        except Exception as error:  # noqa: BLE001 - none of other code holds anything up
            needs = _needs(error, held)
            sentence = f"c['www']['auth'] needs {listed(held.problems) or safe_summary(Failure())}"
            if needs and not self._has_web and not self._master.reconfig_active:
                raise MissingSecretsError(sentence, needs) from None
            _log.emit(LogLevel.warn, "{sentence}; nobody can log in without it", sentence=sentence)
        await maybeDeferred(apply)
        self._has_web = True

    async def _wait_beside(self, service: Any, sibling: Any, error: MissingSecretsError) -> None:
        """Have `service` go on, and take on `sibling` when its secrets are there."""
        manager = service.parent

        def is_wanted() -> bool:
            return service.parent is manager and self._is_configured(manager, sibling)

        set_up = partial(take_on, service, sibling, kind_of(service))
        await self.waiting_room.add(Waiter(service, error, is_wanted, set_up))

    @returns_deferred
    async def refresh(self, is_due: Callable[[str, str], bool]) -> None:
        """Configure the services again that hold a secret that is another one now; never fails.

        An outage, or a secret that is gone, changes nothing.

        :param is_due: returns whether to check a secret; it is called with the name of the provider
            that had it, and its own.
        """
        if self._refreshing:
            return
        self._refreshing = True
        try:
            found: dict[tuple[str, Requester], bytes | None] = {}
            for service in list(_holders(self._master)):
                held = Held.of(service)
                if held is not None and await self._is_stale(held, is_due, found):
                    await self._configure_again(service, held)
        finally:
            self._refreshing = False

    async def _is_stale(
        self,
        held: Held,
        is_due: Callable[[str, str], bool],
        found: dict[tuple[str, Requester], bytes | None],
    ) -> bool:
        for name, answer in list(held.answers.items()):
            if not is_due(answer.source, name):
                continue
            key = (name, answer.requester)
            try:
                if key not in found:
                    found[key] = await self._digest_of(*key)
            except KeychainError:
                found[key] = None
            if found[key] not in {None, answer.digest}:
                return True
        return False

    async def _configure_again(self, service: Any, held: Held) -> None:
        await self._master.initLock.acquire()
        try:
            # It may have been removed or configured meanwhile, or the master may have stopped.
            if self._master.running and service.parent is not None and Held.of(service) is held:
                service.configured = False
                await take_on(service, held.sibling, kind_of(service))
        except Exception:  # noqa: BLE001 - logged without its message
            log_failure(name_of(service), "could not be given what has changed")
        finally:
            self._master.initLock.release()

    async def _go_on(self, service: Any, former: Held, apply: Callable[[Any], Any]) -> None:
        """Have `service` take on what it had, of which it may have lost a part."""
        try:
            await self._apply(service, former.sibling, apply)
        except NotImplementedError:  # it has what it had, and would have been replaced
            service.configured = True
        except Exception:  # noqa: BLE001 - logged without its message
            log_failure(name_of(service), "may have lost what it was configured with before")

    def _is_configured(self, manager: Any, service: Any) -> bool:
        """Return whether the newest configuration asks `manager` for `service` itself."""
        configured = getattr(self._master.config, getattr(manager, "config_attr", ""), ())
        services = configured.values() if isinstance(configured, dict) else configured
        return any(each is service for each in services)

    async def _apply(self, service: Any, sibling: Any, apply: Callable[[Any], Any]) -> Any:
        former, held = Held.of(service), Held(service)
        # A service that was its own sibling has been altered by its configuration.
        known = former.arguments if former is not None and former.sibling is sibling else None
        arguments = arguments_of(sibling) if known is None else known
        service.configured = False  # else Buildbot compares, in its own way
        token = _configuring.set(held)
        try:
            done = maybeDeferred(apply, sibling)
        finally:
            _configuring.reset(token)
        try:
            result = await done
        except NotImplementedError:
            # Buildbot starts the service as it is, or replaces it by its sibling.
            if sibling is service:
                held.close(sibling, arguments)
                held.keep(service)
            else:
                service.configured = False
            raise
        except Exception as error:
            service.configured = False
            needs = _needs(error, held)
            if needs and self._may_wait():
                wanted = listed(held.problems) or message_of(error)
                sentence = f"{name_of(service)} waits for {wanted}"
                raise MissingSecretsError(sentence, needs) from None
            raise
        held.close(sibling, arguments)
        held.keep(service)
        self.waiting_room.discard(service)
        for name in held.changed_since(former):
            _log.emit(
                LogLevel.info,
                "{name} changed: reconfigured {service}",
                name=name_of_secret(name),
                service=name_of(service),
            )
        return result

    async def _is_outdated(self, service: Any, held: Held) -> bool:
        """Return whether a secret that `service` holds is another one now.

        :raise MissingSecretsError: when that cannot be told.
        """
        problems: dict[str, Problem] = {}
        for name, answer in held.answers.items():
            try:
                found = await self._digest_of(name, answer.requester)
            except KeychainError as error:
                problems[name] = Problem(answer.requester, cause(name, error))
                continue
            if found is None and answer.digest is not None:
                problems[name] = Problem(answer.requester, "no provider holds it any more")
            elif found != answer.digest:
                return True
        if problems:
            raise MissingSecretsError(
                f"{name_of(service)} keeps the secret that it has; {listed(problems, '; ')}",
                _requesters(problems),
            )
        return False

    async def _digest_of(self, name: str, requester: Requester) -> bytes | None:
        try:
            with with_hints(wanted=False):
                return self._digest((await self._look_up(name, requester)).value)
        except SecretNotFound:
            return None

    def _digest(self, value: str | None) -> bytes | None:
        if value is None:
            return None
        text = value.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=32).digest()


def spellings(provider: str, path: str) -> tuple[str, str]:
    """Return the names by which a secret of a provider is asked for."""
    return path, f"{provider}!{path}"


def _holders(parent: Any) -> Iterator[Any]:
    """Yield the services below `parent` that may hold secrets."""
    for child in IServiceCollection(parent, ()):
        if isinstance(child, BuildbotService):
            yield child
        yield from _holders(child)


def _needs(error: BaseException, held: Held) -> dict[str, Requester]:
    """Return the secrets for want of which a configuration ended with `error`, none if others."""
    root = root_error(error)
    if isinstance(root, MissingSecretsError):
        return root.needs
    if isinstance(root, (SecretNotFound, ProviderError, InvalidName)):
        return _requesters(held.problems)
    return {}


def _requesters(problems: Mapping[str, Problem]) -> dict[str, Requester]:
    return {name: problem.requester for name, problem in problems.items()}
