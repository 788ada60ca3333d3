"""A Vault that a command line names: its address, and how to log in.

The connection and the ways to log in are those of `SecretInVault`. No token, password or secret-id
is in an argument: each comes from a file, or is typed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.cli._reactor import reactor_in_thread

if TYPE_CHECKING:
    from buildbot_keychain.providers.vault import SecretInVault

DEFAULT_LOGIN = "token-file:~/.vault-token"
"""Where ``vault login`` and ``bao login`` leave a token."""

_LOGINS = {
    "approle": "approle:ROLE-ID:FILE (of the secret-id)",
    "cert": "cert[:ROLE]",
    "jwt": "jwt:ROLE:FILE",
    "kubernetes": "kubernetes:ROLE",
    "ldap": "ldap:USER[:FILE]",
    "none": "none (an agent adds a token)",
    "token-file": "token-file:FILE",
    "userpass": "userpass:USER[:FILE] (of the password, which is asked for without it)",
}


def add_arguments(group: Any, where: str) -> None:  # noqa: ANN401 - argparse has no public class of a group
    """Add the options that say how to log in.

    :param where: what they go with, for their help.
    """
    group.add_argument(
        "--vault-login",
        metavar="KIND[@MOUNT][:WHO][:FILE]",
        help=f"{where}: {', '.join(_LOGINS.values())}; by default, {DEFAULT_LOGIN}",
    )
    group.add_argument("--vault-namespace", metavar="NAME", help=f"{where}: the namespace")
    group.add_argument(
        "--vault-ca", metavar="FILE", help=f"{where}: the authorities to trust, in PEM"
    )
    group.add_argument(
        "--vault-client-cert",
        action="append",
        default=[],
        metavar="FILE",
        help=f"{where}: what to show to the server, in PEM; twice for certificate and key",
    )


def is_address(source: str) -> bool:
    """Return whether a source is that of a server, and no file."""
    return source.startswith(("https://", "http://"))


def parts(url: str, example: str) -> tuple[str, str]:
    """Return the address of the server and the path below it.

    :param example: a URL of that kind.
    :raise UsageError: when it has something else, or no path.
    """
    found = urlsplit(url)
    if "@" in found.netloc or found.query or found.fragment:
        raise UsageError("the URL of a Vault has no user, password, '?' and '#'")
    path = unquote(found.path).strip("/")
    if not path:
        raise UsageError(f"name the mount behind the server, as in {example}")
    return f"{found.scheme}://{found.netloc}", path


def provider_of(arguments: argparse.Namespace, server: str) -> SecretInVault:
    """Return what asks a server once `start` was called with it.

    :raise UsageError: when the login cannot be one.
    :raise CommandError: when it cannot be used here.
    """
    from buildbot_keychain.errors import KeychainError  # noqa: PLC0415 - it is slow
    from buildbot_keychain.providers.vault import SecretInVault  # noqa: PLC0415 - the same

    login = _login(arguments.vault_login or DEFAULT_LOGIN)
    try:
        provider = SecretInVault(
            server,
            login,
            namespace=arguments.vault_namespace,
            ca_bundle=arguments.vault_ca,
            client_cert=arguments.vault_client_cert or None,
            name="vault",
        )
        problems = list(provider.check_config())
    except KeychainError as error:
        raise CommandError(str(error)) from None
    if problems:
        raise CommandError(problems[0])
    for warning in provider.config_warnings():
        _terminal.Terminal(quiet=arguments.quiet).message(warning)
    return provider


def start(provider: SecretInVault, stack: ExitStack) -> None:
    """Have a provider answer, in a reactor that runs in a thread.

    :param stack: closes the connection, and stops the reactor.
    """
    call = stack.enter_context(reactor_in_thread())
    call(provider.startService)
    stack.callback(call, provider.stopService)


def _login(declared: str) -> Any:  # noqa: ANN401 - a VaultAuthenticator, whose module is slow
    from buildbot_keychain.errors import ConfigurationError  # noqa: PLC0415 - it is slow
    from buildbot_keychain.providers import vault  # noqa: PLC0415 - the same

    what, _, rest = declared.partition(":")
    kind, _, mount = what.partition("@")
    who, _, file = rest.partition(":")
    mounted: dict[str, Any] = {"mount": mount} if mount else {}
    logins: dict[str, Callable[[], Any]] = {
        "approle": lambda: vault.VaultAuthenticatorApprole(who, _content(file), **mounted),
        "cert": lambda: vault.VaultAuthenticatorCert(who or None, **mounted),
        "jwt": lambda: vault.VaultAuthenticatorJwt(who, _content(file), **mounted),
        "kubernetes": lambda: vault.VaultAuthenticatorKubernetes(who, **mounted),
        "ldap": lambda: vault.VaultAuthenticatorLdap(who, _password(who, file), **mounted),
        "none": lambda: None,
        "token-file": lambda: vault.VaultAuthenticatorTokenFile(os.path.expanduser(rest)),  # noqa: PTH111
        "userpass": lambda: vault.VaultAuthenticatorUserpass(who, _password(who, file), **mounted),
    }
    if kind not in logins:
        # It is not repeated: it may be a token.
        msg = f"--vault-login must be one of: {', '.join(_LOGINS.values())}"
        raise UsageError(msg)
    try:
        return logins[kind]()
    except ConfigurationError as error:
        msg = f"--vault-login must be {_LOGINS[kind]}: {error}"
        raise UsageError(msg) from None


def _password(user: str, file: str) -> str:
    return _content(file) if file else _prompt.ask_hidden(f"password of {user!r} at the Vault")


def _content(file: str) -> str:
    """Return the text in a file that nobody else can read."""
    from buildbot_keychain.errors import KeychainError, KeyRingError  # noqa: PLC0415 - it is slow
    from buildbot_keychain.store.private_files import open_private  # noqa: PLC0415 - the same

    path = Path(os.path.expanduser(file)).absolute()  # noqa: PTH111 - of Path, it may raise
    try:
        with open_private(path.parent, KeyRingError) as directory:
            content = directory.read(path.name, 64 << 10)
    except KeychainError as error:
        msg = f"--vault-login: {error}"
        raise CommandError(msg) from error
    if content is None:
        # The name is not repeated: it may be what should be in the file.
        raise CommandError("--vault-login: the file that it names does not exist")
    try:
        return content.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise CommandError("--vault-login: the file that it names is not UTF-8 text") from None
