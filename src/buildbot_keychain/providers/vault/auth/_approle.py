"""`VaultAuthenticatorApprole`: AppRole, also with a secret-id that comes wrapped.

A wrapping token can be unwrapped once: where it is used up, somebody else has the secret-id
(https://openbao.org/docs/concepts/response-wrapping/). So it is checked first who made it, and only
then unwrapped.
"""

from __future__ import annotations

import hashlib
import re

from buildbot_keychain.details import SECRET_ID, Expiry
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.auth._authenticators import VaultAuthenticator
from buildbot_keychain.providers.vault.auth._login import Login
from buildbot_keychain.providers.vault.auth._token import Token
from buildbot_keychain.providers.vault.transport import VaultRefused
from buildbot_keychain.times import rfc_3339


class VaultAuthenticatorApprole(VaultAuthenticator):
    """AppRole, for machines.

    :param role_id: the id of the role.
    :param secret_id: its password; ``None`` where the role needs none.
    :param wrapped: whether `secret_id` is a response-wrapping token, which can be unwrapped once;
        the secret-id is then kept in memory, and a master that starts again needs a new token.
    :param role_name: the role whose secret-id must be wrapped; any role of `mount` by default.
        Where it is given, and the token may look its secret-id up, it is said when that ends.
    :param mount: where the auth method is mounted.
    :param roleId: Buildbot's name of `role_id`.
    :param secretId: Buildbot's name of `secret_id`.
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
            self._fail("wrapped", "True or False", wrapped)
        self.wrapped = wrapped
        self.role_name = None if role_name is None else self._name("role_name", role_name)

    async def log_in(self, login: Login) -> Token:
        """Log in, after unwrapping the secret-id if need be."""
        role_id = (await login.text(self.role_id)).strip()
        secret_id: str | None = None
        if self.secret_id is not None:
            secret_id = (await login.text(self.secret_id)).strip()
            if self.wrapped:
                secret_id = await self._unwrap(secret_id, login)
        request = login.api.hvac.auth.approle.login(
            role_id=role_id, secret_id=secret_id, use_token=False, mount_point=self.mount
        )
        return await login.token(request, f"check role_id, secret_id and mount={self.mount!r}")

    async def expiries(self, login: Login, token: Token) -> list[Expiry]:
        """Return when the secret-id ends, where `role_name` is given and `token` may look at it."""
        if self.secret_id is None or self.role_name is None:
            return []
        secret_id = (await login.text(self.secret_id)).strip()
        if self.wrapped:
            _, secret_id = login.memory.get("secret_id", ("", secret_id))
        path = f"/v1/auth/{self.mount}/role/{self.role_name}/secret-id/lookup"
        request = login.api.hvac.adapter.post(path, json={"secret_id": secret_id})
        try:
            answer = await login.servers.send(login.context, request, token.value)
        except VaultRefused:  # its policy does not allow that
            return []
        data = answer.get("data") or {}
        begin, end = (rfc_3339(data.get(f"{name}_time")) for name in ("creation", "expiration"))
        if end is None or end <= 0:  # of the year 1, where it has no end
            return []
        remedy = f"give the provider another one: the secret-id is of the role {self.role_name}"
        life = None if begin is None else end - begin
        return [Expiry(SECRET_ID, "the secret-id", end, remedy, life)]

    async def _unwrap(self, wrapping_token: str, login: Login) -> str:
        """Return the secret-id behind a wrapping token, after checking who made that."""
        digest = hashlib.sha256(wrapping_token.encode()).digest()
        known: tuple[bytes, str] | None = login.memory.get("secret_id")
        if known is not None and known[0] == digest:
            return known[1]
        hint = (
            "the wrapping token has ended or was unwrapped before. If none of your own programs "
            "did that, somebody has the secret-id: destroy it; then wrap a new one"
        )
        request = login.api.hvac.adapter.post(
            "/v1/sys/wrapping/lookup", json={"token": wrapping_token}
        )
        found = await login.send(request, hint)
        role = re.escape(self.role_name) if self.role_name else "[^/]+"
        creation_path = str((found.get("data") or {}).get("creation_path"))
        if not re.fullmatch(f"auth/{re.escape(self.mount)}/role/{role}/secret-id", creation_path):
            reason = (
                f"the wrapping token was made by {quote(creation_path)}, not by the secret-id of a "
                f"role of auth/{self.mount}: somebody may have exchanged it; do not use it"
            )
            raise login.context.denied(reason)
        answer = await login.send(login.api.hvac.sys.unwrap(), hint, token=wrapping_token)
        secret_id = (answer.get("data") or {}).get("secret_id")
        if not isinstance(secret_id, str):
            reason = "the wrapping token does not hold a secret-id; wrap a new one"
            raise login.context.denied(reason)
        login.memory["secret_id"] = (digest, secret_id)
        return secret_id
