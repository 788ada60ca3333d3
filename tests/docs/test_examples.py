"""The examples are run unchanged, with real masters, workers and programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from tests.support.master_web import MasterWeb
from tests.support.real_processes import MasterProcess, WorkerProcess

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

SECRETS = {
    "worker_password": "canary-of-the-worker",
    "deploy_token": "canary-of-the-deployment",
    "netrc_password": "canary-of-the-file",
    "github_token": "canary-of-the-reporter",
    "deploy_user": "visible-robot",
}


def write_secrets(directory: Path) -> None:
    """Write the secrets as the example says."""
    directory.mkdir(mode=0o700)
    for name, value in SECRETS.items():
        path = directory / name
        path.touch(mode=0o600)
        path.write_text(f"{value}\n")


class GitHub(Resource):
    """Stands in for GitHub: accepts any request, and records how it was authorised."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.authorizations: list[str] = []

    def render(self, request: Request) -> bytes:
        self.authorizations.append(request.getHeader("Authorization") or "")
        request.setResponseCode(201)
        return b"{}"


class MasterConfigurationTests(TestCase):
    """`examples/master.cfg`."""

    timeout = 300

    async def test_a_build_succeeds_and_shows_no_secret(self) -> None:
        """On a new master and worker over PB; the reporter has its token."""
        github = GitHub()
        untyped: Any = reactor
        listening = untyped.listenTCP(0, Site(github), interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        root = Path(self.mktemp()).resolve()
        root.mkdir()
        master = MasterProcess(self, root / "master")
        await master.create(self.configuration(listening.getHost().port))
        write_secrets(master.basedir / "secrets")
        await master.start()
        web = await master.port_of("Site")
        worker = WorkerProcess(self, root / "worker")
        port = await master.port_of("PBServerFactory")
        await worker.create(port, "worker1", SECRETS["worker_password"])
        await worker.start()

        ended = master.wait_for(r"results:(\w+)>: build finished")
        await deferToThread(force, web)
        self.assertEqual((await ended)[1], b"success", master.log)
        logs = await deferToThread(logs_of_first_build, web)
        for process in (worker, master):
            await process.stop()
            assert process._tail is not None
            await process._tail.ended

        self.assertIn("uploading as visible-robot with <deploy_token>\n", logs["upload"])
        self.assertIn("with --token <deploy_token> to https://example.org/", logs["announce"])
        self.assertIn("-rw-------", logs["fetch"])
        self.assertEqual(set(github.authorizations), {f"token {SECRETS['github_token']}"})
        for secret in set(SECRETS.values()) - {SECRETS["deploy_user"]}:
            self.assertNotIn(secret, "".join(logs.values()))
            self.assertNotIn(secret, master.log)
            self.assertNotIn(secret, worker.log)
        self.assertEqual(list(worker.basedir.rglob("netrc")), [])

    def configuration(self, github: int) -> str:
        """Return the example with free ports, and a port in place of GitHub."""
        text = (EXAMPLES / "master.cfg").read_text()
        for old, new in {
            "tcp:9989:": "tcp:0:",
            "tcp:8010:": "tcp:0:",
            "GitHubStatusPush(": f"GitHubStatusPush(baseURL='http://127.0.0.1:{github}', ",
        }.items():
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        return text


class TwistedProgramTests(TestCase):
    """`examples/twisted_program.py`."""

    async def test_it_prints_labels_in_place_of_the_secret(self) -> None:
        """In the details, a rendered text and the log."""
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(mode=0o700)
        (directory / "user").touch(mode=0o600)
        (directory / "user").write_text("swordfish42\n")

        out, err, status = await getProcessOutputAndValue(
            sys.executable, [str(EXAMPLES / "twisted_program.py"), str(directory)]
        )

        self.assertEqual((status, err.decode()), (0, ""))
        lines = out.decode().splitlines()
        self.assertIn("<user>@h", lines)
        self.assertTrue(any(line.endswith("logged in as <user>@h") for line in lines), lines)
        self.assertNotIn("swordfish42", out.decode())


def force(port: int) -> None:
    """Request a build of a revision that GitHub would know."""
    params = {"reason": "test", "project": "somebody/something", "revision": "a" * 40}
    MasterWeb(port).control("forceschedulers/force", "force", params)


def logs_of_first_build(port: int) -> dict[str, str]:
    """Return the logs of each step of the first build, by the step's name."""
    logs: dict[str, str] = {}
    web = MasterWeb(port)
    for step in web.items("builds/1/steps"):
        for log in web.items(f"steps/{step['stepid']}/logs"):
            for chunk in web.items(f"logs/{log['logid']}/contents"):
                logs[step["name"]] = logs.get(step["name"], "") + chunk["content"]
    return logs
