"""`VaultBuildJwt`: a login for each build, by a token (JWT) that the master signs.

The master vouches for builder, project, repository and branch, and the server's own policy decides
what they may do (https://openbao.org/docs/auth/jwt/). The claims are those of RFC 7519. This is the
one module that imports pyjwt; the key is never in an error.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from twisted.logger import Logger

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError, StoreError, quote
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.providers.vault.auth import Token, render_secret
from buildbot_keychain.providers.vault.builds._build_access import (
    AccessDependencies,
    BuildAccess,
    fill_in,
    revocable_token,
)
from buildbot_keychain.providers.vault.builds._facts import FACTS, known_facts
from buildbot_keychain.providers.vault.secrets import parse_api_path
from buildbot_keychain.providers.vault.transport import RequestContext, VaultRefused
from buildbot_keychain.store.signing_keys import make_private_key, public_key_of

ALGORITHMS = ("EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256")
"""What signs with a private key (RFC 7518, RFC 8037), and what Vault and OpenBao can check."""

_log = Logger()

_MADE_HERE = object()
"""A key that the master makes: not ``None``, which may be one that was not found."""

_LEEWAY = 5
"""Seconds that the server's clock may be behind."""


class VaultBuildJwt(BuildAccess):
    """A login for each build, by a token (JWT) that the master signs.

    Its claims are ``builder``, ``project``, ``repository``, ``branch``, ``build`` (the number),
    ``patched`` and ``outside`` (true or false) and ``scheduler`` (``rebuild`` for what somebody has
    repeated), those that are known, and ``iss``, ``aud``, ``sub`` (the builder), ``iat``, ``nbf``,
    ``exp`` and ``jti``. They are the master's own, whatever the build's properties say. There is no
    ``branch`` if a patch is applied, as ``buildbot try`` does, for a merge request or what it has
    triggered, if somebody has chosen the revision, if a tag is built, or if source stamps differ in
    it.

    :param role: the role of the auth method; may depend on the requester, as the policies of
        `VaultChildTokens`.
    :param key: the private key in PEM; a renderable is rendered for each login. By default, the
        master makes one at the first login and keeps it sealed in its database, which needs
        ``SecretManager(key_file=...)``; masters that share the database share the key. The log has
        the public key.
    :param issuer: the claim ``iss``: the URL of this Buildbot.
    :param audience: the claim ``aud``; the role must bind it.
    :param algorithm: ``EdDSA`` for Ed25519, ``ES256``, ``ES384``, ``RS256``, ….
    :param key_id: the header's ``kid``, where the server has several keys.
    :param mount: where the auth method is mounted.
    :param lifetime: seconds until the JWT ends; it is used at once.
    """

    def __init__(
        self,
        role: str,
        key: object = _MADE_HERE,
        *,
        issuer: str,
        audience: str = "vault",
        algorithm: str = "EdDSA",
        key_id: str | None = None,
        mount: str = "jwt",
        lifetime: int = 60,
    ) -> None:
        self.role = self.check_template("role", role, "role")
        self.key = None if key is _MADE_HERE else SecretArgument(type(self).__name__, "key", key)
        self.issuer = self.check_text("issuer", issuer)
        self.audience = self.check_text("audience", audience)
        self.key_id = self.check_text("key_id", key_id) if key_id else None
        if algorithm not in ALGORITHMS:
            wanted = f"one of {', '.join(ALGORITHMS)}"
            self.fail_config("algorithm", wanted, f"it is {quote(algorithm)}")
        self.algorithm = algorithm
        path = parse_api_path(mount)
        if path is None:
            self.fail_config("mount", "a path such as 'jwt'", f"it is {quote(mount)}")
        self.mount = path
        self.lifetime = self.check_seconds("lifetime", lifetime, 10)

    async def open(
        self,
        dependencies: AccessDependencies,
        context: RequestContext,
        requester: Requester | None,
    ) -> Token:
        """Sign a JWT and log in with it."""
        role = fill_in(self.role, requester, context, names="role")
        key = await self._signing_key(dependencies, context)
        claims = {
            **known_facts(requester),
            **registered_claims(
                self.issuer,
                self.audience,
                requester.builder or requester.kind if requester else "service",
                dependencies.wall_clock(),
                self.lifetime,
            ),
        }
        servers = dependencies.servers
        try:
            signed = await servers.run(
                context, lambda: sign(claims, key, self.algorithm, self.key_id)
            )
        except SigningError as error:
            raise context.error(error.reason) from error
        request = servers.api.hvac.auth.jwt.jwt_login(
            role=role, jwt=signed, use_token=False, path=self.mount
        )
        # This may be sent twice, when the first answer is lost: nobody has the token in that
        # answer, and it ends as the role says, as nobody renews it.
        try:
            answer = await servers.send(context, request)
        except VaultRefused as refused:
            raise context.denied(self._explain_refused_login(refused, role, claims)) from refused
        return revocable_token(answer, dependencies.clock, context)

    async def _signing_key(self, dependencies: AccessDependencies, context: RequestContext) -> str:
        if self.key is not None:
            what = "the key of build_access"
            return await render_secret(self.key, what, dependencies.render, context)
        if dependencies.state is None:
            raise context.error("build_access needs key= where no master keeps one for it")
        field, state = f"build_jwt_{self.algorithm}", dependencies.state
        try:
            key = await state.get(field)
            if key is None:
                new = await dependencies.servers.run(
                    context, lambda: make_private_key(self.algorithm)
                )
                key = await state.get_or_set(field, lambda: new)
                _log.info(
                    "provider {provider!r}: a key that signs the logins of builds was made; give "
                    "the server its public key:\n{public_key}",
                    provider=dependencies.provider,
                    public_key=public_key_of(str(key)),
                )
        except StoreError as error:
            raise context.error(f"the key of build_access: {error}") from error
        except ConfigurationError as error:
            raise context.error(f"build_access has no key=, and {error}") from error
        return str(key)

    def _explain_refused_login(
        self, refused: VaultRefused, role: str, claims: Mapping[str, Any]
    ) -> str:
        known = ", ".join(f"{name}={quote(claims[name])}" for name in FACTS if name in claims)
        return (
            f"the server denies the login of a build with {known or 'no build'} "
            f"({refused.reason}): check role={role!r} and its bound_claims, "
            f"bound_audiences={self.audience!r}, mount={self.mount!r}, issuer={self.issuer!r} and "
            "the public key"
        )

    def __repr__(self) -> str:
        return (
            f"VaultBuildJwt({self.role!r}, issuer={self.issuer!r}, audience={self.audience!r}, "
            f"algorithm={self.algorithm!r}, mount={self.mount!r})"
        )


