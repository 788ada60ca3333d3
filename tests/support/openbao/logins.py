"""Policies, auth methods, namespaces and quotas: who may log in, and what they may then do."""

from __future__ import annotations

from tests.support.openbao.api import Api
from tests.support.openbao.certificates import Certificate


def write_policy(api: Api, name: str, *rules: tuple[str, list[str]]) -> None:
    """Write a policy of rules such as ``("secret/data/*", ["read"])``."""
    text = "\n".join(
        f'path "{path}" {{ capabilities = [{", ".join(f"{able!r}" for able in abilities)}] }}'
        for path, abilities in rules
    )
    api.write(f"sys/policies/acl/{name}", policy=text.replace("'", '"'))


def token(api: Api, *policies: str, **parameters: object) -> str:
    """Make a token with these policies, and no more."""
    made = api.write("auth/token/create", policies=list(policies), **parameters)
    return str(made["client_token"])


def enable_auth(api: Api, kind: str, path: str | None = None) -> str:
    """Mount an auth method; give its path."""
    api.write(f"sys/auth/{path or kind}", type=kind)
    return path or kind


def approle(
    api: Api, role: str, *policies: str, path: str = "approle", **parameters: object
) -> tuple[str, str]:
    """Make a role of a mounted AppRole method; give its role-id and a secret-id."""
    base = f"auth/{path}/role/{role}"
    api.write(base, token_policies=list(policies), **parameters)
    role_id = api.read(f"{base}/role-id")["role_id"]
    return str(role_id), str(api.write(f"{base}/secret-id")["secret_id"])


def wrapped_secret_id(api: Api, role: str, path: str = "approle", ttl: str = "5m") -> str:
    """Make another secret-id of a role; give the token that it is wrapped in."""
    return api.wrapped(f"auth/{path}/role/{role}/secret-id", ttl)


def userpass(api: Api, user: str, password: str, *policies: str, path: str = "userpass") -> None:
    """Make a user of a mounted userpass method."""
    api.write(f"auth/{path}/users/{user}", password=password, token_policies=list(policies))


def certificate_role(
    api: Api, role: str, certificate: Certificate, *policies: str, path: str = "cert"
) -> None:
    """Let the owner of a client certificate log in by a mounted certificate method."""
    api.write(
        f"auth/{path}/certs/{role}",
        certificate=certificate.certificate.read_text(),
        token_policies=list(policies),
    )


def jwt_role(
    api: Api,
    role: str,
    public_key: str,
    *policies: str,
    path: str = "jwt",
    audience: str = "openbao",
    user_claim: str = "sub",
    **parameters: object,
) -> None:
    """Let who has a JWT signed for `public_key` (PEM) log in by a mounted JWT method."""
    api.write(f"auth/{path}/config", jwt_validation_pubkeys=[public_key])
    api.write(
        f"auth/{path}/role/{role}",
        role_type="jwt",
        bound_audiences=[audience],
        user_claim=user_claim,
        token_policies=list(policies),
        **parameters,
    )


def make_namespace(api: Api, name: str) -> Api:
    """Make a namespace; give the API within it."""
    api.write(f"sys/namespaces/{name}")
    return api.within(name)


def limit_rate(api: Api, name: str, rate: float, path: str = "") -> None:
    """Answer 429, with ``Retry-After``, to more than `rate` requests a second of one client.

    :param api: of the root namespace.
    :param path: where it counts: a namespace, a mount or a path below one.
    """
    api.write("sys/quotas/config", enable_rate_limit_response_headers=True)
    api.write(f"sys/quotas/rate-limit/{name}", rate=rate, path=path, interval="1s")


def lift_rate(api: Api, name: str) -> None:
    """Take a limit away."""
    api.delete(f"sys/quotas/rate-limit/{name}")
