"""The README: what it tells people to run is run here, or by the continuous integration."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import Any

from buildbot.config.errors import capture_config_errors
from buildbot.config.master import MasterConfig
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import schedulers, util, worker
from tests.support.pages import blocks_of

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
NEEDED_TO_BUILD = ("src", "README.md", "LICENSE", "pyproject.toml")


class ReadmeTests(SynchronousTestCase):
    def test_every_target_of_make_is_a_stage(self) -> None:
        stages = set(re.findall(r"(?m)^stage ([\w-]+)$", (ROOT / ".ci" / "run").read_text()))
        targets = set(re.findall(r"`make ([^`]+)`", README.read_text()))
        self.assertEqual(targets, {"demo", "test"})
        self.assertLessEqual(targets, stages)

    def test_its_configuration_is_one(self) -> None:
        """With its path made real, and with a worker, a builder and a scheduler."""
        (text,) = blocks_of("python", README)
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        names: dict[str, Any] = {}
        with capture_config_errors(raise_on_error=True):
            exec(text.replace("/path/to/secrets", directory), names)
        config = names["BuildmasterConfig"] | {
            "workers": [worker.LocalWorker("w")],
            "builders": [util.BuilderConfig("b", workernames=["w"], factory=names["f"])],
            "schedulers": [schedulers.ForceScheduler(name="force", builderNames=["b"])],
            "protocols": {"null": {}},
        }
        MasterConfig.loadFromDict(config, "master.cfg")
        self.flushWarnings()  # about Buildbot's and Twisted's own code


# Nothing that builds packages belongs to the oldest requirements.
if importlib.util.find_spec("hatchling"):

    class InstallationTests(SynchronousTestCase):
        def test_it_can_be_installed_as_it_says(self) -> None:
            """Into an environment that sees what this one has, so that nothing is loaded."""
            (command,) = blocks_of("sh", README)
            directory = Path(tempfile.mkdtemp())
            self.addCleanup(shutil.rmtree, directory)
            venv.create(directory / "venv", with_pip=False)
            python = directory / "venv" / "bin" / "python"
            library = subprocess.check_output(
                [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
            ).strip()
            (Path(library) / "others.pth").write_text(sysconfig.get_path("purelib"))
            pip = python.with_name("pip")
            pip.write_text(f'#!/bin/sh\nexec "{python}" -m pip "$@"\n')
            pip.chmod(0o700)
            clone = directory / "clone"
            clone.mkdir()
            for name in NEEDED_TO_BUILD:
                copy: Any = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, clone / name)

            subprocess.run(
                ["bash", "-euc", command.replace("/path/to/master-venv", str(directory / "venv"))],
                cwd=clone,
                env={**os.environ, "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1"},
                check=True,
                capture_output=True,
            )

            found = subprocess.check_output(
                [python, "-c", "import buildbot_keychain; print(buildbot_keychain.__file__)"],
                text=True,
            )
            self.assertTrue(found.startswith(library), found)
