"""`VaultAuthenticator`, what all ways to log in share, and the ways that take a few lines each."""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar, NoReturn

from buildbot_keychain.details import Expiry
from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.providers.arguments import SecretArgument, is_path
from buildbot_keychain.providers.files import file_stamp
from buildbot_keychain.providers.vault.auth._login import Login, read_file
from buildbot_keychain.providers.vault.auth._token import Token, is_token

_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"


class VaultAuthenticator:
    """A way to log in; it has no state.

    It compares and hashes by its arguments, so that a reconfiguration sees whether it has changed.
    Its ``repr`` shows no token, id or password. A secret argument may be a renderable, such as
    ``Secret("file!vault-token")``, which is rendered at each login.

    :param mount: where the auth method is mounted, below ``auth/``.
    """

    shows: ClassVar[tuple[str, ...]] = ("mount",)
    """The arguments that ``repr`` may show."""

    logs_in: ClassVar[bool] = True
    """Whether it can have a new token made."""

    watched_file: str | None = None
    """A file whose changes mean that it holds another token."""

    def __init__(self, mount: str) -> None:
        self.mount = self._path("mount", mount)

    async def log_in(self, login: Login) -> Token:
        """Return a new token.

        :raise AccessDenied: when the server refuses, or a file cannot be trusted.
        :raise ProviderUnavailable: when no server answers.
        """
        raise NotImplementedError

    async def expiries(self, login: Login, token: Token) -> list[Expiry]:  # noqa: ARG002 - of all
        """Return when what it logs in with ends, where the server says so to a token.

        :param login: what it may use for that.
        """
        return []

    def file_stamp(self) -> object:
        """Return what differs when `watched_file` has changed. Blocks."""
        return None if self.watched_file is None else file_stamp(self.watched_file)

    def file_problem(self) -> str:
        """Return what is wrong with a file that is there; nothing if nothing is. Blocks."""
        return ""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), self.mount))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shows)
        return f"{type(self).__name__}({arguments})"

    def _secret(self, option: str, value: object) -> SecretArgument:
        """Return an argument that is a secret: a text, or a renderable."""
        return SecretArgument(type(self).__name__, option, value)

    def _path(self, option: str, value: object) -> str:
        """Check an argument that is a path of the API: ``approle``, ``ci/approle``."""
        if not isinstance(value, str) or not re.fullmatch(r"/?[\w.@+-]+(/[\w.@+-]+)*/?", value):
            self._fail(option, "a path such as 'approle'", value)
        if any(set(part) == {"."} for part in value.split("/")):
            self._fail(option, "a path without '.' and '..'", value)
        return value.strip("/")

    def _name(self, option: str, value: object) -> str:
        """Check an argument that is the name of a role or a user."""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self._fail(option, "a name that is printable and not blank", value)
        if "/" in value or value in {".", ".."}:
            self._fail(option, "a name without '/'", value)
        return value

    def _fail(self, option: str, wanted: str, value: object) -> NoReturn:
        """Raise for an argument, whose value is not shown: it may be a secret."""
        problem = f"is of type {type(value).__name__}"
        if isinstance(value, str):
            problem = "is not" if value.strip() else "is blank"
        msg = f"{type(self).__name__}: {option} must be {wanted}; what was given {problem}"
        raise ConfigurationError(msg)


class VaultAuthenticatorToken(VaultAuthenticator):
    """A token that somebody else made. It is renewed where it can be; then it must be replaced.

    :param token: the token; a renderable is rendered anew when the token is denied something.
    """

    shows = ()
    logs_in = False

    def __init__(self, token: object) -> None:
        super().__init__("token")
        self.token = self._secret("token", token)
        if isinstance(token, str) and not is_token(token.strip()):
            self._fail("token", "a word of printable ASCII", token)

    async def log_in(self, login: Login) -> Token:
        """Return the token, with what the server says about it."""
        value = (await login.text(self.token)).strip()
        return await login.existing_token(value, "correct the token")


class NoAuthenticator(VaultAuthenticator):
    """For an agent or a proxy in front of the server, which adds a token to each request."""

    shows = ()
    logs_in = False

    def __init__(self) -> None:
        super().__init__("token")

    async def log_in(self, login: Login) -> Token:
        """Return the token that is not sent."""
        return login.no_token()


