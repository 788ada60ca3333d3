from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from buildbot_keychain import Allow, Resilience, SecretManager
from buildbot_keychain.attention import EXPIRED, EXPIRES, TOO_OLD, Attention
from buildbot_keychain.audit import MOST_WAITING, SinkState
from buildbot_keychain.details import CERTIFICATE, LEASE, SECRET, TOKEN, Credential, Requester
from buildbot_keychain.errors import (
    DeniedByPolicy,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import IHasPools, IHoldsCredentials
from buildbot_keychain.metrics import LookupCounts, exposition, samples_of_manager
from buildbot_keychain.resilience import ProviderState
from buildbot_keychain.workpool import PoolState
from tests.support.fakes import DictProvider
from tests.support.logged import lines_logged

NAME, VALUE = "deploy/the-name-of-a-secret", "tr0ub4dor&3-horse"
BUILD = Requester("build", builder="the-name-of-a-builder", outside=False)
ALLOWED = replace(BUILD, builder="a")


def values(text: str) -> dict[str, float]:
    """Return the value of each series, under its name and labels."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@implementer(IHasPools, IHoldsCredentials)
class Measured(DictProvider):
    states: tuple[PoolState, ...] = ()
    held: tuple[Credential, ...] = ()

    def credentials(self) -> list[Credential]:
        return list(self.held)

    def pool_states(self) -> list[PoolState]:
        return list(self.states)


class ManagerTests(TestCase):
    """What `SecretManager.metrics` returns."""

    def setUp(self) -> None:
        self.files = DictProvider("files", {NAME: VALUE})
        self.vault = DictProvider("vault", {})

    def manager(self, **arguments: Any) -> SecretManager:
        return SecretManager([self.files, self.vault], **arguments)

    def text(self, manager: SecretManager) -> str:
        return self.successResultOf(manager.metrics())

    def found(self, manager: SecretManager, pattern: str) -> dict[str, float]:
        """Return the series that are not 0, of those that match."""
        series = values(self.text(manager)).items()
        return {name: value for name, value in series if value and re.search(pattern, name)}

    async def test_lookups_by_provider_and_outcome(self) -> None:
        self.vault.answers["down"] = ProviderUnavailable("vault", "down", "gone")
        manager = self.manager()
        for _ in range(2):
            await manager.get(NAME)
        await self.assertFailure(manager.get("missing"), SecretNotFound)
        await self.assertFailure(manager.get("down"), ProviderError)
        self.assertEqual(
            self.found(manager, "lookups_total|decisions|errors"),
            {
                'keychain_lookups_total{provider="files",outcome="given"}': 2,
                'keychain_lookups_total{provider="",outcome="not_found"}': 1,
                'keychain_lookups_total{provider="vault",outcome="failed"}': 1,
                'keychain_decisions_total{outcome="no_policy"}': 4,
                'keychain_provider_errors_total{provider="vault",error="ProviderUnavailable"}': 1,
            },
        )

    async def test_decisions(self) -> None:
        for mode, outcomes in (("enforce", {"denied", "allowed"}), ("report", {"reported"})):
            manager = self.manager(
                policy=[Allow(f"files!{NAME}", builders=["a"])], policy_mode=mode
            )
            if mode == "enforce":
                await self.assertFailure(manager.get(f"files!{NAME}", BUILD), DeniedByPolicy)
                await manager.get(f"files!{NAME}", ALLOWED)
            else:
                await manager.get(f"files!{NAME}", BUILD)
            self.assertEqual(
                self.found(manager, "decisions"),
                {f'keychain_decisions_total{{outcome="{outcome}"}}': 1 for outcome in outcomes},
            )

    async def test_how_providers_do(self) -> None:
        clock = Clock()
        manager = self.manager(
            reactor=clock,
            resilience={
                "files": Resilience(cache=20, stale=600, breaker=1, concurrency=1),
                "vault": Resilience(optional=True),
            },
        )
        answers: list[Deferred[str]] = [Deferred(), Deferred()]
        asked = iter(answers)
        self.patch(self.files, "get", lambda _: next(asked))
        first, shared, waiting = (manager.get(f"files!{name}") for name in "aab")
        found = self.found(manager, "in_progress|waiting|shared")
        self.assertEqual(
            found,
            {
                'keychain_provider_requests_in_progress{provider="files"}': 1,
                'keychain_provider_requests_waiting{provider="files"}': 1,
                'keychain_provider_requests_shared_total{provider="files"}': 1,
            },
        )
        clock.advance(0.2)
        answers[0].callback(VALUE)
        self.assertEqual((await first).value, (await shared).value)
        answers[1].errback(ProviderUnavailable("files", "b", "gone"))
        await self.assertFailure(waiting, ProviderUnavailable)
        await manager.get("files!a")
        clock.advance(20)
        await manager.get("files!a")  # the breaker is open: the last answer
        found = self.found(manager, "cache|stale|breaker|_sum|_count")
        self.assertEqual(
            found,
            {
                'keychain_provider_request_duration_seconds_sum{provider="files"}': 0.2,
                'keychain_provider_request_duration_seconds_count{provider="files"}': 2,
                'keychain_provider_breaker_state{provider="files",state="open"}': 1,
                'keychain_provider_breaker_state{provider="vault",state="closed"}': 1,
                'keychain_provider_breaker_opened_total{provider="files"}': 1,
                'keychain_cache_hits_total{provider="files"}': 1,
                'keychain_cache_misses_total{provider="files"}': 3,
                'keychain_stale_answers_total{provider="files"}': 1,
                'keychain_provider_is_stale{provider="files"}': 1,
            },
        )

    async def test_no_name_of_a_secret_or_builder_and_no_value(self) -> None:
        """Also where code of others puts one into an error, or has a class of that name."""
        leaking = type(NAME, (ProviderUnavailable,), {})
        self.vault.answers["x"] = leaking(NAME, NAME, NAME)
        self.vault.answers["y"] = ProviderUnavailable(NAME, NAME, NAME)
        manager = self.manager(
            policy=[Allow(f"files!{NAME}"), Allow(["vault!x", "vault!y"], builders=["a"])]
        )
        await manager.get(f"files!{NAME}", BUILD)
        await self.assertFailure(manager.get(f"vault!{NAME}", BUILD), DeniedByPolicy)
        for path in "xy":
            asking = manager.get(f"vault!{path}", ALLOWED)
            await self.assertFailure(asking, ProviderUnavailable)
        text = self.text(manager)
        for forbidden in (NAME, VALUE, "the-name-of-a-builder"):
            self.assertNotIn(forbidden, text)
        self.assertEqual(
            self.found(manager, "failed|errors"),
            {
                'keychain_lookups_total{provider="",outcome="failed"}': 2,
                'keychain_provider_errors_total{provider="vault",error="other"}': 1,
                'keychain_provider_errors_total{provider="vault",error="ProviderUnavailable"}': 1,
            },
        )

    async def test_threads(self) -> None:
        provider = Measured("files", {})
        provider.states = PoolState(4, 2, 0), PoolState(2, 2, 5)
        verifyObject(IHasPools, provider)
        self.files = provider
        self.assertEqual(
            self.found(self.manager(), "pool"),
            {
                'keychain_pool_threads{provider="files"}': 6,
                'keychain_pool_busy{provider="files"}': 4,
                'keychain_pool_waiting{provider="files"}': 5,
            },
        )

    async def test_tokens_and_leases(self) -> None:
        provider = Measured("files", {})
        provider.held = (
            Credential(TOKEN, 60.0), Credential(TOKEN, None), Credential(TOKEN, 30.5),
            Credential(LEASE, None),
        )  # fmt: skip
        verifyObject(IHoldsCredentials, provider)
        self.files = provider
        self.assertEqual(
            self.found(self.manager(), "credential"),
            {
                'keychain_credentials{provider="files",kind="token"}': 3,
                'keychain_credentials{provider="files",kind="lease"}': 1,
                'keychain_credential_remaining_seconds{provider="files",kind="token"}': 30.5,
            },
        )

    async def test_a_provider_that_fails_does_not_hide_the_others(self) -> None:
        def fail() -> list[Any]:
            raise ValueError(VALUE)

        lines = lines_logged(self, lambda event: "no metrics" in event.get("log_format", ""))
        self.files = Measured("files", {})
        self.vault = provider = Measured("vault", {})
        provider.held = (Credential(TOKEN, None),)
        self.patch(self.files, "credentials", fail)
        self.assertEqual(
            self.found(self.manager(), "keychain_credentials"),
            {'keychain_credentials{provider="vault",kind="token"}': 1},
        )
        (line,) = lines
        self.assertIn("the provider 'files' has no metrics: it failed with ValueError", line)
        self.assertNotIn(VALUE, line)

    async def test_what_needs_attention(self) -> None:
        manager = self.manager()
        items = [
            Attention(kind, problem, "files", f"{NAME}/{number}", 0.0, "renew it")
            for number, (kind, problem) in enumerate(
                [(SECRET, TOO_OLD), (SECRET, TOO_OLD), (CERTIFICATE, EXPIRES), (NAME, EXPIRED)]
            )
        ]
        manager._lookups.attention.put("files", items)
        self.assertEqual(
            self.found(manager, "attention"),
            {
                'keychain_attention{provider="files",kind="secret",problem="too_old"}': 2,
                'keychain_attention{provider="files",kind="certificate",problem="expires"}': 1,
                'keychain_attention{provider="files",kind="other",problem="expired"}': 1,
            },
        )
        self.assertNotIn(NAME, self.text(manager))

    async def test_what_is_looked_up_adds_no_series(self) -> None:
        manager = self.manager()
        before = set(values(self.text(manager)))
        for number in range(100):
            await self.assertFailure(manager.get(f"n{number}"), SecretNotFound)
        self.assertEqual(set(values(self.text(manager))), before)


class SinkTests(TestCase):
    def test_a_single_event_does_not_show(self) -> None:
        """That something was hidden is an event too."""

        def series(**fields: Any) -> dict[str, float]:
            sink = SinkState("s", **fields)
            return values(exposition(samples_of_manager(LookupCounts(), [], [], [sink], [])))

        idle = series()
        self.assertEqual(series(waiting=1, written=5, lag=0.9), idle)
        self.assertEqual(idle['keychain_audit_sink_up{sink="s"}'], 1)
        ill = series(problem="full", warning="w", waiting=MOST_WAITING // 2, lost=3, lag=70.5)
        for name, value in (
            ("sink_up", 0), ("sink_warning", 1), ("queue_ratio", 0.5),
            ("lost_total", 3), ("lag_seconds", 70),
        ):  # fmt: skip
            self.assertEqual(ill[f'keychain_audit_{name}{{sink="s"}}'], value, name)


class RemovedProviderTests(TestCase):
    def test_what_is_not_configured_has_no_series(self) -> None:
        counts = LookupCounts()
        counts.given["old"] += 1
        counts.note_error(ProviderUnavailable("old", "x", "gone"))
        samples = samples_of_manager(counts, [], [ProviderState("new")], [], [])
        text = exposition(samples)
        self.assertNotIn("old", text)
        self.assertEqual(values(text)['keychain_lookups_total{provider="",outcome="failed"}'], 1)
