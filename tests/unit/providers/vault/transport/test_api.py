"""Requests as hvac builds them."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.transport._api import ApiRequest, VaultApi


class ApiTests(SynchronousTestCase):
    """`VaultApi`."""

    def setUp(self) -> None:
        self.hvac = VaultApi(None).hvac

    def test_a_read(self) -> None:
        request = self.hvac.secrets.kv.v2.read_secret_version(
            "team/a b", version=3, mount_point="kv", raise_on_deleted_version=True
        )
        self.assertEqual(request.method, "GET")
        self.assertEqual(request.target, "/v1/kv/data/team/a%20b?version=3")
        self.assertEqual(request.path, "kv/data/team/a b")
        self.assertEqual(request.body, b"")
        self.assertEqual(request.headers, {"X-Vault-Request": "true", "Accept": "application/json"})

    def test_a_login(self) -> None:
        request = self.hvac.auth.approle.login("role", "secret", use_token=False)
        self.assertEqual((request.method, request.path), ("POST", "auth/approle/login"))
        self.assertEqual(json.loads(request.body), {"role_id": "role", "secret_id": "secret"})
        self.assertEqual(request.headers["Content-Type"], "application/json")
        self.assertNotIn("secret", repr(request))
        self.assertRaises(
            NotImplementedError, self.hvac.auth.approle.login, "role", "secret", use_token=True
        )

    def test_every_method_that_is_used_returns_a_request(self) -> None:
        token = self.hvac.auth.token
        for request, path in (
            (self.hvac.secrets.kv.v1.read_secret("a", mount_point="m"), "m/a"),
            (self.hvac.auth.kubernetes.login("r", "j", use_token=False), "auth/kubernetes/login"),
            (self.hvac.auth.jwt.jwt_login("r", "j", False, "oidc"), "auth/oidc/login"),
            (self.hvac.auth.userpass.login("u", "p", False), "auth/userpass/login/u"),
            (self.hvac.auth.ldap.login("ü", "p", False), "auth/ldap/login/ü"),
            (self.hvac.sys.unwrap(), "sys/wrapping/unwrap"),
            (token.create(role_name="r"), "auth/token/create/r"),
            (token.lookup_self(), "auth/token/lookup-self"),
            (token.renew_self(), "auth/token/renew-self"),
            (token.revoke_accessor("a"), "auth/token/revoke-accessor"),
            (token.revoke_self(), "auth/token/revoke-self"),
            (self.hvac.adapter.get("/v1/sys/health"), "sys/health"),
        ):
            self.assertIsInstance(request, ApiRequest)
            self.assertEqual(request.path, path)
            self.assertTrue(request.target.isascii())

    def test_a_namespace(self) -> None:
        request = VaultApi("team").hvac.auth.token.renew_self()
        self.assertEqual(request.headers["X-Vault-Namespace"], "team")

    def test_what_is_quoted_stays_as_it_is(self) -> None:
        request = self.hvac.adapter.get("/v1/m/a%2520b%3F/ü c")
        self.assertEqual(request.target, "/v1/m/a%2520b%3F/%C3%BC%20c")
