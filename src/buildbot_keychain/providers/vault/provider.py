"""`SecretInVault`: secrets of a HashiCorp Vault or an OpenBao.

A lookup is one HTTP request while the token lives, and lookups of one entry at one time share it.
What is read is KV; a name in a mount of another kind goes to the `DynamicReader`.

It keeps no value, never looks into ``VAULT_*`` or ``~/.vault-token``, and does not touch the
network before the first lookup.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    ConfigurationError,
    ProviderError,
    ProviderUnavailable,
    shown,
)
from buildbot_keychain.interfaces import IRendersArguments, IRequesterAware
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.providers.vault.answers import Refusal, Refused
from buildbot_keychain.providers.vault.connection import Connection
from buildbot_keychain.providers.vault.kv import DEFAULT_FIELD, Entry, field_of, read_entry
from buildbot_keychain.providers.vault.lookup import Lookup
from buildbot_keychain.providers.vault.mounts import Mount, Mounts
from buildbot_keychain.providers.vault.names import EntryName, entry_name
from buildbot_keychain.providers.vault.session import Session
from buildbot_keychain.providers.vault.settings import settings_of
from buildbot_keychain.providers.vault.single_flight import SingleFlight
from buildbot_keychain.providers.vault.tokens import TokenKeeper

TIMEOUT = 20.0
"""Seconds that one lookup may take, retries, failover and a login included."""

CONNECTIONS = 8
"""The most requests at once."""

_MOST_WARNINGS = 1000
_CHANGED = {Refusal.WRONG_VERSION, Refusal.NO_MOUNT}


class DynamicReader(Protocol):
    """What reads from engines that make a secret when they are asked: databases, PKI, SSH."""

    async def read(
        self, mount: Mount, name: EntryName, requester: Requester | None, lookup: Lookup
    ) -> str | None:
        """Give the field that `name`, below `mount`, asks for."""


@implementer(IRequesterAware, IRendersArguments)
class SecretInVault(ProviderService):
    """Serves the entries of a Vault.

    :param vault_server: the URL of the server, or of several that hold the same.
    :param authenticator: how to log in: a ``VaultAuthenticator…``; a text is a token.
    :param secrets_mount: where the KV engine is mounted: ``"secret"`` by default.
    :param api_version: of KV: 1 or 2; found by itself when it is ``None``.
    :param path_delimiter: what stands between a path and a field.
    :param path_escape: what stands before a delimiter that is none.
    :param mounts: mounts beside `secrets_mount`: a name that begins with one of them and a slash
        is of that mount.
    :param namespace: the namespace that everything is in.
    :param ca_bundle: the certificates that the server's is trusted by; the system's by default.
    :param client_cert: what we show the server: a PEM file, or a certificate's and its key's.
    :param timeout: seconds that one lookup may take in all.
    :param connections: the most requests at once.
    :param vaultServer: the former name of `vault_server`; so are `vaultToken`, `secretsmount` and
        `apiVersion` of what they resemble.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when a login or a request is refused, `ProviderUnavailable` when
    no server answers as it should in time, `InvalidSecret` when a field is not a text, and
    `ProviderError` when nothing is mounted there.
    """

    name: str = "SecretInVault"
    kind = "vault"
    log = Logger()

    def __init__(  # noqa: PLR0917 - Buildbot's signature
        self,
        vault_server: str | Sequence[str] | None = None,
        authenticator: object = None,
        secrets_mount: str | None = None,
        api_version: int | None = None,
        path_delimiter: str = "|",
        path_escape: str = "\\",
        *,
        mounts: Sequence[str] = (),
        namespace: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        client_cert: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        timeout: float = TIMEOUT,
        connections: int = CONNECTIONS,
        vaultServer: str | None = None,  # noqa: N803 - the historic spelling
        vaultToken: object = None,  # noqa: N803 - the same
        secretsmount: str | None = None,
        apiVersion: int | None = None,  # noqa: N803 - the same
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - two interfaces
    ) -> None:
        super().__init__(name, reactor)
        mount = self._either("secrets_mount", secrets_mount, "secretsmount", secretsmount)
        self.settings = settings_of(
            self.refuse,
            vault_server=self._either("vault_server", vault_server, "vaultServer", vaultServer),
            authenticator=self._either("authenticator", authenticator, "vaultToken", vaultToken),
            secrets_mount="secret" if mount is None else mount,
            mounts=mounts,
            api_version=self._either("api_version", api_version, "apiVersion", apiVersion),
            path_delimiter=path_delimiter,
            path_escape=path_escape,
            namespace=namespace,
            ca_bundle=ca_bundle,
            client_cert=client_cert,
            timeout=timeout,
            connections=connections,
        )
        if importlib.util.find_spec("hvac") is None:
            msg = f"{self.name} needs hvac: pip install 'buildbot-keychain[vault]'"
            raise ConfigurationError(msg)
        self.dynamic_reader: DynamicReader | None = None
        self._render: Callable[[object], Deferred[Any]] = self._cannot_render
        self._open: _Open | None = None
        self._warned: set[str] = set()

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        """Take what renders tokens, ids and passwords that are renderables."""
        self._render = render

    def get_for(self, path: str, requester: Requester | None) -> Deferred[str | None]:
        """Do what `get` does, for `requester`."""
        return Deferred.fromCoroutine(self._get(path, requester))

    def complaints(self) -> Iterator[str]:
        """Say, blocking, what is wrong with the files of TLS; without touching the network."""
        try:
            self.settings.trust.context()
        except ValueError as error:
            yield f"provider {self.name!r}: {error}"

    def startService(self) -> None:
        """Answer, and keep the token alive."""
        super().startService()
        self.opened.session.start()
        for address in self.settings.addresses:
            if not address.is_secret:
                self.log.emit(
                    LogLevel.warn,
                    "provider {name!r}: everyone on the way to {address} can read the token and "
                    "all secrets; use https",
                    name=self.name,
                    address=str(address),
                )

    def stopService(self) -> None:
        """End what is under way, forget the token, and let connections and threads go."""
        super().stopService()
        if self._open is not None:
            self._open.stop()
            self._open = None

    @property
    def opened(self) -> _Open:
        """What belongs together from a start to a stop: connection, token, mounts."""
        if self._open is None:
            self._open = _Open(self)
        return self._open

    def render(self, argument: object) -> Deferred[Any]:
        """Render an argument, by what renders at that time."""
        return self._render(argument)

    async def _get(self, path: str, requester: Requester | None = None) -> str | None:
        if self._stopped:
            raise ProviderUnavailable(self.name, path, "it has been stopped; start it again")
        problem: ProviderError
        try:
            return await self._look_up(path, requester)
        except ProviderError as error:
            if error.path == path:
                raise
            problem = error
        # It is the error of another lookup, which this one has waited for.
        raise type(problem)(self.name, path, problem.reason)

    async def _look_up(self, path: str, requester: Requester | None) -> str | None:
        name = entry_name(path, self.settings.path_delimiter, self.settings.path_escape)
        if name is None:
            return None
        lookup = Lookup(self.name, path, self.reactor, self.settings.timeout)
        at, name = self._located(name)
        if not name.path:
            return None
        opened = self.opened
        mount = await self._mount(opened, at, lookup)
        if mount.type != "kv":
            if self.dynamic_reader is None:
                reason = f"the mount {shown(at)} is no KV but of type {shown(mount.type)}"
                raise lookup.failed(reason)
            return await self.dynamic_reader.read(mount, name, requester, lookup)
        key = (at, name.path, name.version)
        entry = await opened.flights.do(key, lambda: self._entry(opened, at, name, lookup))
        if entry is None:
            return None
        value = field_of(entry, name, lookup)
        if value is None and name.field is None:
            self._warn_of_fields(path, entry)
        return value

    def _located(self, name: EntryName) -> tuple[str, EntryName]:
        """Give the path of the mount that `name` is in, and what it is called there."""
        for mount in self.settings.mounts:
            if name.path == mount or name.path.startswith(f"{mount}/"):
                below = name.path[len(mount) + 1 :]
                return mount, EntryName(below, name.field, name.version)
        return self.settings.secrets_mount, name

    async def _mount(self, opened: _Open, at: str, lookup: Lookup) -> Mount:
        version = self.settings.api_version
        if version is not None and at == self.settings.secrets_mount:
            return Mount(at, "kv", version)
        return await opened.mounts.at(at, lookup)

    async def _entry(self, opened: _Open, at: str, name: EntryName, lookup: Lookup) -> Entry | None:
        for again in (True, False):
            mount = await self._mount(opened, at, lookup)
            try:
                return await read_entry(opened.session, mount, name, lookup)
            except Refused as refused:
                reason = f"the server {refused.reason}; asked for {shown(f'{at}/{name.path}')}"
                if refused.refusal not in _CHANGED or not again:
                    break
            opened.mounts.forget(at)
        raise lookup.failed(reason)

    def _warn_of_fields(self, path: str, entry: Entry) -> None:
        """Tell why an entry that is there is not held: the next provider may hold that name."""
        if path in self._warned or len(self._warned) >= _MOST_WARNINGS:
            return
        self._warned.add(path)
        self.log.emit(
            LogLevel.warn,
            "provider {name!r}: {path} has several fields and none is called {default!r}, so it "
            "is not held; ask for one of them as path{delimiter}field: {fields}",
            name=self.name,
            path=shown(path),
            default=DEFAULT_FIELD,
            delimiter=self.settings.path_delimiter,
            fields=shown(", ".join(sorted(entry))),
        )

    def _either(self, option: str, value: object, former: str, former_value: object) -> Any:  # noqa: ANN401 - checked later
        if value is not None and former_value is not None:
            msg = f"{self.name}: {option} and {former} are the same argument; give one of them"
            raise ConfigurationError(msg)
        return former_value if value is None else value

    def _cannot_render(self, argument: object) -> Deferred[Any]:
        msg = f"{self.name}: {shown(argument)} can be rendered in a SecretManager only"
        raise ConfigurationError(msg)


class _Open:
    """What a provider has from a start to a stop."""

    def __init__(self, provider: SecretInVault) -> None:
        settings, reactor = provider.settings, provider.reactor
        connection = Connection(
            settings.addresses,
            settings.trust,
            namespace=settings.namespace,
            size=settings.connections,
            name=provider.name,
            reactor=reactor,
        )
        tokens = TokenKeeper(
            connection,
            settings.authenticator,
            name=provider.name,
            seconds=settings.timeout,
            render=provider.render,
            reactor=reactor,
        )
        self.session = Session(connection, tokens, reactor)
        self.mounts = Mounts(self.session, reactor)
        self.flights = SingleFlight()

    def stop(self) -> None:
        self.flights.cancel()
        self.mounts.stop()
        self.session.stop()