class SigningError(Exception):
    """A JWT cannot be signed; `reason` says what to correct, and nothing about the key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def registered_claims(
    issuer: str, audience: str, subject: str, now: float, lifetime: int
) -> dict[str, Any]:
    """Return the claims on who vouches, to whom, for whom, and for how long.

    :param now: seconds since the epoch.
    :param lifetime: seconds.
    """
    begin = int(now)
    return {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "iat": begin,
        "nbf": begin - _LEEWAY,
        "exp": begin + lifetime,
        "jti": uuid.uuid4().hex,
    }


def sign(claims: Mapping[str, Any], key: str, algorithm: str, key_id: str | None) -> str:
    """Return the signed token. Blocks for a moment.

    :param key: the private key in PEM.
    :raise SigningError: when pyjwt is missing, or that is not such a key.
    """
    try:
        import jwt  # noqa: PLC0415 - an extra
    except ImportError as error:
        msg = "signing needs PyJWT: pip install 'buildbot-keychain[vault]'"
        raise SigningError(msg) from error
    problem = f"the key is not a private key in PEM for {algorithm}, or it is encrypted"
    headers = {"kid": key_id} if key_id else None
    try:
        return str(jwt.encode(dict(claims), f"{key.strip()}\n", algorithm, headers))
    except NotImplementedError as error:
        msg = "signing needs cryptography: pip install 'buildbot-keychain[vault]'"
        raise SigningError(msg) from error
    except (jwt.exceptions.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise SigningError(problem) from error
