"""Secrets engines: what an administrator sets up before anybody can read from them."""

from __future__ import annotations

from tests.support.openbao.api import Api
from tests.support.openbao.waiting import wait_until
from tests.support.postgresql import PostgreSQL

_CREATE = (
    """CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'""",
    """GRANT CONNECT ON DATABASE buildbot TO "{{name}}\"""",
)


def enable_kv(api: Api, path: str = "secret", version: int = 2) -> None:
    """Mount a key-value engine; it can be used when this returns."""
    api.write(f"sys/mounts/{path}", type="kv", options={"version": str(version)})
    # A new engine of version 2 refuses everything for a moment.
    probe = f"{path}/metadata" if version == 2 else path
    wait_until(lambda: api.list(probe) == [], f"{path} can be used")


def write_kv(api: Api, name: str, *, mount: str = "secret", version: int = 2, **data: str) -> None:
    """Store the fields `data` of one secret."""
    if version == 2:
        api.write(f"{mount}/data/{name}", data=data)
    else:
        api.write(f"{mount}/{name}", **data)


def enable_database(
    api: Api,
    server: PostgreSQL,
    role: str = "ro",
    *,
    path: str = "database",
    ttl: str = "1h",
    max_ttl: str = "24h",
) -> None:
    """Mount a database engine with one role; its credentials are roles of `server`."""
    api.write(f"sys/mounts/{path}", type="database")
    api.write(
        f"{path}/config/postgres",
        plugin_name="postgresql-database-plugin",
        allowed_roles="*",
        connection_url=f"postgresql://{{{{username}}}}@/buildbot?host={server.directory}",
        username="keychain",
        password="",
    )
    api.write(
        f"{path}/roles/{role}",
        db_name="postgres",
        creation_statements=list(_CREATE),
        revocation_statements=[
            """REVOKE CONNECT ON DATABASE buildbot FROM "{{name}}\"""",
            """DROP ROLE IF EXISTS "{{name}}\"""",
        ],
        default_ttl=ttl,
        max_ttl=max_ttl,
    )


def enable_pki(api: Api, role: str = "web", *, path: str = "pki", ttl: str = "1h") -> None:
    """Mount a certificate authority that issues for names in ``example.test``, with a lease."""
    api.write(f"sys/mounts/{path}", type="pki", config={"max_lease_ttl": "240h"})
    api.write(f"{path}/root/generate/internal", common_name="example.test authority", key_type="ec")
    api.write(
        f"{path}/roles/{role}",
        allowed_domains=["example.test"],
        allow_subdomains=True,
        generate_lease=True,
        key_type="ec",
        key_bits=256,
        max_ttl=ttl,
    )


def enable_ssh(api: Api, role: str = "deploy", *, path: str = "ssh", user: str = "ci") -> None:
    """Mount an SSH authority that signs keys of users for the login `user`."""
    api.write(f"sys/mounts/{path}", type="ssh")
    api.write(f"{path}/config/ca", generate_signing_key=True, key_type="ed25519")
    api.write(
        f"{path}/roles/{role}",
        key_type="ca",
        allow_user_certificates=True,
        allowed_users=user,
        default_user=user,
        default_extensions={"permit-pty": ""},
        ttl="30m",
    )


def leases(api: Api, prefix: str = "") -> list[str]:
    """Return the ids of the leases whose path begins with `prefix`, a mount or ``auth/`` path."""
    found = []
    for key in api.list(f"sys/leases/lookup/{prefix}"):
        if key.endswith("/"):
            found += leases(api, f"{prefix}{key}")
        else:
            found.append(f"{prefix}{key}")
    return found
