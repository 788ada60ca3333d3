"""`VaultConfiguration`: the arguments of `SecretInVault`, checked without disk and network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NoReturn, TypeGuard

from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.providers.arguments import is_path, is_renderable, require_timeout
from buildbot_keychain.providers.http import TlsArguments, TlsFiles
from buildbot_keychain.providers.vault.auth import (
    NoAuthenticator,
    VaultAuthenticator,
    VaultAuthenticatorCert,
    VaultAuthenticatorToken,
)
from buildbot_keychain.providers.vault.builds import BuildAccess, Template
from buildbot_keychain.providers.vault.secrets import is_api_path, parse_api_path
from buildbot_keychain.providers.vault.transport import Address, parse_addresses

_MOST_CONNECTIONS = 100
_TLS_ARGUMENTS = TlsArguments("ca_bundle", "client_cert", "client_cert")

_FILLED_IN = "-_.+~ "
"""Signs that a build may fill in where a secret's name depends on it, besides letters and digits.

See `rendering`; a build that could fill in a delimiter could choose the field.
"""


@dataclass(frozen=True)
class VaultConfiguration:
    """The arguments, in the types that the provider uses."""

    addresses: tuple[Address, ...]
    authenticator: VaultAuthenticator
    secrets_mount: str
    mounts: tuple[str, ...]
    api_version: int | None
    path_delimiter: str
    path_escape: str
    namespace: str | None
    tls: TlsFiles
    timeout: float
    connections: int
    build_access: BuildAccess | None
    path_template: Template | None


def check_arguments(
    provider: str,
    *,
    vault_server: object,
    authenticator: object,
    secrets_mount: object,
    mounts: object,
    api_version: object,
    path_delimiter: object,
    path_escape: object,
    namespace: object,
    ca_bundle: object,
    client_cert: object,
    timeout: object,
    connections: object,
    build_access: object,
    path_template: object,
) -> VaultConfiguration:
    """Return the configuration that the arguments of `SecretInVault` make.

    :param provider: the provider's name, for errors.
    :raise ConfigurationError: when one of them is wrong; it names the argument.
    """
    check = _Check(provider)
    tls = check.tls(ca_bundle, client_cert)
    login = check.authenticator(authenticator)
    if isinstance(login, VaultAuthenticatorCert) and tls.certificate is None:
        check.fail("client_cert", "given: VaultAuthenticatorCert shows it to the server", "")
    if api_version is not None and not (_is_integer(api_version) and 1 <= api_version <= 2):  # noqa: PLR2004
        check.fail_value("api_version", "1, 2, or None to ask the server", api_version)
    if not _is_integer(connections) or not 0 < connections <= _MOST_CONNECTIONS:
        check.fail_value("connections", f"a number from 1 to {_MOST_CONNECTIONS}", connections)
    if not isinstance(mounts, (list, tuple)):
        check.fail_value("mounts", "a list of paths such as ['database']", mounts)
    delimiter, escape = check.delimiters(path_delimiter, path_escape)
    return VaultConfiguration(
        addresses=check.addresses(vault_server),
        authenticator=login,
        secrets_mount=check.api_path("secrets_mount", secrets_mount),
        mounts=tuple(check.api_path("mounts", mount) for mount in mounts),
        api_version=api_version,
        path_delimiter=delimiter,
        path_escape=escape,
        namespace=None if namespace is None else check.api_path("namespace", namespace),
        tls=tls,
        timeout=require_timeout(provider, timeout),
        connections=connections,
        build_access=check.build_access(build_access),
        path_template=check.template(path_template),
    )


class _Check:
    """Checks of single arguments, whose errors name the provider."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def fail(self, option: str, wanted: str, problem: str) -> NoReturn:
        """Raise for an argument that must be `wanted`; `problem` shows no secret."""
        end = f": {problem}" if problem else ""
        msg = f"{self._provider}: {option} must be {wanted}{end}"
        raise ConfigurationError(msg)

    def fail_value(self, option: str, wanted: str, given: object) -> NoReturn:
        """Raise for an argument whose value may be shown."""
        msg = f"{self._provider}: {option} must be {wanted}, not {quote(given)}"
        raise ConfigurationError(msg)

    def addresses(self, given: object) -> tuple[Address, ...]:
        try:
            return parse_addresses(given)
        except ValueError as error:
            # The URL is not shown: it may contain a password.
            wanted = "a URL such as 'https://vault.example.org:8200', or a list of them"
            self.fail("vault_server", wanted, str(error))

    def authenticator(self, given: object) -> VaultAuthenticator:
        if isinstance(given, VaultAuthenticator):
            return given
        if given is None:
            return NoAuthenticator()
        if isinstance(given, str) or is_renderable(given):
            return VaultAuthenticatorToken(given)
        wanted = "a token, or a VaultAuthenticator such as VaultAuthenticatorApprole(...)"
        return self.fail("authenticator", wanted, _kind(given))

    def build_access(self, given: object) -> BuildAccess | None:
        if given is None or isinstance(given, BuildAccess):
            return given
        wanted = "VaultChildTokens(...) or VaultBuildJwt(...)"
        return self.fail("build_access", wanted, _kind(given))

    def template(self, given: object) -> Template | None:
        if given is None:
            return None
        wanted = "a path such as 'ci/%(builder)s/%(path)s'"
        if not isinstance(given, str):
            self.fail("path_template", wanted, _kind(given))
        try:
            template = Template(given, more_fields=("path",))
        except ValueError as error:
            self.fail("path_template", wanted, str(error))
        if "path" not in template.fields:
            self.fail("path_template", wanted, f"{quote(given)} does not contain %(path)s")
        if not is_api_path(given):
            self.fail("path_template", wanted, f"{quote(given)} is not a path")
        return template

    def delimiters(self, delimiter: object, escape: object) -> tuple[str, str]:
        delimiter = self._mark("path_delimiter", delimiter)
        escape = self._mark("path_escape", escape)
        if delimiter and delimiter == escape:
            wanted = "another character than path_delimiter"
            self.fail_value("path_escape", wanted, escape)
        return delimiter, escape

    def _mark(self, option: str, given: object) -> str:
        if not isinstance(given, str) or len(given) > 1 or given in {"/", "@", "!"}:
            wanted = "one character, not '/', '@' or '!', or the empty str for none"
            self.fail_value(option, wanted, given)
        if given and (given.isalnum() or given in _FILLED_IN):
            wanted = f"a character that builds cannot fill in: no letter, digit or {_FILLED_IN!r}"
            self.fail_value(option, wanted, given)
        return given

    def api_path(self, option: str, given: object) -> str:
        path = parse_api_path(given)
        if path is None:
            self.fail_value(option, "a path such as 'secret'", given)
        return path

    def tls(self, ca_bundle: object, client_cert: object) -> TlsFiles:
        ca = None if ca_bundle is None else self._file("ca_bundle", ca_bundle)
        files = client_cert if isinstance(client_cert, (list, tuple)) else (client_cert,)
        if files == (None,):
            return TlsFiles(ca, arguments=_TLS_ARGUMENTS)
        if not 1 <= len(files) <= 2:  # noqa: PLR2004 - certificate and key
            wanted = "the path of a PEM file, or of two: certificate and key"
            self.fail_value("client_cert", wanted, client_cert)
        certificate, *key = (self._file("client_cert", file) for file in files)
        return TlsFiles(ca, certificate, key[0] if key else None, _TLS_ARGUMENTS)

    def _file(self, option: str, given: object) -> str:
        if not is_path(given):
            self.fail_value(option, "the path of a file", given)
        return os.fspath(given)  # type: ignore[call-overload, no-any-return] # is_path checks it


def _is_integer(given: object) -> TypeGuard[int]:
    return isinstance(given, int) and not isinstance(given, bool)


def _kind(given: object) -> str:
    if isinstance(given, type):
        return f"it is the class {given.__name__}, not an instance"
    return f"it is of type {type(given).__name__}"
