"""``withSecrets`` on real masters and workers: files are there for their steps, and gone after."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps, util
from buildbot.process.buildstep import BuildStep
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot.secret_files import BuildFactory
from tests.integration.real_master import BUILDER_NAME, WORKER_NAME, RealMaster, RealMasterTestCase

CONTENT = "machine m password s3cr3t-\u00e4\u20ac\n\n"

# Argument 1: where to tell; then the files to look at.
LOOK = """
import json, os, sys
seen = {}
for path in sys.argv[2:]:
    found = os.lstat(path)
    with open(path, "rb") as file:
        seen[path] = {"mode": found.st_mode, "hex": file.read().hex()}
    seen[path]["directory"] = os.lstat(os.path.dirname(path) or ".").st_mode
with open(sys.argv[1], "w") as file:
    json.dump(seen, file)
"""


class SecretFilesTestCase(RealMasterTestCase):
    """One worker, whose directory the test can look into."""

    def setUp(self) -> None:
        """Make the directories."""
        super().setUp()
        self.worker_directory = self.directory()
        self.told = self.directory() / "told.json"

    @property
    def workdir(self) -> Path:
        """Where the builder's steps run."""
        return self.worker_directory / BUILDER_NAME / "build"

    def look(self, *paths: str) -> Any:
        """Make a step that tells what it sees of files."""
        return steps.ShellCommand(
            name="look", command=["python3", "-c", LOOK, str(self.told), *paths]
        )

    def seen(self) -> dict[str, Any]:
        """Give what the step saw."""
        return json.loads(self.told.read_text())

    async def master_with(self, *factories: Any, **more: Any) -> RealMaster:
        """Start a master; its builders are ``builder``, ``builder1``, ..."""
        builders = [
            BuilderConfig(
                name=BUILDER_NAME + (str(number) if number else ""),
                workernames=[WORKER_NAME],
                factory=factory,
            )
            for number, factory in enumerate(factories)
        ]
        return await self.start_master(
            {"builders": builders, **more}, worker_basedir=self.worker_directory
        )


class EveryEndingTests(SecretFilesTestCase):
    """However the steps of a block end."""

    async def test_success(self) -> None:
        """Content and modes are right while the steps run; nothing is left afterwards."""
        factory = BuildFactory()
        elsewhere = self.directory() / "new" / "deeper" / "key"
        secrets = [
            ("netrc", util.Interpolate(CONTENT)),
            ("a/b/binary", bytes(range(256))),
            (util.Interpolate("%(prop:buildername)s.empty"), ""),
            (str(elsewhere), "k" * 100_000),
        ]
        with factory.withSecrets(secrets):
            factory.addStep(self.look("netrc", "a/b/binary", "builder.empty", str(elsewhere)))
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        seen = self.seen()
        self.assertEqual(bytes.fromhex(seen["netrc"]["hex"]), CONTENT.encode())
        self.assertEqual(bytes.fromhex(seen["a/b/binary"]["hex"]), bytes(range(256)))
        self.assertEqual(seen["builder.empty"]["hex"], "")
        self.assertEqual(bytes.fromhex(seen[str(elsewhere)]["hex"]), b"k" * 100_000)
        for path, facts in seen.items():
            self.assertEqual(oct(stat.S_IMODE(facts["mode"])), "0o600", path)
        self.assertEqual(oct(stat.S_IMODE(seen["a/b/binary"]["directory"])), "0o700")
        self.assertEqual(oct(stat.S_IMODE(seen[str(elsewhere)]["directory"])), "0o700")
        self.assertEqual(list(self.workdir.iterdir()), [])
        self.assertEqual(list(elsewhere.parents[2].iterdir()), [])
