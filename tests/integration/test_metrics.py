"""The metrics of a real master, and what the examples ask Prometheus for."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.metrics import METRICS
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.page_client import Reply, over_http
from tests.support.ports import free_port
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMasterTestCase

MONITORING = Path(__file__).parents[2] / "examples" / "monitoring"
NAME, DENIED = "name-of-the-secret", "name-of-another-secret"
VALUE = "tr0ub4dor&3-of-the-release"
TOKEN = "d41c2f0a5c1b9e37"
BY_NAME = {metric.name: metric for metric in METRICS}
OF_TOKENS = "keychain_credential_remaining_seconds"
"""What a master without a provider that has tokens lacks."""
PARTS = re.compile(r"_(bucket|sum|count)$")


def queries() -> Iterator[str]:
    """Yield every expression of the dashboard and the alerts."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for variable in dashboard["templating"]["list"]:
        yield variable.get("definition", "")
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def promtool(*arguments: str, given: str = "") -> None:
    """Have Prometheus' own tool check something, where it is installed."""
    program = shutil.which("promtool")
    if program is not None:
        done = subprocess.run(
            [program, *arguments], input=given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


class MetricsTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.dirname = str(self.secrets_directory({NAME: VALUE, DENIED: VALUE[::-1]}))
        self.sink = AuditToFile(self.directory() / "audit.jsonl")
        self.port = free_port()

    def config(self, name: str, **arguments: Any) -> dict[str, Any]:
        manager = secrets.SecretManager(
            providers=[secrets.SecretInAFile(name="files", dirname=self.dirname)],
            policy=[secrets.Allow(NAME, builders=[BUILDER_NAME], schedulers=["*"])],
            audit=[self.sink],
            **arguments,
        )
        command = ["echo", util.Secret(name)]
        factory = util.BuildFactory([steps.ShellCommand(command=command, name="name-of-a-step")])
        return self.configuration(factory, secretsProviders=[manager])

    def scrape(self, token: str | None = None) -> Deferred[Reply]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return deferToThread(over_http(self.port), "GET", "/metrics", headers, None)

    async def test_one_master_through_its_configurations(self) -> None:
        master = await self.start_master(self.config(NAME, metrics_port=self.port))
        server: Any = MasterKeychain.of(master.master).metrics._server
        self.check_queries((await self.text_of(master)).splitlines())
        await master.build(scheduler="nightly")
        await master.reconfigure(self.config(DENIED, metrics_port=self.port))
        listening = server._listening
        await master.build(scheduler="nightly")
        self.assertIs(server._listening, listening)  # the reconfiguration left it as it was
        open_to_all = await self.scrape()
        self.check_counts(open_to_all.text)
        self.assertNotIn("keychain_redactions_total", open_to_all.text)
        known = await self.text_of(master)
        self.assertIn('keychain_redactions_total{sink="log"} 1\n', known)
        self.check_names(known)
        await self.check_guesses(master)
        promtool("check", "metrics", given=known)
        promtool("check", "rules", str(MONITORING / "alerts.yml"))
        promtool("check", "rules", str(self.as_rules(queries())))
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        port = secrets.MetricsPort(self.port, token_sha256=digest)
        await master.reconfigure(self.config(NAME, metrics_port=port))
        self.assertEqual((await self.scrape()).status, 401)
        self.assertIn('keychain_redactions_total{sink="log"} 1\n', (await self.scrape(TOKEN)).text)
        self.assertIs(server._listening, listening)
        await master.reconfigure(self.config(NAME))
        await server.use(None)  # when it has closed the port
        await self.assertFailure(self.scrape(), ConnectionRefusedError)

    async def text_of(self, master: Any) -> str:
        return await MasterKeychain.of(master.master).metrics.text()

    def check_counts(self, text: str) -> None:
        for line in (
            'keychain_lookups_total{provider="files",outcome="given"} 1',
            'keychain_lookups_total{provider="",outcome="denied"} 1',
            'keychain_decisions_total{outcome="allowed"} 1',
            'keychain_decisions_total{outcome="denied"} 1',
            'keychain_provider_request_duration_seconds_count{provider="files"} 1',
            'keychain_pool_waiting{provider="files"} 0',
            f'keychain_audit_sink_up{{sink="{self.sink.name}"}} 1',
        ):
            self.assertIn(f"{line}\n", text)

    async def check_guesses(self, master: Any) -> None:
        """Not even who may read all metrics sees that a text in ``twistd.log`` was a secret."""
        keychain = MasterKeychain.of(master.master)
        told: Deferred[Any] = Deferred()
        before = await self.text_of(master)
        keychain.on_hidden(lambda hidden: None if told.called else told.callback(hidden))
        Logger().info("invalid login from user {user}", user=VALUE)
        self.assertEqual((await told).sink, "twistd.log")
        self.assertEqual(await self.text_of(master), before)

    def as_rules(self, expressions: Iterable[str]) -> Path:
        """Return a file of rules with expressions in which Grafana would replace its variables."""
        found = [
            e.replace("$__rate_interval", "1m") for e in expressions if "label_values" not in e
        ]
        rules = [
            {"record": f"x:{number}", "expr": e} for number, e in enumerate(filter(None, found))
        ]
        path = self.directory() / "rules.yml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "x", "rules": rules}]}))
        return path

    def check_names(self, text: str) -> None:
        """Names are of metrics, providers and sinks alone."""
        types = set(re.findall(r"(?m)^# TYPE (\w+) ", text))
        self.assertEqual(set(BY_NAME) - types, {OF_TOKENS})
        for forbidden in (NAME, DENIED, VALUE, BUILDER_NAME, WORKER_NAME, "name-of-a-step"):
            self.assertNotIn(forbidden, text)

    def check_queries(self, exported: list[str]) -> None:
        """Whatever the examples ask for is exported before anything happens."""
        asked: set[str] = set()
        for query in queries():
            for name, matchers in re.findall(r"\b(keychain_\w+)(?:\{([^}]*)\})?", query):
                metric = BY_NAME.get(name) or BY_NAME[PARTS.sub("", name)]
                asked.add(metric.name)
                for label, operator, value in re.findall(r'(\w+)\s*(!?=~?)\s*"([^"]*)"', matchers):
                    self.assertIn(label, {*metric.labels, "instance"}, query)
                    if operator == "=" and name != OF_TOKENS:
                        series = rf'{name}\{{.*\b{label}="{value}".*'
                        self.assertTrue([s for s in exported if re.match(series, s)], query)
        # What nobody looks at need not be counted.
        self.assertEqual({name for name in BY_NAME if name not in asked}, set())
