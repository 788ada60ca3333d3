"""What the name of a field says."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.fields import Role, role_of


@pytest.mark.parametrize(
    "key",
    [
        *(
            "password",
            "PASSWORD",
            "DB_PASSWORD",
            "dbPassword",
            "db-password",
            "Pwd",
            "passwd",
            "PGPASSWORD",
        ),
        *("token", "accessToken", "access_token", "_authToken", "//h/:_authToken", "PRIVATE-TOKEN"),
        *("api_key", "apiKey", "apikey", "X-Api-Key", "APP_KEY", "AccountKey", "SharedAccessKey"),
        *("secret", "client_secret", "clientSecret", "AWS_SECRET_ACCESS_KEY", "secret_key_base"),
        *("private_key", "client-key-data", "passphrase", "auth", "Authorization", "sig", "pin"),
        *(
            "secret_id",
            "ClearTextPassword",
            "identitytoken",
            "signing.key",
            "credentials",
            "webhook",
        ),
    ],
)
def test_secret(key: str) -> None:
    assert role_of(key) is Role.SECRET


@pytest.mark.parametrize(
    "key",
    [
        *("user", "USERNAME", "login", "host", "PGHOST", "port", "machine", "url", "DATABASE_URL"),
        *("project_id", "client_email", "client_id", "private_key_id", "AWS_ACCESS_KEY_ID", "type"),
        *("region", "AWS_DEFAULT_REGION", "version", "apiVersion", "kind", "namespace", "cluster"),
        *("token_uri", "token_type", "auth_uri", "auth_provider_x509_cert_url", "password_file"),
        *(
            "NODE_ENV",
            "APP_ENV",
            "LOG_LEVEL",
            "CACHE_STORE",
            "certificate-authority-data",
            "public_key",
        ),
        *("credsStore", "credHelpers", "credential.helper", "keyStore", "dn", "bind_dn"),
        *("ssh_public_key", "X-Amz-Credential", "expires_in", "name", "description"),
    ],
)
def test_public(key: str) -> None:
    assert role_of(key) is Role.PUBLIC


@pytest.mark.parametrize(
    "key", ["", "foo", "key", "motto", "A", "1", "https://example.org/package"]
)
def test_unknown(key: str) -> None:
    assert role_of(key) is Role.UNKNOWN
