"""The life of a token: one login, renewals, ends, revocations, and requests that are denied."""

from __future__ import annotations

import subprocess
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from buildbot_keychain.errors import AccessDenied, ProviderError
from buildbot_keychain.providers.vault import SecretInVault, VaultAuthenticatorApprole
from tests.support.openbao import engines, logins
from tests.support.openbao.proxy import Answer, Pass, Proxy, Request
from tests.support.ports import free_port
from tests.support.real_processes import command_path
from tests.support.vault.case import ClockReactor, OneServerTestCase

LOGIN, RENEWAL = "/v1/auth/approle/login", "/v1/auth/token/renew-self"


class TokenTestCase(OneServerTestCase):
    """Tests with AppRole behind a proxy that counts."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        logins.enable_auth(cls.server.root, "approle")
        engines.write_kv(cls.server.root, "ci/app", value="for-those-who-log-in")
        for number in range(20):
            engines.write_kv(cls.server.root, f"ci/n{number}", value=f"value-{number}")
        logins.write_policy(cls.server.root, "ci", ("secret/data/ci/*", ["read"]))

    def setUp(self) -> None:
        super().setUp()
        self.hide("for-those-who-log-in")
        self.front = self.proxy(self.server)

    def role(self, **parameters: Any) -> VaultAuthenticatorApprole:
        self.name = self.id().rpartition(".")[2]
        role_id, secret_id = logins.approle(self.root, self.name, "ci", **parameters)
        return VaultAuthenticatorApprole(self.hide(role_id), self.hide(secret_id))

    def behind(self, authenticator: Any, **arguments: Any) -> SecretInVault:
        return self.provider(self.front.address, authenticator, **arguments)

    async def reads(self, provider: SecretInVault) -> None:
        self.assertEqual(await provider.get("ci/app"), "for-those-who-log-in")

    def count(self, path: str) -> int:
        return [request.path for request in self.front.requests].count(path)

    def seen(self, path: str) -> Deferred[Request]:
        return self.front.request(lambda request: request.path == path)

    def revoke_tokens(self) -> None:
        for accessor in self.root.list("auth/token/accessors"):
            found = self.root.write("auth/token/lookup-accessor", accessor=accessor)
            if found["path"].startswith("auth/approle/"):
                self.root.write("auth/token/revoke-accessor", accessor=accessor)


class LoginTests(TokenTestCase):
    """How often there is a login."""

    async def test_many_lookups_wait_for_one_login(self) -> None:
        provider = self.behind(self.role())
        names = [f"ci/n{number % 20}" for number in range(500)]
        values = await gatherResults([provider.get(name) for name in names])
        self.assertEqual(values, [f"value-{number % 20}" for number in range(500)])
        self.assertEqual(self.count(LOGIN), 1)

    async def test_many_lookups_find_the_token_revoked_and_wait_for_one_login(self) -> None:
        provider = self.behind(self.role())
        await self.reads(provider)
        self.revoke_tokens()
        names = [f"ci/n{number % 20}" for number in range(500)]
        values = await gatherResults([provider.get(name) for name in names])
        self.assertEqual(values, [f"value-{number % 20}" for number in range(500)])
        self.assertEqual(self.count(LOGIN), 2)

    async def test_a_lookup_that_is_cancelled_ends_no_login_for_the_others(self) -> None:
        provider = self.behind(self.role())
        asked = self.seen(LOGIN)
        first, second = provider.get("ci/app"), provider.get("ci/app")
        await asked
        first.cancel()
        await self.assertFailure(first, Exception)
        self.assertEqual(await second, "for-those-who-log-in")

    async def test_what_is_denied_makes_one_login_and_names_the_policy(self) -> None:
        clock = ClockReactor()
        provider = self.behind(self.role(), reactor=clock)
        await self.reads(provider)
        for _ in range(3):
            error = await self.fails(provider.get("denied/app"), AccessDenied)
            self.assertIn("its policy must allow the path", str(error))
        self.assertEqual(self.count(LOGIN), 2)
        clock.advance(60)
        await self.fails(provider.get("denied/app"), AccessDenied)
        self.assertEqual(self.count(LOGIN), 3)
        await self.reads(provider)

    async def test_a_token_that_the_server_does_not_know_is_what_the_error_says(self) -> None:
        """At the first lookup, where it is asked what is mounted, and later."""
        wrong = self.hide("s.aaaaaaaaaaaaaaaaaaaaaaaa")
        revoked = self.hide(logins.token(self.root, "ci"))
        unnamed = self.hide(logins.token(self.root, "ci", no_default_policy=True))
        providers = [self.provider(self.server.address, token) for token in (revoked, unnamed)]
        for provider in providers:
            await self.reads(provider)
            error = await self.fails(provider.get("denied/app"), AccessDenied)
            self.assertIn("denied to a token that is alive: its policy must allow", str(error))
        for token in (revoked, unnamed):
            self.root.write("auth/token/revoke", token=token)
        new = [self.provider(self.server.address, token) for token in (wrong, revoked)]
        fixed = self.provider(self.server.address, wrong, api_version=2)
        for provider in (*providers, *new, fixed):
            for name in ("ci/app", "denied/app"):
                error = await self.fails(provider.get(name), AccessDenied)
                self.assertIn("the server does not know the token: it is wrong", str(error))
                self.assertNotIn("policy", str(error))
                self.assertNotIn("mount", str(error))

    async def test_wrong_namespaces_and_schemes_get_a_hint(self) -> None:
        provider = self.provider(self.server.address, self.root.token, namespace="nowhere")
        error = await self.fails(provider.get("ci/app"), ProviderError)
        self.assertIn("has no such namespace; correct the argument namespace", str(error))

    async def test_a_proxy_that_adds_the_token(self) -> None:
        directory, port = self.directory(), free_port()
        token = directory / "token"
        token.touch(mode=0o600)
        token.write_text(self.hide(logins.token(self.root, "ci")))
        configuration = directory / "proxy.hcl"
        configuration.write_text(
            f"""
            vault {{ address = "{self.server.address}" }}
            auto_auth {{ method {{
              type = "token_file"
              config = {{ token_file_path = "{token}" }}
            }} }}
            api_proxy {{ use_auto_auth_token = true }}
            listener "tcp" {{
              address = "127.0.0.1:{port}"
              tls_disable = true
            }}
            """
        )
        proxy = subprocess.Popen(
            [command_path("bao"), "proxy", f"-config={configuration}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.kill)
        await self.reads(self.provider(f"http://127.0.0.1:{port}", None))

    async def test_no_token_where_nothing_adds_one(self) -> None:
        provider = self.provider(self.server.address, None)
        error = await self.fails(provider.get("ci/app"), AccessDenied)
        self.assertIn("no token was sent: give an authenticator", str(error))

    async def test_a_policy_that_was_changed_is_seen(self) -> None:
        provider = self.behind(self.role())
        await self.reads(provider)
        self.store("new/app", value="newly-allowed")
        logins.write_policy(self.root, "new", ("secret/data/new/*", ["read"]))
        self.root.write(f"auth/approle/role/{self.name}", token_policies=["ci", "new"])
        self.assertEqual(await provider.get("new/app"), "newly-allowed")

    async def test_a_login_whose_answer_is_lost_is_not_repeated_for_the_same_lookup(self) -> None:
        provider = self.behind(self.role())
        self.front.fault = Answer("502 Bad Gateway", b"<html>")
        self.front.chosen = lambda request: request.path == LOGIN
        error = await self.fails(provider.get("ci/app"), Exception)
        self.assertIn("it is not retried", str(error))
        self.assertEqual(self.count(LOGIN), 1)
        self.front.fault = Pass()
        await self.reads(provider)


class RenewalTests(TokenTestCase):
    """What happens by itself while the service runs."""

    async def test_a_token_is_renewed_before_half_of_its_life_is_gone(self) -> None:
        clock = ClockReactor()
        provider = self.behind(self.role(token_ttl="60s"), reactor=clock, timeout=30)
        await self.reads(provider)
        for _ in range(3):
            renewed = self.seen(RENEWAL)
            clock.advance(29)
            await renewed
            await clock.planned(15, 20)
            await self.reads(provider)
        self.assertEqual(self.count(LOGIN), 1)

    async def test_it_is_renewed_at_a_lookup_where_the_service_was_never_started(self) -> None:
        clock = ClockReactor()
        provider = SecretInVault(self.front.address, self.role(token_ttl="60s"), reactor=clock)
        self.addCleanup(provider.stopService)
        await self.reads(provider)
        clock.advance(29)
        self.assertEqual(self.count(RENEWAL), 0)
        renewed = self.seen(RENEWAL)
        await self.reads(provider)
        await renewed

    async def test_when_renewing_gains_nothing_more_there_is_a_new_login(self) -> None:
        provider = self.behind(self.role(token_ttl="2s", token_max_ttl="3s"))
        await self.reads(provider)
        await self.seen(RENEWAL)
        await self.seen(LOGIN)
        await self.reads(provider)
        self.assertEqual(self.count(LOGIN), 2)

    async def test_a_token_that_cannot_be_renewed_is_replaced(self) -> None:
        clock = ClockReactor()
        login = self.role(token_ttl="60s", token_type="batch")
        provider = self.behind(login, reactor=clock)
        await self.reads(provider)
        replaced = self.seen(LOGIN)
        clock.advance(29)
        await replaced
        await self.reads(provider)
        self.assertEqual((self.count(LOGIN), self.count(RENEWAL)), (2, 0))

    async def test_a_token_that_was_revoked_is_replaced(self) -> None:
        clock = ClockReactor()
        provider = self.behind(self.role(token_ttl="60s"), reactor=clock)
        await self.reads(provider)
        self.revoke_tokens()
        replaced = self.seen(LOGIN)
        clock.advance(29)
        await replaced
        await self.reads(provider)

    async def test_a_renewal_that_fails_is_tried_again(self) -> None:
        provider = self.behind(self.role(token_ttl="8s"), timeout=1)
        await self.reads(provider)
        self.front.fault = Answer("503 Service Unavailable")
        self.front.chosen = lambda request: request.path == RENEWAL
        await self.seen(RENEWAL)
        await self.reads(provider)
        self.front.fault = Pass()
        await self.seen(RENEWAL)
        await self.reads(provider)
        self.assertEqual(self.count(LOGIN), 1)

    async def test_a_token_that_has_ended_is_replaced_at_the_next_lookup(self) -> None:
        clock = ClockReactor()
        provider = SecretInVault(self.front.address, self.role(token_ttl="60s"), reactor=clock)
        self.addCleanup(provider.stopService)
        await self.reads(provider)
        clock.advance(61)
        await self.reads(provider)
        self.assertEqual(self.count(LOGIN), 2)

    async def test_a_token_that_somebody_must_replace_is_told_of(self) -> None:
        clock = ClockReactor()
        token = logins.token(self.root, "ci", ttl="60s", renewable=False)
        provider = self.behind(self.hide(token), reactor=clock)
        await self.reads(provider)
        clock.advance(29)
        self.assertRegex(self.logged(), "it ends in 3[01] seconds and cannot be renewed")
        await self.reads(provider)

    async def test_a_token_that_can_be_renewed_is_renewed_whoever_made_it(self) -> None:
        clock = ClockReactor()
        token = self.hide(logins.token(self.root, "ci", ttl="60s"))
        provider = self.behind(token, reactor=clock)
        await self.reads(provider)
        renewed = self.seen(RENEWAL)
        clock.advance(29)
        await renewed


class RestartTests(TokenTestCase):
    """The service is stopped and started again."""

    async def test_it_logs_in_anew(self) -> None:
        provider = self.behind(self.role())
        await self.reads(provider)
        provider.stopService()
        await self.fails(provider.get("ci/app"), Exception)
        provider.startService()
        await self.reads(provider)
        self.assertEqual(self.count(LOGIN), 2)

    async def test_lookups_that_wait_end_when_it_stops(self) -> None:
        self.front = Proxy(self.server.port)
        provider = self.behind(self.role())
        lookups = [provider.get("ci/app") for _ in range(3)]
        provider.stopService()
        for lookup in lookups:
            await self.assertFailure(lookup, Exception)
