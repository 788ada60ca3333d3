"""What real servers and networks do wrong: the right value, or an error of ours, in time."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from buildbot_keychain.errors import (
    AccessDenied,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.vault import SecretInVault
from tests.support.fakes import DictProvider
from tests.support.openbao import engines, logins
from tests.support.openbao.cluster import Cluster
from tests.support.openbao.proxy import (
    Answer,
    Corrupt,
    Hang,
    Pass,
    Reset,
    Truncate,
)
from tests.support.vault.case import OneServerTestCase, VaultTestCase

SEALED = Answer("503 Service Unavailable", b'{"errors":["Vault is sealed"]}')

_SLACK = 2.0  # seconds, on a busy machine


class FaultTestCase(OneServerTestCase):
    """Tests with a proxy that fails before a server."""

    def setUp(self) -> None:
        super().setUp()
        self.front = self.proxy(self.server)
        self.store("app", value="through-the-fault")

    async def opened(self, *addresses: str, **arguments: Any) -> SecretInVault:
        """Return a provider that has logged in and read something."""
        provider = self.provider(addresses or self.front.address, str(self.root.token), **arguments)
        await self.reads(provider)
        return provider

    async def reads(self, provider: SecretInVault) -> None:
        self.assertEqual(await provider.get("app"), "through-the-fault")

    async def fails_in_time(
        self, provider: SecretInVault, kind: type[Exception] = ProviderUnavailable
    ) -> str:
        """Check that a lookup fails within the provider's deadline; give what the error says."""
        started = time.monotonic()
        error = await self.fails(provider.get("app"), kind)
        self.assertLess(time.monotonic() - started, provider.configuration.timeout + _SLACK)
        return str(error)


class ProxyTests(FaultTestCase):
    """One server, and what is between."""

    async def test_each_fault_is_an_error_and_is_over_with_the_fault(self) -> None:
        provider = await self.opened(timeout=2)
        for fault, words in (
            (Hang(), "did not answer in time"),
            (Truncate(), "before its response was complete"),
            (Corrupt(), "is incomplete, or it is not a Vault"),
            (Reset(), "closed the connection"),
            (Answer("200 OK", b"<html>hello</html>"), "is not a Vault"),
            (
                Answer("404 Not Found", b"<html>hello</html>"),
                "that its API does not have (HTTP 404)",
            ),
            (Answer("500 Internal Server Error"), "fails (HTTP 500)"),
            (Answer("502 Bad Gateway", b"<html>"), "fails (HTTP 502)"),
            (Answer("412 Precondition Failed"), "is not ready"),
            (Answer("204 No Content", b""), "not an entry of KV"),
            (Answer("200 OK", b"[]"), "is not a Vault"),
            (Answer("200 OK", b'{"data": null}'), "not an entry of KV"),
        ):
            self.front.fault = fault
            said = await self.fails_in_time(provider, ProviderError)
            self.assertIn(words, said)
            self.front.fault = Pass()
            await self.reads(provider)

    async def test_a_fault_of_a_moment_is_not_noticed(self) -> None:
        provider = await self.opened()
        for fault in (Truncate(), Corrupt(), Reset(), Answer("503 Service Unavailable")):
            self.front.fault = fault
            seen = self.front.request()
            reading = provider.get("app")
            await seen
            self.front.fault = Pass()
            self.assertEqual(await reading, "through-the-fault")

    async def test_what_was_told_before_the_time_was_over_is_not_forgotten(self) -> None:
        provider = await self.opened(timeout=1)
        self.front.fault = SEALED
        seen = self.front.request()
        failing = provider.get("app")
        await seen
        self.front.fault = Hang()
        error = await self.fails(failing, ProviderUnavailable)
        self.assertIn("is sealed", str(error))

    async def test_nothing_listens_there(self) -> None:
        provider = await self.opened(timeout=2)
        await self.front.refuse()
        self.assertIn("refused the connection", await self.fails_in_time(provider))
        self.front.start()
        await self.reads(provider)

    async def test_a_name_that_nobody_knows(self) -> None:
        address = "https://vault.invalid:8200"
        provider = self.provider(address, str(self.root.token), timeout=1)
        self.assertRegex(
            await self.fails_in_time(provider), "host name that cannot be resolved|no answer within"
        )

    async def test_sealed_and_unsealed(self) -> None:
        provider = await self.opened(timeout=2)
        self.server.seal()
        self.assertIn("is sealed; unseal it", await self.fails_in_time(provider))
        self.server.unseal()
        await self.reads(provider)

    async def test_a_hung_server_holds_up_neither_others_nor_a_shutdown(self) -> None:
        vault = await self.opened(connections=2)
        manager = self.managed(vault, DictProvider("other", {"else": "of-another"}))
        self.front.fault = Hang()
        withheld = self.front.withheld()
        waiting = [vault.get(f"n{number}") for number in range(10)]
        await withheld
        self.assertEqual((await manager.get("other!else")).value, "of-another")
        started = time.monotonic()
        vault.stopService()
        self.assertLess(time.monotonic() - started, _SLACK)
        for lookup in waiting:
            await self.assertFailure(lookup, Exception)


