"""The metrics of one master; `tests.integration.test_metrics` asks a real one."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.sinks import Place
from buildbot_keychain.errors import SecretNotFound
from buildbot_keychain.metrics import METRICS, MetricsPort
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider

NAME, VALUE = "deploy/the-name-of-a-secret", "s3cr3t-t0ken-of-the-test"


class Listener:
    """Stands for a port of the reactor."""

    def __init__(self, opened: list[Any]) -> None:
        self.opened = opened

    def listenTCP(self, port: int, _factory: Any, interface: str) -> Listener:
        self.opened.append((interface, port))
        return self

    def getHost(self) -> Any:
        return MetricsPort(self.opened[-1][1])

    def stopListening(self) -> None:
        self.opened.pop()


class MasterMetricsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master: Any = FakeMaster(DictProvider("files", {NAME: VALUE}))
        self.keychain = MasterKeychain.of(self.master)

    def lines(self) -> list[str]:
        return self.successResultOf(self.keychain.metrics.text()).splitlines()

    def test_every_metric_is_there_before_anything_happens(self) -> None:
        """So that rates are right from the first time on."""
        self.successResultOf(self.master.reconfigure())
        types = {line.split()[2] for line in self.lines() if line.startswith("# TYPE")}
        missing = {metric.name for metric in METRICS} - types
        # Neither a provider with threads or tokens nor a sink of the audit trail is configured.
        others = ("keychain_pool", "keychain_credential", "keychain_audit")
        self.assertEqual({name for name in missing if not name.startswith(others)}, set())

    def test_what_it_counts(self) -> None:
        self.successResultOf(self.keychain.get(NAME))
        self.failureResultOf(self.keychain.get("missing"), SecretNotFound)
        self.keychain.approval_records.events["new"] += 1
        readers = self.keychain.redactor.seen_by(None)
        for sink in ("step state", "step state", "setSomething"):
            self.keychain.reporter.hidden(sink, Place(), readers, VALUE)
        lines = self.lines()
        for line in (
            'keychain_lookups_total{provider="files",outcome="given"} 1',
            'keychain_lookups_total{provider="",outcome="not_found"} 1',
            'keychain_decisions_total{outcome="no_policy"} 2',
            'keychain_approvals_total{event="new"} 1',
            'keychain_approvals_total{event="released"} 0',
            'keychain_redactions_total{sink="step state"} 2',
            'keychain_redactions_total{sink="setSomething"} 1',
            'keychain_redactions_total{sink="log"} 0',
            "keychain_approvals_awaited 0",
            "keychain_builds_waiting 0",
        ):
            self.assertIn(line, lines)
        text = "\n".join(lines)
        self.assertNotIn(NAME, text)
        self.assertNotIn(VALUE, text)

    def test_each_master_counts_for_itself(self) -> None:
        other = MasterKeychain.of(FakeMaster(DictProvider("files", {NAME: VALUE})))
        self.successResultOf(other.get(NAME))
        self.assertIn('keychain_lookups_total{provider="",outcome="failed"} 0', self.lines())
        self.successResultOf(self.master.reconfigure())
        self.assertIn('keychain_lookups_total{provider="files",outcome="given"} 0', self.lines())
        text = self.successResultOf(other.metrics.text())
        self.assertIn('keychain_lookups_total{provider="files",outcome="given"} 1', text)

    def test_where_nobody_is_known_redactions_are_left_out(self) -> None:
        text = self.successResultOf(self.keychain.metrics._text(known=False))
        self.assertNotIn("keychain_redactions_total", text)
        self.assertIn("keychain_lookups_total", text)

    def test_a_port_is_open_while_the_master_runs(self) -> None:
        opened: list[Any] = []
        service: Any = MultiService()
        self.master.reactor.listenTCP = Listener(opened).listenTCP
        self.patch(self.keychain, "master", service)
        service.reactor = self.master.reactor
        metrics = self.keychain.metrics
        metrics.follow(None)
        metrics.follow(MetricsPort(9464))
        self.assertEqual(opened, [])
        service.startService()
        self.assertEqual(opened, [("127.0.0.1", 9464)])
        metrics.follow(MetricsPort(9465))
        self.assertEqual(opened, [("127.0.0.1", 9465)])
        service.stopService()
        self.assertEqual(opened, [])
