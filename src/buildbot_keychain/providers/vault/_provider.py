"""`SecretInVault`: secrets of a HashiCorp Vault or an OpenBao.

A lookup is one HTTP request while the token lives, and simultaneous lookups of one entry share it.
A name in a mount of KV is an entry; one in a mount of another engine is a dynamic secret, which is
leased.

The provider keeps no value, never looks into ``VAULT_*`` or ``~/.vault-token``, and does not touch
the network before the first lookup.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote as url_quote

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from buildbot_keychain.details import Credential, Expiry, Requester, SecretDescription
from buildbot_keychain.errors import ConfigurationError, ProviderError, quote
from buildbot_keychain.formats import NUMBERS
from buildbot_keychain.interfaces import (
    ICanonicalNames,
    IExpires,
    IHasPools,
    IHoldsCredentials,
    IKeepsState,
    IRequesterAware,
    IScopeKeeper,
    ISharesAnswers,
)
from buildbot_keychain.providers.arguments import RenderedArguments, require
from buildbot_keychain.providers.descriptions import DescribesAnswers
from buildbot_keychain.providers.http import expiries_of
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.providers.vault._configuration import check_arguments
from buildbot_keychain.providers.vault._runtime import VaultRuntime
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.builds import BuildAccess
from buildbot_keychain.providers.vault.secrets import (
    EntryName,
    escaped,
    field_value,
    parse_entry_name,
    without_parameters,
)
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefused,
)
from buildbot_keychain.store.sealed_values import SealedValues
from buildbot_keychain.workpool import PoolState

TIMEOUT = 20.0
"""Seconds that one lookup may take, retries, failover and a login included."""

CONNECTIONS = 8
"""The most requests at once."""

_MOST_WARNINGS = 1000


@implementer(
    ICanonicalNames,
    IRequesterAware,
    ISharesAnswers,
    IScopeKeeper,
    IKeepsState,
    IExpires,
    IHoldsCredentials,
    IHasPools,
)
class SecretInVault(DescribesAnswers, RenderedArguments, ProviderService):
    """Serves the entries of a Vault.

    :param vault_server: the URL of the server, or of several with the same content;
        ``unix:///run/vault/agent.sock`` for what listens on a Unix socket.
    :param authenticator: how to log in: a ``VaultAuthenticator…``; a text is a token. ``None`` for
        an agent or a proxy that adds a token.
    :param secrets_mount: where the KV engine is mounted: ``"secret"`` by default.
    :param api_version: the version of KV: 1 or 2; ``None`` to ask the server.
    :param path_delimiter: what separates a path from a field.
    :param path_escape: what stands before a delimiter that belongs to a path or a field.
    :param mounts: mounts beside `secrets_mount`: a name that begins with one of them and a slash
        is in that mount.
    :param namespace: the namespace that everything is in.
    :param ca_bundle: the certificates to trust, a file or a directory; the system's by default.
    :param client_cert: the certificate to show the server: a PEM file, or two for certificate and
        key, which nobody else can read.
    :param build_access: which token the lookups of a build are made with: `VaultChildTokens` or
        `VaultBuildJwt`; the provider's own by default, and for dynamic secrets a child of it.
    :param path_template: what a name in `secrets_mount` stands for: ``ci/%(builder)s/%(path)s``.
    :param numbers: ``"error"``, or ``"text"`` for fields that are numbers, as they are written.
    :param timeout: seconds that one lookup may take in all.
    :param connections: the most requests at once.
    :param vaultServer: the former name of `vault_server`; `vaultToken`, `secretsmount` and
        `apiVersion` are former names too.
    :param name: what configuration and messages call this provider.
    :param reactor: what it runs in; Twisted's by default.

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
        numbers: str = "error",
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
        self.configuration = check_arguments(
            self.name,
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
        self._require_one_of("numbers", NUMBERS, numbers)
        self.numbers = numbers
        require(self.name, "vault", "hvac", "OpenSSL", "service_identity")
        self._runtime: VaultRuntime | None = None
        self._memory: Any = None
        self._state: SealedValues | None = None
        self._warned: set[str] = set()

    def use_memory(self, memory: Any) -> None:  # noqa: ANN401 - an IScopeMemory
        """Use `memory` to remember the tokens of builds that must be revoked."""
        self._memory = memory

    def use_state(self, state: SealedValues) -> None:
        """Use `state` to keep the key that signs the logins of builds, if it is to be made."""
        self._state = state

    def end_scope(self, scope: str) -> Deferred[None]:
        """Revoke the token of a build, and with it all that it was given."""
        return succeed(None) if self._runtime is None else self._runtime.scopes.end(scope)

    def holds(self, scope: str) -> bool:
        """Return whether a build has a token of its own."""
        return self._runtime is not None and self._runtime.scopes.holds(scope)

    def credentials(self) -> list[Credential]:
        """Return the tokens and leases that are alive."""
        return [] if self._runtime is None else self._runtime.credentials()

    def pool_states(self) -> list[PoolState]:
        """Return what its threads do now."""
        return [] if self._runtime is None else [self._runtime.servers.pool_state]

    def retire(self) -> Deferred[None]:
        """Keep what builds were given until they end, and services until it is stopped."""
        return succeed(None) if self._runtime is None else self._runtime.scopes.retire()

    def get_for(self, path: str, requester: Requester | None) -> Deferred[str | None]:
        """Do what `get` does, for `requester`."""
        return self.without_trace(path, self._get_for(path, requester))

    def shared_by(self, path: str, requester: Requester | None) -> Hashable:
        """Return ``()`` for entries of KV that are read with the provider's own token."""
        configuration, runtime = self.configuration, self._runtime
        name = parse_entry_name(path, configuration.path_delimiter, configuration.path_escape)
        if name is None or runtime is None:
            return None
        named = self._mount_of(name.path)
        if named is None and configuration.path_template is not None:
            return None
        if configuration.build_access and requester and requester.scope is not None:
            return None
        # Also when it cannot be looked up again, as the servers are away.
        mount = runtime.mounts.seen(named or configuration.secrets_mount)
        return () if mount is not None and mount.type == "kv" else None

    def check_config(self) -> Iterator[str]:
        """Yield, blocking, what is wrong with files, without touching the network."""
        try:
            self.configuration.tls.load()
        except ValueError as error:
            yield f"provider {self.name!r}: {error}"
        problem = self.configuration.authenticator.file_problem()
        if problem:
            yield f"provider {self.name!r}: {problem}"

    def config_warnings(self) -> Iterator[str]:
        """Yield a sentence for each server that is reached in clear text over a network."""
        for address in self.configuration.addresses:
            if not address.is_confidential:
                yield (
                    f"provider {self.name!r}: everyone on the way to {address} can read the token "
                    "and all secrets; use https"
                )

    def startService(self) -> None:
        """Answer, and keep the token alive."""
        super().startService()
        self.runtime.start()
        for warning in self.config_warnings():
            self.log.emit(LogLevel.warn, "{warning}", warning=warning)

    def stopService(self) -> Deferred[None]:
        """Revoke what is held, end everything else, and let connections and threads go."""
        super().stopService()
        runtime, self._runtime = self._runtime, None
        return succeed(None) if runtime is None else Deferred.fromCoroutine(runtime.stop())

    @property
    def runtime(self) -> VaultRuntime:
        """What there is from a start to a stop."""
        if self._runtime is None:
            self._runtime = VaultRuntime(
                self.configuration,
                self.name,
                self.render,
                self._memory,
                self.reactor,
                self._state,
            )
        return self._runtime

    def canonical(self, path: str) -> str | None:
        """Return the path without field, version and parameters; below a mount, if it needs one.

        With `path_template`, it is what the template is filled with.
        """
        configuration = self.configuration
        name = parse_entry_name(path, configuration.path_delimiter, configuration.path_escape)
        if name is None or name.path in configuration.mounts:
            return None
        mount = self._mount_of(name.path)
        spelled = name.path
        if mount == configuration.secrets_mount and configuration.path_template is None:
            below = name.path[len(mount) + 1 :]
            spelled = below if self._mount_of(below) is None else spelled
        is_entry = configuration.api_version is not None and (
            mount is None or mount == configuration.secrets_mount
        )
        if not is_entry:
            spelled = without_parameters(spelled)
        return escaped(spelled, configuration.path_delimiter, configuration.path_escape)

    async def description_of(self, path: str) -> SecretDescription | None:
        """Return what is known of an entry; nothing is made to describe it."""
        configuration = self.configuration
        name = parse_entry_name(path, configuration.path_delimiter, configuration.path_escape)
        mount = None if name is None else self._mount_of(name.path)
        if mount is None and configuration.path_template is not None:  # it depends on who asks
            return None
        session, context = await self.session(path)
        mount = mount or configuration.secrets_mount
        mounts = self.runtime.mounts
        found = mounts.known(mount) or await mounts.find(mount, session, context)
        return await super().description_of(path) if found.type == "kv" else None

    def expiries(self) -> Deferred[list[Expiry]]:
        """Return when certificates, the token, the secret-id and leases of services end."""
        return self.without_trace("", self._expiries())

    async def _expiries(self) -> list[Expiry]:
        self.require_running("")
        runtime, configuration = self.runtime, self.configuration
        context = RequestContext(self.name, "", self.reactor, configuration.timeout)
        files = partial(expiries_of, configuration.tls)
        found = await runtime.servers.run(context, files)
        return [*found, *await runtime.token_expiries(), *runtime.scopes.expiries()]

    def is_dynamic(self, path: str) -> bool:
        """Return whether the secret at `path`, which was looked up before, is a dynamic one."""
        configuration = self.configuration
        name = parse_entry_name(path, configuration.path_delimiter, configuration.path_escape)
        named = None if name is None else self._mount_of(name.path)
        mount = self.runtime.mounts.seen(named or configuration.secrets_mount)
        return mount is not None and mount.type != "kv"

    def render(self, argument: object) -> Deferred[Any]:
        """Render an argument."""
        if self._render is None:
            msg = f"{self.name}: {quote(argument)} can be rendered in a SecretManager only"
            raise ConfigurationError(msg)
        return self._render(argument)

    async def look_up(self, path: str) -> str | None:
        """Return the secret at `path` as the provider itself may read it."""
        return await self._get_for(path, None)

    async def write(self, path: str, data: dict[str, str]) -> dict[str, Any]:
        """Write to a path of the API with the provider's own token, and return the answer.

        The request may be sent twice.

        :raise ProviderError: when the server denies or refuses it, or does not answer.
        """
        session, context = await self.session(path)
        request = session.api.hvac.adapter.post(f"/v1/{url_quote(path)}", json=data)
        try:
            return await session.send(context, request)
        except VaultRefused as refused:
            raise context.error(f"{refused.reason}; is {quote(path)} right?") from refused

    async def session(self, path: str) -> tuple[Session, RequestContext]:
        """Return what sends requests with the provider's own token, and the context of some.

        :param path: what they are for, for errors.
        """
        self.require_running(path)
        context = RequestContext(self.name, path, self.reactor, self.configuration.timeout)
        session = self.runtime.session
        if not session.servers.is_ready:
            await session.servers.prepare(context)
            self.require_running(path)
        return session, context

    async def _get_for(self, path: str, requester: Requester | None) -> str | None:
        self.require_running(path)
        configuration = self.configuration
        name = parse_entry_name(path, configuration.path_delimiter, configuration.path_escape)
        if name is None:
            return None
        runtime, timeout = self.runtime, configuration.timeout
        if not runtime.servers.is_ready:
            await runtime.servers.prepare(RequestContext(self.name, path, self.reactor, timeout))
            self.require_running(path)
        context = RequestContext(self.name, path, self.reactor, timeout)
        try:
            return await self._look_up(runtime, name, requester, context)
        except ProviderError as error:
            # It may be the error of another lookup, which this one has waited for.
            raise context.error_like(error) from error

    async def _look_up(
        self,
        runtime: VaultRuntime,
        name: EntryName,
        requester: Requester | None,
        context: RequestContext,
    ) -> str | None:
        configuration = self.configuration
        mount_path, name = self._locate(name, requester, context)
        if not name.path:
            return None
        session = runtime.session
        if configuration.build_access and requester and requester.scope is not None:
            session = runtime.scopes.of(requester).session
        mounts = runtime.mounts
        mount = mounts.known(mount_path) or await mounts.find(mount_path, session, context)
        if mount.type != "kv":
            return await runtime.scopes.read_dynamic(mount, name, requester, context)
        entry = await runtime.entries.read(session, mount, name, context)
        if entry is None:
            return None
        return field_value(entry, name, context, configuration.path_delimiter, numbers=self.numbers)

    def _locate(
        self, name: EntryName, requester: Requester | None, context: RequestContext
    ) -> tuple[str, EntryName]:
        """Return the path of the mount that `name` is in, and its name there.

        The latter has an empty path where that cannot be a secret.
        """
        named = self._mount_of(name.path)
        if named is not None:
            return named, replace(name, path=name.path[len(named) + 1 :])
        mount, template = self.configuration.secrets_mount, self.configuration.path_template
        if template is None:
            return mount, name
        try:
            return mount, replace(name, path=template.fill_in(requester, path=name.path))
        except ValueError as error:
            if requester is not None and requester.kind == "build":
                raise context.error(str(error)) from error
            # Only builds can have secrets there; another provider may hold that name.
            self._warn_once(context.path, f"is not held: {error}")
        return mount, replace(name, path="")

    def _mount_of(self, path: str) -> str | None:
        """Return the one of `mounts` that a path begins with; ``None`` if there is none."""
        mounts = self.configuration.mounts
        return next((m for m in mounts if path == m or path.startswith(f"{m}/")), None)

    def _warn_once(self, path: str, problem: str) -> None:
        if path in self._warned or len(self._warned) >= _MOST_WARNINGS:
            return
        self._warned.add(path)
        self.log.emit(
            LogLevel.warn,
            "provider {name!r}: {path} {problem}",
            name=self.name,
            path=quote(path),
            problem=problem,
        )

    def _either(self, option: str, value: object, former: str, former_value: object) -> Any:  # noqa: ANN401 - checked later
        if value is not None and former_value is not None:
            msg = f"{self.name}: {option} and {former} are the same argument; give one of them"
            raise ConfigurationError(msg)
        return former_value if value is None else value
