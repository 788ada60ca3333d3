"""The programs and files of the how-to pages are run and read."""

from __future__ import annotations

import os
import re
import runpy
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from buildbot.config.errors import capture_config_errors
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain import SecretInOneFile
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.testing import ProviderContract
from tests.support.http_server import TOKEN, SecretServer, listen, silence
from tests.support.pages import blocks_of
from tests.support.real_processes import WorkerProcess

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
VALUE = "correct-horse-battery"
_NO_FILE = re.compile("No such file|does not exist|there is no directory|outside of a pod")


def python_blocks(page: str) -> list[str]:
    """Return the blocks of Python of a page, in order."""
    return blocks_of("python", HOW_TO / page)


class HowToTestCase(TestCase):
    """Runs scripts in a directory of their own."""

    timeout = 120.0  # seconds

    async def run_script(self, text: str, directory: Path | None = None) -> str:
        """Run a script, and return everything that it prints."""
        script = Path(self.mktemp()).resolve()
        script.write_text(text)
        out, err, status = await getProcessOutputAndValue(
            sys.executable,
            [str(script)],
            env=dict(os.environ),
            path=str(directory or script.parent),
        )
        self.assertEqual(status, 0, err.decode())
        return out.decode() + err.decode()


class ConfigurationTests(SynchronousTestCase):
    """Providers of the pages, with all of their settings."""

    def test_masters_would_take_them(self) -> None:
        """But for files that are not on this machine."""
        wrong = []
        for page in sorted({*HOW_TO.glob("*.md")} - {HOW_TO / "write-a-provider.md"}):
            names: dict[str, Any] = {
                "c": {},
                "factory": util.BuildFactory(),
                "OurProvider": lambda url: secrets.SecretInHTTP(f"{url}/{{path}}"),
            }
            for block in python_blocks(page.name):
                if 'c["secretsProviders"] = ' not in block or "..." in block:
                    continue
                with capture_config_errors() as errors:
                    exec(compile(block, page.name, "exec"), names)
                found = (each for each in errors.errors if not _NO_FILE.search(each))
                wrong += [f"{page.name}: {each}" for each in found]
        self.assertEqual(wrong, [])


class LogFilterTests(HowToTestCase):
    """`log-filters.md`."""

    async def test_the_standard_library(self) -> None:
        """The first program prints what its last line says."""
        program = python_blocks("log-filters.md")[0]
        printed = await self.run_script(program)
        self.assertEqual(printed.splitlines(), [program.splitlines()[-1].removeprefix("# ")])

    async def test_twisted(self) -> None:
        """The second program does so too, after a time."""
        program = python_blocks("log-filters.md")[1]
        printed = await self.run_script(program)
        self.assertTrue(printed.rstrip().endswith(program.splitlines()[-1].removeprefix("# … ")))
        self.assertNotIn(VALUE, printed)

    async def test_a_pipe(self) -> None:
        """The third program, with a coloured secret in its input."""
        given = f"password \\x1b[1m{VALUE[:9]}\\x1b[0m{VALUE[9:]}\\nend\\n"
        before = f"import io, sys\nsys.stdin = io.StringIO('{given}')\n"
        printed = await self.run_script(before + python_blocks("log-filters.md")[2])
        self.assertIn("<db_password>", printed)
        self.assertTrue(printed.endswith("\nend\n"))


class WriteAProviderTests(HowToTestCase):
    """`write-a-provider.md`."""

    async def test_the_example_keeps_the_contract(self) -> None:
        """All tests of the contract pass for the page's provider, by the page's command."""
        directory = Path(self.mktemp()).resolve()
        directory.mkdir()
        provider, tests, *_ = python_blocks("write-a-provider.md")
        (directory / "secret_in_a_database.py").write_text(provider)
        (directory / "test_secret_in_a_database.py").write_text(tests)
        out, _, status = await getProcessOutputAndValue(
            sys.executable,
            ["-m", "twisted.trial", "test_secret_in_a_database"],
            env=dict(os.environ),
            path=str(directory),
        )
        self.assertEqual(status, 0, out.decode())
        self.assertRegex(out.decode(), r"\nPASSED \(successes=3\d\)\n")


class HttpProviderTests(ProviderContract, HowToTestCase):
    """The second provider of `write-a-provider.md`, at a server."""

    def setUp(self) -> None:
        script = Path(self.mktemp()).resolve()
        script.write_text(python_blocks("write-a-provider.md")[2])
        self.provider_class = runpy.run_path(str(script))["SecretInOurServer"]
        self.server = SecretServer()
        self.port = listen(self, self.server)

    def make_provider(self) -> Any:
        return self.provider_class(f"http://127.0.0.1:{self.port}", TOKEN)

    def store(self, name: str, value: str) -> None:
        self.server.held[name] = value

    def remove(self, name: str) -> None:
        del self.server.held[name]

    def break_store(self, provider: Any) -> None:
        self.server.answer = lambda request: str(self.server.held).encode()

    def repair_store(self, provider: Any) -> None:
        self.server.answer = None

    def make_unreachable_provider(self) -> Any:
        return self.provider_class("http://127.0.0.1:1", TOKEN)

    def hang(self, provider: Any) -> None:
        provider.deadline = 0.3
        self.server.answer = silence

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        for server in (None, "127.0.0.1", "ftp://127.0.0.1", "http://secrets.example.org"):
            yield partial(self.provider_class, server, TOKEN)
        yield partial(self.provider_class, "https://secrets.example.org", "two\nlines")

    async def test_the_url_and_the_token_that_are_sent(self) -> None:
        """A name is encoded; one that leads out of its place is not asked for."""
        provider = await self.started_provider()
        for name in ("team/a b?", "../token"):
            self.assertIsNone(await provider.get(name))
        self.assertEqual(self.server.paths, [b"/v1/team/a%20b%3F"])
        self.assertEqual(self.server.authorizations, [f"Bearer {TOKEN}"])


class OneFileTests(HowToTestCase):
    """`one-file.md`."""

    async def test_the_file_holds_the_secrets_that_the_page_names(self) -> None:
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(mode=0o700)
        page = (HOW_TO / "one-file.md").read_text()
        (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        (directory / "secrets.yaml").touch(mode=0o600)
        (directory / "secrets.yaml").write_text(text)
        provider = SecretInOneFile(directory / "secrets.yaml")
        provider.startService()
        self.addCleanup(provider.stopService)
        names = ("deploy_token", "database/password", "pin", "database")
        values = [await provider.get(name) for name in names]
        self.assertEqual(values, ["hvs.0123", "p#ss", "0042", None])


class WorkerLogTests(HowToTestCase):
    """`worker-log.md`."""

    async def test_the_log_of_a_real_worker(self) -> None:
        """With the page's lines at the end of its buildbot.tac, it logs names."""
        worker = WorkerProcess(self, Path(self.mktemp()).resolve())
        await worker.create(1, "w", VALUE)  # where no master listens
        (lines,) = python_blocks("worker-log.md")
        careless = (
            "from twisted.python import log\nlog.msg(f'{passwd} and', os.environ['NPM_TOKEN'])\n"
        )
        with (worker.basedir / "buildbot.tac").open("a") as tac:
            tac.write(lines + careless)
        worker.environment["NPM_TOKEN"] = "npm-token-value"

        await worker.start(r"<worker_password> and <NPM_TOKEN>")
        await worker.stop()
        assert worker._tail is not None
        await worker._tail.ended

        self.assertNotIn("npm-token-value", worker.log)
        self.assertNotIn(VALUE, worker.log)
