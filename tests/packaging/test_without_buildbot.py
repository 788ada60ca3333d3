"""The library in environments that hold what the wheel asks for and nothing else.

The core runs without Buildbot, and the plug-in without what Buildbot imports only at need.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from twisted.trial.unittest import SkipTest, SynchronousTestCase

IMPORT_THE_CORE = """
    import importlib, pkgutil, sys
    import buildbot_keychain

    def ours(name):
        hosts = ("buildbot", "inspection", "plugins", "www")
        return not name.startswith(tuple(f"buildbot_keychain.{host}" for host in hosts))

    found = pkgutil.walk_packages(buildbot_keychain.__path__, "buildbot_keychain.", lambda _: None)
    for module in found:
        if ours(module.name):
            importlib.import_module(module.name)
            print(module.name)
    assert not [name for name in sys.modules if name.partition(".")[0] == "buildbot"]
"""

IMPORT_THE_PLUG_IN = """
    import importlib, pkgutil
    import buildbot_keychain.plugins

    found = pkgutil.walk_packages(buildbot_keychain.__path__, "buildbot_keychain.")
    for module in found:
        importlib.import_module(module.name)
        print(module.name)
"""

USE_THE_CORE = """
    import sys
    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    from buildbot_keychain import Interpolate, SecretInAFile, SecretManager

    async def main(directory):
        manager = SecretManager(providers=[SecretInAFile(dirname=directory)])
        manager.startService()
        details = await manager.get("user")
        assert details.key == "user" and details.value == "margarete", repr(details)
        template = Interpolate("%(secret:user)s@%(prop:host)s")
        line = await manager.render(template, properties={"host": "h"})
        assert line == "margarete@h", "rendered wrongly"
        print(manager.redactor.redact(line))
        await manager.stopService()

    react(lambda reactor: Deferred.fromCoroutine(main(sys.argv[1])))
"""


def required_by(name: str) -> set[str]:
    """The distributions that `name` pulls in with the extras that it has, itself included."""
    found: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        wanted = waiting.pop()
        key = canonicalize_name(wanted.name)
        if key in found:
            continue
        found.add(key)
        for line in distribution(key).requires or ():
            requirement = Requirement(line)
            extras = {"", *wanted.extras}
            if requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in extras
            ):
                waiting.append(requirement)
    return found


class EnvironmentTestCase(SynchronousTestCase):
    """Python programs in such an environment."""

    requirement: str

    def setUp(self) -> None:
        try:
            names = required_by(self.requirement)
        except PackageNotFoundError as missing:
            msg = f"not installed as a distribution: {missing}"
            raise SkipTest(msg) from None
        self.assertEqual("buildbot" in names, "[" in self.requirement)
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(parents=True)
        environment = self.directory / "venv"
        venv.create(environment, symlinks=True)
        (site,) = environment.glob("lib/python*/site-packages")
        for name in names:
            for file in distribution(name).files or ():
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    target = site / file
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file.locate(), target)
        self.python = environment / "bin" / "python"

    def run_there(self, program: str, *arguments: str) -> str:
        """What `program` prints; it must end well and say nothing on its standard error."""
        done = subprocess.run(
            [str(self.python), "-I", "-c", textwrap.dedent(program), *arguments],
            cwd=self.directory,
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


class WithoutBuildbotTests(EnvironmentTestCase):
    """The core."""

    requirement = "buildbot-keychain"

    def test_every_module_of_the_core_imports(self) -> None:
        """And none of them brings Buildbot in."""
        printed = self.run_there(IMPORT_THE_CORE).split()
        self.assertIn("buildbot_keychain.manager", printed)
        self.assertIn("buildbot_keychain.redaction", printed)

    def test_a_twisted_program_uses_a_secret_and_hides_it(self) -> None:
        """The example of the introduction."""
        secrets = self.directory / "secrets"
        secrets.mkdir(mode=0o700)
        secret = secrets / "user"
        secret.touch(mode=0o600)
        secret.write_text("margarete\n", encoding="utf-8")
        self.assertEqual(self.run_there(USE_THE_CORE, str(secrets)), "<user>@h\n")


class WithBuildbotAloneTests(EnvironmentTestCase):
    """The plug-in."""

    requirement = "buildbot-keychain[buildbot]"

    def test_every_module_imports(self) -> None:
        self.assertIn("buildbot_keychain.www", self.run_there(IMPORT_THE_PLUG_IN).split())
