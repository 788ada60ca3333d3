"""The tutorials: every command is run in order, and prints what the page shows."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from pathlib import Path

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.support.pages import code_blocks
from tests.support.ports import free_port
from tests.support.real_processes import command_path

TUTORIALS = Path(__file__).resolve().parents[2] / "docs" / "tutorial"


class TutorialTestCase(TestCase):
    """Runs a page's commands in a directory of their own."""

    timeout = 600
    page: str
    ports: tuple[str, ...]
    programs: tuple[str, ...]

    async def run_page(self) -> str:
        """Run the commands, which must succeed and print what the page shows; return the output."""
        for command in self.programs:
            command_path(command)
        root = Path(self.mktemp()).resolve()
        root.mkdir()
        self.addCleanup(kill_all, root / self.page)
        (root / "tutorial.sh").write_text(self.script())
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

        out, err, status = await getProcessOutputAndValue(
            "/bin/bash", ["tutorial.sh"], path=str(root), env={**os.environ, "PATH": path}
        )

        output = out.decode() + err.decode()
        self.assertEqual(status, 0, output)
        for text in self.expected_output():
            self.assertIn(at_any_age(text), at_any_age(output))
        self.assertEqual(running(root / self.page), [])
        return output

    def script(self) -> str:
        """Return a script of the page's commands and files, with other ports.

        It waits longer for a master than a person would: a busy machine takes its time.
        """
        lines = ["set -eu"]
        for language, block in self.blocks():
            if language == "python":
                path = block.partition("\n")[0].removeprefix("# ")
                lines.append(f"cat > {path} <<'END'\n{block}END")
            elif language == "sh" and "pip install" not in block:
                lines.append(block)
        script = "\n".join(lines)
        for port in self.ports:
            script = script.replace(port, str(free_port()))
        return script.replace("buildbot start ", "buildbot start --start_timeout=120 ")

    def blocks(self) -> list[tuple[str, str]]:
        """Return the language and text of each block of code of the page."""
        return code_blocks(TUTORIALS / f"{self.page}.md")

    def expected_output(self) -> list[str]:
        """Return the lines that the page shows as printed."""
        blocks = [block for language, block in self.blocks() if language == "text"]
        return [line for block in blocks for line in block.splitlines()]


class FirstSecretTests(TutorialTestCase):
    """`docs/tutorial/first-secret.md`."""

    page = "first-secret"
    ports = ("8010", "9989")
    programs = ("buildbot", "buildbot-worker")

    async def test_every_command_does_what_the_page_says(self) -> None:
        """The commands succeed, print what the page shows, and leave nothing running."""
        self.assertIn("refused\n", await self.run_page())


class EncryptedStoreTests(TutorialTestCase):
    """`docs/tutorial/encrypted-store.md`."""

    page = "encrypted-store"
    ports = ("8010",)
    programs = ("buildbot", "buildbot-worker")

    async def test_every_command_does_what_the_page_says(self) -> None:
        """The commands succeed, print what the page shows, and leave nothing running."""
        self.assertIn("not readable\n", await self.run_page())


class VaultSecretTests(TutorialTestCase):
    """`docs/tutorial/vault-secret.md`, with OpenBao."""

    page = "vault-secret"
    ports = ("8010", "8200")
    programs = ("buildbot", "buildbot-worker", "bao")

    async def test_every_command_does_what_the_page_says(self) -> None:
        """The commands succeed, print what the page shows, and leave nothing running."""
        await self.run_page()


def at_any_age(text: str) -> str:
    """Return what a command printed, whether it is of a secret that is one second old or ten."""
    return re.sub(r" +", " ", re.sub(r"\b[0-9]+s\b", "1s", text))


def running(directory: Path) -> list[Path]:
    """Return the files that name a running process."""
    files = [*directory.glob("*/twistd.pid"), *directory.glob("bao.pid")]
    return [file for file in files if Path(f"/proc/{file.read_text().strip()}/stat").exists()]


def kill_all(directory: Path) -> None:
    """Kill the processes that an interrupted tutorial has left."""
    for file in running(directory):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)
