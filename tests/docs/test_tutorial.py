"""The tutorial, typed in as it stands: every command in order, and what it says they print."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sys
from pathlib import Path

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.integration.real_processes import command_path

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-secret.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What a person does by looking at the page.
WAIT_FOR_BUILD = """
grep -q -m 1 'results:success>: build finished' \\
    <(timeout 60 tail --lines=+1 --follow --pid="$(cat master/twistd.pid)" master/twistd.log)
"""


class TutorialTests(TestCase):
    """`docs/tutorial/first-secret.md`."""

    timeout = 180

    async def test_every_command_does_what_it_says(self) -> None:
        """The commands succeed, print what the page shows, and leave nothing running."""
        for command in ("buildbot", "buildbot-worker"):
            command_path(command)
        root = Path(self.mktemp()).resolve()
        root.mkdir()
        self.addCleanup(end_what_runs, root / "first-secret")
        (root / "tutorial.sh").write_text(self.script())
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

        out, err, status = await getProcessOutputAndValue(
            "/bin/bash", ["tutorial.sh"], path=str(root), env={**os.environ, "PATH": path}
        )

        output = out.decode() + err.decode()
        self.assertEqual(status, 0, output)
        for text in self.shown():
            self.assertIn(text, output)
        self.assertIn("not there\n", output)
        self.assertIn("refused\n", output)
        self.assertEqual(list((root / "first-secret").glob("*/twistd.pid")), [])

    def script(self) -> str:
        """Give the page's commands as one script, with other ports; files are written by it."""
        lines = ["set -eu"]
        for language, block in _BLOCK.findall(TUTORIAL.read_text()):
            if language == "python":
                path = block.partition("\n")[0].removeprefix("# ")
                lines.append(f"cat > {path} <<'END'\n{block}END")
            elif language == "sh" and "pip install" not in block:
                lines.append(block)
                if "forceschedulers" in block:
                    lines.append(WAIT_FOR_BUILD)
        script = "\n".join(lines)
        for port in ("8010", "9989"):
            with socket.create_server(("127.0.0.1", 0)) as server:
                script = script.replace(port, str(server.getsockname()[1]))
        return script

    def shown(self) -> list[str]:
        """Give the lines that the page says are printed."""
        blocks = [
            block for language, block in _BLOCK.findall(TUTORIAL.read_text()) if language == "text"
        ]
        return [line for block in blocks for line in block.splitlines()]


def end_what_runs(directory: Path) -> None:
    """Kill what an interrupted tutorial left running."""
    for file in directory.glob("*/twistd.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)
