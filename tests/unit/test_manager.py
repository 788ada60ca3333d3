from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import ConfigurationError, SecretNotFound
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.fakes import DictProvider, ScopedProvider
from tests.support.page_client import over_http
from tests.support.ports import free_port
from tests.support.reachable import reachable_text

VALUE = "tr0ub4dor&3"


class ArgumentTests(TestCase):
    def test_wrong_arguments(self) -> None:
        for wrong in (
            lambda: SecretManager([object()]),
            lambda: SecretManager([], public="abc"),
            lambda: SecretManager([], metrics_port="9464"),
            lambda: SecretManager([], strict="no"),  # type: ignore[arg-type]
            lambda: SecretManager([], redactor={}),  # type: ignore[arg-type]
            lambda: SecretManager([], audit_fail_closed=1),  # type: ignore[arg-type]
            lambda: SecretManager([], key_file="/etc/buildbot-keychain/ring"),
            lambda: SecretManager([DictProvider("same", {}), DictProvider("same", {})]),
        ):
            self.assertRaises(ConfigurationError, wrong)


class RenderTests(TestCase):
    def setUp(self) -> None:
        self.manager = SecretManager([DictProvider("d", {"user": "deploy-bot", "token": VALUE})])

    def test_rendering_and_redacting_are_inverse(self) -> None:
        line = self.successResultOf(
            self.manager.render(
                Interpolate("%(secret:user)s@%(prop:host)s"), properties={"host": "h"}
            )
        )
        self.assertEqual(line, "deploy-bot@h")
        self.assertEqual(self.manager.redactor.redact(line), "<user>@h")

    def test_no_value_can_be_reached_from_an_error(self) -> None:
        rendering = self.manager.render([Secret("token"), Interpolate("%(secret:nobody)s")])
        failure = self.failureResultOf(rendering, SecretNotFound)
        self.assertNotIn(VALUE, reachable_text(failure))


class ServiceTests(TestCase):
    def test_providers_start_and_stop_with_the_manager(self) -> None:
        class Provider(Service):
            name = "service"

            def get(self, path: str) -> Any:
                return succeed(None)

        provider = Provider()
        manager = SecretManager([provider])
        manager.startService()
        self.assertTrue(provider.running)
        self.successResultOf(manager.stopService())
        self.assertFalse(provider.running)

    async def test_a_port_for_metrics_is_open_while_it_runs(self) -> None:
        port = free_port()
        manager = SecretManager([DictProvider("d", {"token": VALUE})], metrics_port=port)
        manager.startService()
        self.addCleanup(manager.stopService)
        await manager.get("token")
        reply = await deferToThread(over_http(port), "GET", "/metrics", {}, None)
        self.assertIn('keychain_lookups_total{provider="d",outcome="given"} 1\n', reply.text)
        await manager.stopService()
        asking = deferToThread(over_http(port), "GET", "/metrics", {}, None)
        await self.assertFailure(asking, ConnectionRefusedError)

    def test_lookups_that_wait_when_it_stops_are_cancelled(self) -> None:
        clock = Clock()
        slow = DictProvider("d", {})
        slow.get = lambda path: Deferred()  # type: ignore[method-assign]
        manager = SecretManager([slow], reactor=clock)
        manager.startService()
        lookups = [manager.get("x") for _ in range(3)]
        self.successResultOf(manager.stopService())
        for lookup in lookups:
            self.failureResultOf(lookup, CancelledError)
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_a_scope_ends_in_every_provider_that_holds_something_for_it(self) -> None:
        first, second = ScopedProvider("first"), ScopedProvider("second", ValueError(VALUE))
        manager = SecretManager([second, DictProvider("d", {}), first])
        self.successResultOf(manager.end_scope("build 1"))
        self.assertEqual((first.ended, second.ended), (["build 1"], ["build 1"]))
