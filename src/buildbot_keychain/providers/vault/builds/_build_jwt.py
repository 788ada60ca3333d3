"""`VaultBuildJwt`: a login for each build, by a token (JWT) that the master signs.

The master vouches for builder, project and branch, and the server's own policy decides what they
may do (https://openbao.org/docs/auth/jwt/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote as url_quote

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import KeychainError, quote
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.providers.vault.builds import _jwt_issuer as jwt_issuer
from buildbot_keychain.providers.vault.builds._build_access import (
    CLAIMS,
    BuildAccess,
    Means,
    ScopeToken,
    claims_of,
    filled,
    scope_token,
)
from buildbot_keychain.providers.vault.builds._template import Template
from buildbot_keychain.providers.vault.secrets._names import may_be_a_path
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refused


class VaultBuildJwt(BuildAccess):
    """A login for each build, by a token (JWT) that the master signs.

    Its claims are ``builder``, ``project``, ``branch`` and ``build`` (the number), those that are
    known, and ``iss``, ``aud``, ``sub`` (the builder), ``iat``, ``nbf``, ``exp`` and ``jti``. The
    branch and the project are those of the build's source stamp, whatever its properties say.

    :param role: the role of the auth method; may have places, as policies of `VaultChildTokens`.
    :param key: the private key in PEM; a renderable is rendered for each login.
    :param issuer: what ``iss`` says: the URL of this Buildbot.
    :param audience: what ``aud`` says; the role must bind it.
    :param algorithm: ``EdDSA`` for Ed25519, ``ES256``, ``ES384``, ``RS256``, ….
    :param key_id: what the header's ``kid`` says, where the server has several keys.
    :param mount: where the auth method is mounted.
    :param lifetime: seconds until the JWT ends; it is used at once.
    """

    def __init__(
        self,
        role: str,
        key: object,
        *,
        issuer: str,
        audience: str = "vault",
        algorithm: str = "EdDSA",
        key_id: str | None = None,
        mount: str = "jwt",
        lifetime: int = 60,
    ) -> None:
        self.template("role", role)
        self.role = role
        if not IRenderable.providedBy(key) and not (isinstance(key, str) and key.strip()):
            self.fail_config("key", "a renderable such as Secret('file!name')", type(key).__name__)
        self.key = key
        for option, value in (
            ("issuer", issuer),
            ("audience", audience),
            ("key_id", key_id or "-"),
        ):
            if not isinstance(value, str) or not value.strip():
                self.fail_config(option, "a str that is not blank", type(value).__name__)
        self.issuer, self.audience, self.key_id = issuer, audience, key_id
        if algorithm not in jwt_issuer.ALGORITHMS:
            self.fail_config(
                "algorithm", f"one of {', '.join(jwt_issuer.ALGORITHMS)}", quote(algorithm)
            )
        self.algorithm = algorithm
        if not isinstance(mount, str) or not may_be_a_path(mount.strip("/")):
            self.fail_config("mount", "a path such as 'jwt'", quote(mount))
        self.mount = mount.strip("/")
        self.lifetime = self.seconds("lifetime", lifetime, 10)

    async def open(self, means: Means, lookup: Lookup, requester: Requester | None) -> ScopeToken:
        """Sign a JWT and log in with it."""
        role = filled(Template(self.role), requester, lookup)
        key = await self._rendered_key(means, lookup)
        claims = {
            **claims_of(requester),
            **jwt_issuer.registered_claims(
                self.issuer,
                self.audience,
                requester.builder or requester.kind if requester else "service",
                means.wall(),
                self.lifetime,
            ),
        }
        connection, problem = means.session.connection, None
        try:
            signed = await connection.run(
                lookup, lambda: jwt_issuer.signed(claims, key, self.algorithm, self.key_id)
            )
        except jwt_issuer.CannotSign as error:
            problem = error.reason
        if problem is not None:
            raise lookup.failed(problem)
        try:
            answer = await connection.call(
                lookup,
                lambda client: client.adapter.post(
                    f"/v1/auth/{url_quote(self.mount)}/login", json={"role": role, "jwt": signed}
                ),
            )
        except Refused as refused:
            problem = self._denied(refused, role, claims)
        if problem is not None:
            raise lookup.denied(problem)
        return scope_token(answer, means, lookup)

    async def _rendered_key(self, means: Means, lookup: Lookup) -> object:
        if not IRenderable.providedBy(self.key):
            return self.key
        try:
            return await means.render(self.key)
        except KeychainError as error:
            reason, retryable = f"build_access has no key: {error}", error.retryable
        # Not what it was: a key that no provider holds is not a secret that is not held.
        raise lookup.unavailable(reason) if retryable else lookup.failed(reason)

    def _denied(self, refused: Refused, role: str, claims: Mapping[str, Any]) -> str:
        said = ", ".join(f"{name}={quote(claims[name])}" for name in CLAIMS if name in claims)
        return (
            f"the server denies the login of a build with {said or 'no build'} ({refused.reason}): "
            f"check role={role!r} and its bound_claims, bound_audiences={self.audience!r}, "
            f"mount={self.mount!r}, issuer={self.issuer!r} and the public key"
        )

    def __repr__(self) -> str:
        return (
            f"VaultBuildJwt({self.role!r}, issuer={self.issuer!r}, audience={self.audience!r}, "
            f"algorithm={self.algorithm!r}, mount={self.mount!r})"
        )
