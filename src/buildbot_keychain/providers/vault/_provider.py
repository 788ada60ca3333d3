"""`SecretInVault`: secrets of a HashiCorp Vault or an OpenBao.

A lookup is one HTTP request while the token lives, and lookups of one entry at one time share it.
What is read is KV; a name in a mount of another kind is a dynamic secret, with a lease.

It keeps no value, never looks into ``VAULT_*`` or ``~/.vault-token``, and does not touch the
network before the first lookup.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    ConfigurationError,
    ProviderError,
    ProviderUnavailable,
    quote,
)
from buildbot_keychain.interfaces import IRequesterAware, IScopeKeeper
from buildbot_keychain.providers.arguments import RenderedArguments, require
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.providers.vault._configuration import settings_of
from buildbot_keychain.providers.vault._runtime import Opened
from buildbot_keychain.providers.vault.auth._caller import Caller
from buildbot_keychain.providers.vault.builds._build_access import BuildAccess
from buildbot_keychain.providers.vault.leases._dynamic import read_dynamic
from buildbot_keychain.providers.vault.secrets._kv import DEFAULT_FIELD, Entry, field_of, read_entry
from buildbot_keychain.providers.vault.secrets._mounts import Mount
from buildbot_keychain.providers.vault.secrets._names import EntryName, entry_name
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused

TIMEOUT = 20.0
"""Seconds that one lookup may take, retries, failover and a login included."""

CONNECTIONS = 8
"""The most requests at once."""

_MOST_WARNINGS = 1000
_CHANGED = {Refusal.WRONG_VERSION, Refusal.NO_MOUNT}


@implementer(IRequesterAware, IScopeKeeper)
class SecretInVault(RenderedArguments, ProviderService):
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
    :param build_access: what token the lookups of a build are made with: `VaultChildTokens` or
        `VaultBuildJwt`; the provider's own by default, and for dynamic secrets a child of it.
    :param path_template: what a name in `secrets_mount` stands for: ``ci/%(builder)s/%(path)s``.
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
        build_access: BuildAccess | None = None,
        path_template: str | None = None,
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
            self.fail_config,
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
            build_access=build_access,
            path_template=path_template,
        )
        require(self.name, "vault", "hvac")
        self._open: Opened | None = None
        self._memory: Any = None
        self._warned: set[str] = set()

    def use_memory(self, memory: Any) -> None:  # noqa: ANN401 - an IScopeMemory
        """Take where to remember the tokens of builds that are to be revoked."""
        self._memory = memory

    def end_scope(self, scope: str) -> Deferred[None]:
        """Revoke the token of a build, and with it all that it was given."""
        return succeed(None) if self._open is None else self._open.scopes.end(scope)

    def holds(self, scope: str) -> bool:
        """Tell whether a build has a token of its own."""
        return self._open is not None and self._open.scopes.holds(scope)

    def retire(self) -> Deferred[None]:
        """Keep what builds were given until they end, and services until it is stopped."""
        return succeed(None) if self._open is None else self._open.scopes.retire()

    def get_for(self, path: str, requester: Requester | None) -> Deferred[str | None]:
        """Do what `get` does, for `requester`."""
        return Deferred.fromCoroutine(self._get(path, requester))

    def check_config(self) -> Iterator[str]:
        """Say, blocking, what is wrong with the files of TLS; without touching the network."""
        try:
            self.settings.trust.context()
        except ValueError as error:
            yield f"provider {self.name!r}: {error}"

    def startService(self) -> None:
        """Answer, and keep the token alive."""
        super().startService()
        self.opened.session.start()
        self.opened.scopes.start()
        for address in self.settings.addresses:
            if not address.is_secret:
                self.log.emit(
                    LogLevel.warn,
                    "provider {name!r}: everyone on the way to {address} can read the token and "
                    "all secrets; use https",
                    name=self.name,
                    address=str(address),
                )

    def stopService(self) -> Deferred[None]:
        """Revoke what is held, end the rest, and let connections and threads go."""
        super().stopService()
        opened, self._open = self._open, None
        return succeed(None) if opened is None else Deferred.fromCoroutine(opened.close())

    @property
    def opened(self) -> Opened:
        """What there is from a start to a stop."""
        if self._open is None:
            self._open = Opened(self.settings, self.name, self.render, self.reactor)
            self._open.scopes.revocations.memory = self._memory
        return self._open

    def render(self, argument: object) -> Deferred[Any]:
        """Render an argument, by what renders at that time."""
        if self._render is None:
            msg = f"{self.name}: {quote(argument)} can be rendered in a SecretManager only"
            raise ConfigurationError(msg)
        return self._render(argument)

    async def _get(self, path: str, requester: Requester | None = None) -> str | None:
        if self._stopped:
            raise ProviderUnavailable(self.name, path, "it has been stopped; start it again")
        problem: BaseException
        try:
            # A Deferred of its own: an error keeps the frames that it passes through, and those
            # below hold tokens and entries.
            return await Deferred.fromCoroutine(self._look_up(path, requester))
        except CancelledError:
            problem = CancelledError()
        except ProviderError as error:
            # It may be the error of another lookup, which this one has waited for.
            problem = type(error)(self.name, path, error.reason)
        raise problem

    async def _look_up(self, path: str, requester: Requester | None) -> str | None:
        name = entry_name(path, self.settings.path_delimiter, self.settings.path_escape)
        if name is None:
            return None
        lookup = Lookup(self.name, path, self.reactor, self.settings.timeout)
        at, located = self._located(name, requester, lookup)
        if located is None or not located.path:
            return None
        opened = self.opened
        caller = self._caller(opened, requester)
        mount = await self._mount(opened, at, lookup, caller)
        if mount.type != "kv":
            return await read_dynamic(opened.scopes, mount, located, requester, lookup)
        key = (caller, at, located.path, located.version)
        entry = await opened.flights.do(
            key, lambda: self._entry(opened, caller, at, located, lookup)
        )
        if entry is None:
            return None
        value = field_of(entry, located, lookup)
        if value is None and located.field is None:
            self._warn_of_fields(path, entry)
        return value

    def _located(
        self, name: EntryName, requester: Requester | None, lookup: Lookup
    ) -> tuple[str, EntryName | None]:
        """Give the path of the mount that `name` is in, and what it is called there."""
        for mount in self.settings.mounts:
            if name.path == mount or name.path.startswith(f"{mount}/"):
                below = name.path[len(mount) + 1 :]
                return mount, replace(name, path=below)
        mount, template = self.settings.secrets_mount, self.settings.path_template
        if template is None:
            return mount, name
        problem = ""
        try:
            return mount, replace(name, path=template.filled(requester, path=name.path))
        except ValueError as error:
            problem = str(error)
        if requester is not None and requester.kind == "build":
            raise lookup.failed(problem)
        # Nothing can be held there for what is no build; another provider may hold it.
        self._warn_once(lookup.path, f"is not held: {problem}")
        return mount, None

    def _caller(self, opened: Opened, requester: Requester | None) -> Caller:
        if self.settings.build_access is None or requester is None or requester.scope is None:
            return opened.session
        return opened.scopes.of(requester)

    async def _mount(self, opened: Opened, at: str, lookup: Lookup, caller: Caller) -> Mount:
        version = self.settings.api_version
        if version is not None and at == self.settings.secrets_mount:
            return Mount(at, "kv", version)
        return await opened.mounts.at(at, lookup, caller)

    async def _entry(
        self, opened: Opened, caller: Caller, at: str, name: EntryName, lookup: Lookup
    ) -> Entry | None:
        for again in (True, False):
            mount = await self._mount(opened, at, lookup, caller)
            try:
                return await read_entry(caller, mount, name, lookup)
            except Refused as refused:
                reason = f"the server {refused.reason}; asked for {quote(f'{at}/{name.path}')}"
                if refused.refusal not in _CHANGED or not again:
                    break
            opened.mounts.forget(at)
        raise lookup.failed(reason)

    def _warn_of_fields(self, path: str, entry: Entry) -> None:
        """Tell why an entry that is there is not held: the next provider may hold that name."""
        fields = quote(", ".join(sorted(entry)))
        self._warn_once(
            path,
            f"has several fields and none is called {DEFAULT_FIELD!r}, so it is not held; ask for "
            f"one of them as path{self.settings.path_delimiter}field: {fields}",
        )

    def _warn_once(self, path: str, what: str) -> None:
        if path in self._warned or len(self._warned) >= _MOST_WARNINGS:
            return
        self._warned.add(path)
        self.log.emit(
            LogLevel.warn,
            "provider {name!r}: {path} {what}",
            name=self.name,
            path=quote(path),
            what=what,
        )

    def _either(self, option: str, value: object, former: str, former_value: object) -> Any:  # noqa: ANN401 - checked later
        if value is not None and former_value is not None:
            msg = f"{self.name}: {option} and {former} are the same argument; give one of them"
            raise ConfigurationError(msg)
        return former_value if value is None else value
