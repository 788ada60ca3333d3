"""`VaultConfiguration`: the arguments of `SecretInVault`, checked without disk and network."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth import (
    VaultAuthenticator,
    VaultAuthenticatorCert,
    VaultAuthenticatorToken,
    is_renderable,
)
from buildbot_keychain.providers.vault.builds import BuildAccess, Template
from buildbot_keychain.providers.vault.secrets import is_api_path
from buildbot_keychain.providers.vault.transport import (
    Address,
    TlsConfiguration,
    parse_addresses,
)

LONGEST_TIMEOUT = 60.0
"""Seconds; no manager waits longer for a provider."""

_MOST_CONNECTIONS = 100

FailConfig = Callable[[str, str, object], NoReturn]
"""Raises for an option, with what is wanted and what was given."""


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
    tls: TlsConfiguration
    timeout: float
    connections: int
    build_access: BuildAccess | None
    path_template: Template | None


def check_arguments(
    fail_config: FailConfig,
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

    :raise ConfigurationError: by `fail_config`.
    """
    certificates = _certificates(fail_config, client_cert)
    login = _authenticator(fail_config, authenticator)
    if isinstance(login, VaultAuthenticatorCert) and not certificates:
        fail_config("client_cert", "given, for VaultAuthenticatorCert shows it to the server", None)
    if api_version not in {None, 1, 2} or isinstance(api_version, bool):
        fail_config("api_version", "1, 2, or None to find it", api_version)
    if not _is_number(timeout) or not 0 < float(timeout) <= LONGEST_TIMEOUT:  # type: ignore[arg-type]
        fail_config("timeout", f"seconds, more than 0 and at most {LONGEST_TIMEOUT:g}", timeout)
    if not isinstance(connections, int) or not 0 < connections <= _MOST_CONNECTIONS:
        fail_config("connections", f"a number from 1 to {_MOST_CONNECTIONS}", connections)
    _check_delimiters(fail_config, path_delimiter, path_escape)
    if not isinstance(mounts, (list, tuple)):
        fail_config("mounts", "a list of paths such as ['database']", mounts)
    return VaultConfiguration(
        addresses=_addresses(fail_config, vault_server),
        authenticator=login,
        secrets_mount=_path(fail_config, "secrets_mount", secrets_mount),
        mounts=tuple(_path(fail_config, "mounts", mount) for mount in mounts),
        api_version=api_version,
        path_delimiter=str(path_delimiter),
        path_escape=str(path_escape),
        namespace=None if namespace is None else _path(fail_config, "namespace", namespace),
        tls=TlsConfiguration(
            None if ca_bundle is None else _file(fail_config, "ca_bundle", ca_bundle), certificates
        ),
        timeout=float(timeout),  # type: ignore[arg-type]
        connections=connections,
        build_access=_build_access(fail_config, build_access),
        path_template=_template(fail_config, path_template),
    )


def _authenticator(fail_config: FailConfig, given: object) -> VaultAuthenticator:
    if isinstance(given, VaultAuthenticator):
        return given
    if isinstance(given, str) or is_renderable(given):
        return VaultAuthenticatorToken(given)
    kind = given.__name__ if isinstance(given, type) else type(given).__name__
    return fail_config(
        "authenticator", "a token, or an instance of a VaultAuthenticator… class", kind
    )


def _build_access(fail_config: FailConfig, given: object) -> BuildAccess | None:
    if given is None or isinstance(given, BuildAccess):
        return given
    kind = given.__name__ if isinstance(given, type) else type(given).__name__
    return fail_config("build_access", "VaultChildTokens(...) or VaultBuildJwt(...)", kind)


def _template(fail_config: FailConfig, given: object) -> Template | None:
    if given is None:
        return None
    wanted = "a path such as 'ci/%(builder)s/%(path)s'"
    if not isinstance(given, str):
        fail_config("path_template", wanted, given)
    try:
        template = Template(given, more_fields=("path",))
    except ValueError as error:
        fail_config("path_template", f"{wanted} ({error})", given)
    if "path" not in template.fields or not is_api_path(given):
        fail_config("path_template", f"{wanted} (it must contain %(path)s)", given)
    return template


def _addresses(fail_config: FailConfig, vault_server: object) -> tuple[Address, ...]:
    try:
        return parse_addresses(vault_server)
    except ValueError as error:
        wanted = f"a URL such as 'https://vault.example.org:8200', or a list of them ({error})"
    # Only its type is shown: it may contain a password.
    return fail_config("vault_server", wanted, type(vault_server).__name__)


def _check_delimiters(fail_config: FailConfig, path_delimiter: object, path_escape: object) -> None:
    for option, mark in (("path_delimiter", path_delimiter), ("path_escape", path_escape)):
        if not isinstance(mark, str) or len(mark) > 1 or mark in {"/", "@", "!"}:
            fail_config(
                option, "one character, not '/', '@' or '!', or the empty str for none", mark
            )
    if path_delimiter and path_delimiter == path_escape:
        fail_config("path_escape", "another character than path_delimiter", path_escape)


def _path(fail_config: FailConfig, option: str, given: object) -> str:
    path = given.strip("/") if isinstance(given, str) else None
    if path is None or not is_api_path(path):
        fail_config(option, "a path such as 'secret'", given)
    return path


def _file(fail_config: FailConfig, option: str, given: object) -> str:
    path = os.fspath(given) if isinstance(given, (str, os.PathLike)) else None
    if not isinstance(path, str) or not path or "\0" in path:
        fail_config(option, "the path of a file", quote(given))
    return path


def _certificates(fail_config: FailConfig, given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    files = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not 1 <= len(files) <= 2:  # noqa: PLR2004 - certificate and key
        fail_config("client_cert", "the path of a PEM file, or of two: certificate and key", given)
    return tuple(_file(fail_config, "client_cert", file) for file in files)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
