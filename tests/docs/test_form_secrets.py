"""The examples of `docs/how-to/form-secrets.md` are loaded as a configuration."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import util, worker
from tests.support.key_rings import make_key_file
from tests.support.pages import blocks_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "form-secrets.md"


class FormSecretsTests(SynchronousTestCase):
    def test_the_form(self) -> None:
        """Nothing is wrong with it, once the key file is there."""
        directory = Path(tempfile.mkdtemp(prefix="keychain-test-"))
        self.addCleanup(shutil.rmtree, directory)
        block = "".join(blocks_of("python", PAGE)).replace(
            "/etc/buildbot-keychain/ring", str(make_key_file(directory))
        )
        factory = util.BuildFactory()
        config: dict[str, Any] = {
            "schedulers": [],
            "workers": [worker.Worker("worker", "password")],
            "buildbotNetUsageData": None,
            "protocols": {"null": {}},
            "www": {},
        }
        exec(block.replace("[...]", "[]"), {"c": config, "f": factory})
        config["builders"] = [BuilderConfig(name="deploy", workernames=["worker"], factory=factory)]
        loaded = MasterConfig.loadFromDict(config, "master.cfg")
        form = loaded.schedulers["deploy"]
        # Buildbot 4.0 takes the fields when the form is made, and adds that of the codebase.
        fields = form._config_kwargs.get("properties") or form.forcedProperties
        typed = [field.name for field in fields if isinstance(field, util.SecretParameter)]
        self.assertEqual(typed, ["password", "key"])
