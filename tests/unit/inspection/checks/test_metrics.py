from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.plugins import worker
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.checks import metrics_for_builds
from buildbot_keychain.plugins import secrets


class MetricsTests(SynchronousTestCase):
    def found(self, port: Any, *workers: Any) -> list[str]:
        providers = [object(), secrets.SecretManager(providers=[], metrics_port=port)]
        config = SimpleNamespace(secretsProviders=providers, workers=workers)
        return list(metrics_for_builds(config))

    def test_builds_on_the_masters_machine(self) -> None:
        local, remote = worker.LocalWorker("near"), worker.Worker("far", "pass")
        (sentence,) = self.found(9464, remote, local)
        self.assertIn("builds of the worker 'near' run on this machine", sentence)
        self.assertEqual(self.found(9464, remote), [])
        self.assertEqual(self.found(None, local), [])
        with_token = secrets.MetricsPort(9464, token_sha256="0" * 64)
        self.assertEqual(self.found(with_token, local), [])
