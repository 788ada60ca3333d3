"""`VaultAuthenticatorApprole`: AppRole, also with a secret-id that comes wrapped.

A wrapping token can be unwrapped once: whoever finds it used knows that somebody else has the
secret-id (https://openbao.org/docs/concepts/response-wrapping/). Before that it is checked where
the wrapping token was made.
"""

from __future__ import annotations

import hashlib
import re

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth._authenticator import VaultAuthenticator
from buildbot_keychain.providers.vault.auth._login import Login
from buildbot_keychain.providers.vault.auth._token import Token


class VaultAuthenticatorApprole(VaultAuthenticator):
    """AppRole, for machines.

    :param role_id: names the role.
    :param secret_id: what proves it; ``None`` where the role does not bind one.
    :param wrapped: whether `secret_id` is a response-wrapping token, which can be unwrapped once;
        the secret-id is then kept in memory, and a master that starts again needs a new token.
    :param role_name: the role whose secret-id must be wrapped; any role of `mount` by default.
    :param mount: where the auth method is mounted.
    :param roleId: what Buildbot calls `role_id`.
    :param secretId: what Buildbot calls `secret_id`.
    """

    shows = ("wrapped", "role_name", "mount")

    def __init__(
        self,
        role_id: object = None,
        secret_id: object = None,
        *,
        wrapped: bool = False,
        role_name: str | None = None,
        mount: str = "approle",
        roleId: object = None,  # noqa: N803 - Buildbot's
        secretId: object = None,  # noqa: N803 - Buildbot's
    ) -> None:
        super().__init__(mount)
        self.role_id = self._secret("role_id", roleId if role_id is None else role_id)
        given = secretId if secret_id is None else secret_id
        self.secret_id = None if given is None and not wrapped else self._secret("secret_id", given)
        if not isinstance(wrapped, bool):
            self._refuse("wrapped", "True or False", wrapped)
        self.wrapped = wrapped
        self.role_name = None if role_name is None else self._name("role_name", role_name)

    async def log_in(self, login: Login) -> Token:
        """Log in, after unwrapping the secret-id if need be."""
        role_id = (await login.text(self.role_id, "role_id")).strip()
        secret_id: str | None = None
        if self.secret_id is not None:
            secret_id = (await login.text(self.secret_id, "secret_id")).strip()
            if self.wrapped:
                secret_id = await self._unwrapped(secret_id, login)
        return await login.token(
            lambda client: client.auth.approle.login(
                role_id=role_id, secret_id=secret_id, use_token=False, mount_point=self.mount
            ),
            f"check role_id, secret_id and mount={self.mount!r}",
        )

    async def _unwrapped(self, wrapping: str, login: Login) -> str:
        """Give the secret-id inside of a wrapping token, after checking who wrapped it."""
        digest = hashlib.sha256(wrapping.encode()).digest()
        known: tuple[bytes, str] | None = login.memory.get("secret_id")
        if known is not None and known[0] == digest:
            return known[1]
        used = (
            "the wrapping token has ended or was unwrapped before. If none of your own programs "
            "did that, somebody has the secret-id: destroy it; then wrap a new one"
        )
        found = await login.ask(
            lambda client: client.adapter.post("/v1/sys/wrapping/lookup", json={"token": wrapping}),
            used,
        )
        role = re.escape(self.role_name) if self.role_name else "[^/]+"
        created = str((found.get("data") or {}).get("creation_path"))
        if not re.fullmatch(f"auth/{re.escape(self.mount)}/role/{role}/secret-id", created):
            reason = (
                f"the wrapping token was made by {quote(created)}, not by the secret-id of a role "
                f"of auth/{self.mount}: somebody may have exchanged it; do not use it"
            )
            raise login.lookup.denied(reason)
        answer = await login.ask(lambda client: client.sys.unwrap(), used, token=wrapping)
        secret_id = (answer.get("data") or {}).get("secret_id")
        if not isinstance(secret_id, str):
            raise login.lookup.denied("the wrapping token holds no secret-id; wrap a new one")
        login.memory["secret_id"] = (digest, secret_id)
        return secret_id