class VaultAuthenticatorTokenFile(VaultAuthenticator):
    """A file that holds a token and nothing else, read again when it changes.

    What writes it, such as an agent with a file sink, keeps the token alive.

    :param path: the file, of root or of the user that runs this process; others must not be able to
        read it.
    """

    shows = ("path",)
    logs_in = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__("token")
        if not is_path(path):
            self._fail("path", "the path of a file", path)
        self.path = self.watched_file = os.fspath(path)

    def file_problem(self) -> str:
        """Return why the file would be rejected. It need not be there yet."""
        if os.path.exists(self.path):
            try:
                read_file(self.path, private=True)
            except ValueError as error:
                return f"the token file {quote(self.path)}: {error}"
        return ""

    async def log_in(self, login: Login) -> Token:
        """Return the token that the file holds."""
        login.memory["file_stamp"] = await login.servers.run(login.context, self.file_stamp)
        value = await login.file(self.path, "the token file", private=True)
        return await login.existing_token(value, f"correct the file {quote(self.path)}")


class VaultAuthenticatorKubernetes(VaultAuthenticator):
    """The service account of the pod that the master runs in.

    :param role: the role of the auth method.
    :param jwt_path: the file with the account's token, read at each login.
    :param mount: where the auth method is mounted.
    """

    shows = ("role", "jwt_path", "mount")

    def __init__(
        self, role: str, *, jwt_path: str = _SERVICE_ACCOUNT, mount: str = "kubernetes"
    ) -> None:
        super().__init__(mount)
        self.role = self._name("role", role)
        if not is_path(jwt_path):
            self._fail("jwt_path", "the path of a file", jwt_path)
        self.jwt_path = jwt_path

    async def log_in(self, login: Login) -> Token:
        """Log in with what the file holds now."""
        jwt = await login.file(self.jwt_path, "jwt_path", private=False)
        return await login.token(
            login.api.hvac.auth.kubernetes.login(
                role=self.role, jwt=jwt, use_token=False, mount_point=self.mount
            ),
            f"check role={self.role!r}, mount={self.mount!r} and the role's bound service accounts",
        )


class VaultAuthenticatorJwt(VaultAuthenticator):
    """A signed token (JWT) of an issuer that the server knows by keys or by OIDC discovery.

    :param role: the role of the auth method.
    :param jwt: the signed token; a renderable is rendered at each login.
    :param mount: where the auth method is mounted.
    """

    shows = ("role", "mount")

    def __init__(self, role: str, jwt: object, *, mount: str = "jwt") -> None:
        super().__init__(mount)
        self.role = self._name("role", role)
        self.jwt = self._secret("jwt", jwt)

    async def log_in(self, login: Login) -> Token:
        """Log in."""
        jwt = (await login.text(self.jwt)).strip()
        return await login.token(
            login.api.hvac.auth.jwt.jwt_login(
                role=self.role, jwt=jwt, use_token=False, path=self.mount
            ),
            f"check role={self.role!r}, mount={self.mount!r}, and the jwt's age and claims",
        )


class VaultAuthenticatorCert(VaultAuthenticator):
    """The provider's ``client_cert``, which TLS shows to the server.

    :param role: the certificate role; any role that matches by default.
    :param mount: where the auth method is mounted.
    """

    shows = ("role", "mount")

    def __init__(self, role: str | None = None, *, mount: str = "cert") -> None:
        super().__init__(mount)
        self.role = None if role is None else self._name("role", role)

    async def log_in(self, login: Login) -> Token:
        """Log in."""
        # hvac's own method reads certificate files itself.
        body = {} if self.role is None else {"name": self.role}
        return await login.token(
            login.api.hvac.adapter.post(f"/v1/auth/{self.mount}/login", json=body),
            f"check client_cert, role={self.role!r} and mount={self.mount!r}",
        )


class VaultAuthenticatorUserpass(VaultAuthenticator):
    """A user and a password that the server keeps.

    :param username: the user.
    :param password: the password.
    :param mount: where the auth method is mounted.
    """

    shows = ("username", "mount")

    def __init__(self, username: str, password: object, *, mount: str = "userpass") -> None:
        super().__init__(mount)
        self.username = self._name("username", username)
        self.password = self._secret("password", password)

    async def log_in(self, login: Login) -> Token:
        """Log in."""
        password = await login.text(self.password)
        return await login.token(
            self._method(login).login(
                username=self.username,
                password=password,
                use_token=False,
                mount_point=self.mount,
            ),
            f"check username={self.username!r}, password and mount={self.mount!r}",
        )

    def _method(self, login: Login) -> Any:  # noqa: ANN401 - hvac has no types
        return login.api.hvac.auth.userpass


class VaultAuthenticatorLdap(VaultAuthenticatorUserpass):
    """A user and a password that a directory keeps; the arguments are those of userpass.

    :param username: the user.
    :param password: the password.
    :param mount: where the auth method is mounted.
    """

    def __init__(self, username: str, password: object, *, mount: str = "ldap") -> None:
        super().__init__(username, password, mount=mount)

    def _method(self, login: Login) -> Any:  # noqa: ANN401 - hvac has no types
        return login.api.hvac.auth.ldap
