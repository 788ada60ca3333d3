"""The ways to log in that are a class of a few lines each; AppRole is in `approle`."""

from __future__ import annotations

import os
from typing import Any

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth._authenticator import VaultAuthenticator
from buildbot_keychain.providers.vault.auth._login import Login
from buildbot_keychain.providers.vault.auth._token import Token, is_token

_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"


class VaultAuthenticatorToken(VaultAuthenticator):
    """A token as it is. It is renewed where it can be; when it ends, it must be replaced.

    :param token: the token; rendered anew when it is denied something.
    """

    shows = ()
    logs_in = False

    def __init__(self, token: object) -> None:
        super().__init__("token")
        self.token = self._secret("token", token)
        if isinstance(token, str) and not is_token(token.strip()):
            self._refuse("token", "a word of printable ASCII", token)

    async def log_in(self, login: Login) -> Token:
        """Give the token, with what the server says about it."""
        value = (await login.text(self.token, "the token")).strip()
        return await login.existing(value, "correct the token")


class VaultAuthenticatorTokenFile(VaultAuthenticator):
    """A file that holds a token and nothing else, read again when it changes.

    Whoever writes it, such as an agent with a file sink, keeps the token alive.

    :param path: the file; others must not be able to read it.
    """

    shows = ("path",)
    logs_in = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__("token")
        given = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
        if not isinstance(given, str) or not given or "\0" in given:
            self._refuse("path", "the path of a file", path)
        self.path = self.watched = given

    async def log_in(self, login: Login) -> Token:
        """Give the token that the file holds."""
        login.memory["signature"] = await login.connection.run(login.lookup, self.signature)
        value = await login.file(self.path, "the token file", private=True)
        return await login.existing(value, f"correct the file {quote(self.path)}")


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
        if not isinstance(jwt_path, str) or not jwt_path or "\0" in jwt_path:
            self._refuse("jwt_path", "the path of a file", jwt_path)
        self.jwt_path = jwt_path

    async def log_in(self, login: Login) -> Token:
        """Log in with what the file holds now."""
        jwt = await login.file(self.jwt_path, "jwt_path", private=False)
        return await login.token(
            lambda client: client.auth.kubernetes.login(
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
        jwt = (await login.text(self.jwt, "jwt")).strip()
        return await login.token(
            lambda client: client.auth.jwt.jwt_login(
                role=self.role, jwt=jwt, use_token=False, path=self.mount
            ),
            f"check role={self.role!r}, mount={self.mount!r}, and the jwt's age and claims",
        )


class VaultAuthenticatorCert(VaultAuthenticator):
    """The provider's ``client_cert``, shown when TLS begins.

    :param role: the certificate role; any that matches by default.
    :param mount: where the auth method is mounted.
    """

    shows = ("role", "mount")

    def __init__(self, role: str | None = None, *, mount: str = "cert") -> None:
        super().__init__(mount)
        self.role = None if role is None else self._name("role", role)

    async def log_in(self, login: Login) -> Token:
        """Log in."""
        # hvac's own method insists on files of its own.
        body = {} if self.role is None else {"name": self.role}
        return await login.token(
            lambda client: client.adapter.post(f"/v1/auth/{self.mount}/login", json=body),
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
        password = await login.text(self.password, "password")
        return await login.token(
            lambda client: self._method(client).login(
                username=self.username,
                password=password,
                use_token=False,
                mount_point=self.mount,
            ),
            f"check username={self.username!r}, password and mount={self.mount!r}",
        )

    def _method(self, client: Any) -> Any:  # noqa: ANN401 - hvac has no types
        return client.auth.userpass


class VaultAuthenticatorLdap(VaultAuthenticatorUserpass):
    """A user and a password that a directory keeps; the arguments are those of userpass.

    :param username: the user.
    :param password: the password.
    :param mount: where the auth method is mounted.
    """

    def __init__(self, username: str, password: object, *, mount: str = "ldap") -> None:
        super().__init__(username, password, mount=mount)

    def _method(self, client: Any) -> Any:  # noqa: ANN401 - hvac has no types
        return client.auth.ldap
