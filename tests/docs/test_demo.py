"""The demo: it succeeds with this library, and reports what leaks without it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.support.real_processes import command_path

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"


README = DEMO.parents[1] / "README.md"


def headings(text: str) -> set[str]:
    """Return the questions that the demo asks, each with its remark."""
    return set(re.findall(r"^[a-z ]+\?  .+$", text, re.MULTILINE))


class DemoTests(TestCase):
    """`examples/demo/run.py`."""

    timeout = 240

    async def run_demo(self, directory: Path) -> tuple[str, int]:
        """Run the demo in `directory`; return its output and its exit status."""
        command_path("buildbot")
        command_path("buildbot-worker")
        temporary = Path(self.mktemp()).resolve()
        temporary.mkdir(parents=True)
        environment = {**os.environ, "KEEP": "", "TMPDIR": str(temporary)}
        out, err, status = await getProcessOutputAndValue(
            sys.executable, [str(directory / "run.py")], env=environment
        )
        self.assertEqual(err.decode(), "")
        self.assertEqual(list(temporary.iterdir()), [], "the demo left files behind")
        return out.decode(), status

    async def test_it_succeeds(self) -> None:
        """Every step gets the correct value, nothing else shows it, and the file is removed."""
        output, status = await self.run_demo(DEMO)

        problems = [line for line in output.splitlines() if "✗" in line]
        self.assertEqual(status, 0, output)
        self.assertEqual(problems, [], output)
        self.assertEqual(output.count("correct value"), 5, output)
        self.assertIn("password <api_password>", output)
        self.assertIn("mode 0600, in a directory of mode 0700", output)
        self.assertEqual(headings(README.read_text()) - headings(output), set())

    async def test_it_reports_leaks(self) -> None:
        """With Buildbot's own providers in place of ours, it finds the secrets and fails."""
        copy = Path(self.mktemp()).resolve()
        shutil.copytree(DEMO, copy)
        configuration = (copy / "master.cfg").read_text()
        own = configuration.replace("from buildbot_keychain.plugins", "from buildbot.plugins")
        own = own.replace("secrets.SecretManager(", "*list(").replace("providers=[", "[")
        own = own.replace('public=["robot"],', "")
        self.assertNotEqual(own, configuration)
        (copy / "master.cfg").write_text(own)

        output, status = await self.run_demo(copy)

        self.assertEqual(status, 1, output)
        self.assertIn("signing_key leaked into worker: twistd.log", output)
        self.assertIn("deploy_token leaked into master: twistd.log", output)