class QuotaTests(FaultTestCase):
    """429."""

    async def test_a_short_wish_is_waited_for(self) -> None:
        provider = await self.opened()
        self.front.fault = Answer("429 Too Many Requests", headers=("Retry-After: 1",))
        seen = self.front.request()
        reading = provider.get("app")
        await seen
        self.front.fault = Pass()
        started = time.monotonic()
        self.assertEqual(await reading, "through-the-fault")
        self.assertGreater(time.monotonic() - started, 0.9)

    async def test_a_long_one_is_an_error_at_once(self) -> None:
        provider = await self.opened()
        self.front.fault = Answer("429 Too Many Requests", headers=("Retry-After: 600",))
        started = time.monotonic()
        error = await self.fails(provider.get("app"), ProviderUnavailable)
        self.assertLess(time.monotonic() - started, _SLACK)
        self.assertIn("a rate limit quota is used up", str(error))

    async def test_a_real_quota(self) -> None:
        provider = await self.opened(connections=4, timeout=30)
        names = [f"limited-{number}" for number in range(30)]
        for name in names:
            self.store(name, value=f"value-of-{name}")
        logins.limit_rate(self.root, "slow", 20, "secret")
        self.addCleanup(logins.lift_rate, self.root, "slow")
        values = await gatherResults([provider.get(name) for name in names])
        self.assertEqual(values, [f"value-of-{name}" for name in names])


class FailoverTests(FaultTestCase):
    """Several addresses."""

    async def test_the_next_address_is_asked_and_then_asked_first(self) -> None:
        other = self.proxy(self.server)
        provider = await self.opened(self.front.address, other.address)
        for fault in (
            SEALED,
            Reset(),
        ):
            self.front.fault = fault
            await self.reads(provider)
            del self.front.requests[:]
            await self.reads(provider)
            self.assertEqual(self.front.requests, [])
            self.front.fault, self.front, other = Pass(), other, self.front

    async def test_a_server_that_hangs_leaves_time_for_the_next(self) -> None:
        other = self.proxy(self.server)
        provider = await self.opened(self.front.address, other.address, timeout=6)
        self.front.fault = Hang()
        # Each of them would fail if it took longer than the provider's deadline.
        values = await gatherResults([provider.get("app|value@1") for _ in range(20)])
        self.assertEqual(set(values), {"through-the-fault"})

    async def test_when_all_fail_the_error_tells_of_each(self) -> None:
        other = self.proxy(self.server)
        provider = await self.opened(self.front.address, other.address, timeout=1)
        self.front.fault = SEALED
        await other.refuse()
        said = await self.fails_in_time(provider)
        self.assertIn(f"{self.front.address} is sealed", said)
        self.assertIn(f"{other.address} refused the connection", said)


class RedirectTests(FaultTestCase):
    """A standby sends us to the active node."""

    def redirect(self, to: str) -> Answer:
        location = f"Location: {to}/v1/secret/data/app"
        return Answer("307 Temporary Redirect", b"", (location,))

    async def test_to_a_listed_address_it_is_followed(self) -> None:
        other = self.proxy(self.server)
        provider = await self.opened(self.front.address, "http://127.0.0.1:9", other.address)
        self.front.fault = self.redirect(other.address)
        del self.front.requests[:]
        await self.reads(provider)
        self.assertEqual((len(self.front.requests), len(other.requests)), (1, 1))

    async def test_to_another_host_it_is_not(self) -> None:
        stranger = self.proxy(self.server)
        provider = await self.opened()
        self.front.fault = self.redirect(f"http://user:pass@127.0.0.1:{stranger.port}")
        error = await self.fails(provider.get("app"), AccessDenied)
        self.assertIn(f"127.0.0.1:{stranger.port}", str(error))
        self.assertIn("vault_server does not list", str(error))
        self.assertNotIn("user:pass", str(error))
        self.assertEqual((stranger.connections, stranger.requests), (0, []))

    async def test_in_a_circle_it_ends(self) -> None:
        provider = await self.opened(timeout=2)
        self.front.fault = self.redirect(self.front.address)
        await self.fails_in_time(provider)


class ClusterTests(VaultTestCase):
    """Three servers with one log."""

    timeout: float = 120.0

    async def test_standbys_answer_and_a_leader_may_be_lost(self) -> None:
        cluster = Cluster(3)
        self.addCleanup(cluster.stop)
        await deferToThread(cluster.start)
        root = cluster.root
        token = self.hide(str(root.token))
        await deferToThread(engines.enable_kv, root)
        engines.write_kv(root, "app", value=self.hide("of-the-cluster"))

        standby = cluster.standbys()[0]
        alone = self.provider(standby.address, token)
        self.assertEqual(await alone.get("app"), "of-the-cluster")

        addresses = [node.address for node in cluster.nodes]
        provider = self.provider(addresses, token, timeout=50)
        self.assertEqual(await provider.get("app"), "of-the-cluster")
        leader = cluster.leader()
        leader.kill()
        values = await gatherResults([provider.get("app|value@1") for _ in range(50)])
        self.assertEqual(set(values), {"of-the-cluster"})
        values = await gatherResults([provider.get("app") for _ in range(50)])
        self.assertEqual(set(values), {"of-the-cluster"})
