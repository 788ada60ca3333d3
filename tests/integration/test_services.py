"""Secrets of a master's own services: each gets the true value, and nothing written contains it.

A real master takes the secrets of its reporters, change sources, web hook and database from files,
and presents them to a web server, a mail server and a client that sends changes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import buildbot
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThread
from twisted.protocols.basic import LineReceiver
from twisted.web.resource import Resource
from twisted.web.server import Site

from tests.integration.leaks.sinks import database, files, rest
from tests.support.master_web import MasterWeb
from tests.support.real_master import RealMasterTestCase, write_secret
from tests.support.real_processes import MasterProcess, command_path, run

if TYPE_CHECKING:
    from twisted.web.server import Request

CONFIGURATION = """
from buildbot.plugins import changes, reporters, schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot_keychain.plugins import secrets, util

web = "http://127.0.0.1:{web}"
git = dict(repourl=f"{{web}}/x.git", branches=["main"], pollAtLaunch=True)
db_url = "sqlite:///state.sqlite"
if {newer}:
    db_url = util.Secret("db_url")
    git["auth_credentials"] = ("git", util.Secret("git_password"))

c = BuildmasterConfig = {{
    "buildbotNetUsageData": None,
    "secretsProviders": [secrets.SecretInAFile(dirname={dirname!r})],
    "db": {{"db_url": db_url}},
    "workers": [worker.LocalWorker("worker")],
    "protocols": {{"null": {{}}}},
    "builders": [buildbot_util.BuilderConfig(
        "builder", workernames=["worker"], factory=util.BuildFactory(
            [steps.ShellCommand(command=["true"])]))],
    "schedulers": [schedulers.AnyBranchScheduler(
        "any", builderNames=["builder"], treeStableTimer=None)],
    "change_source": [
        changes.PBChangeSource(
            port="tcp:0:interface=127.0.0.1", user="sender", passwd=util.Secret("change_password")),
        changes.GitHubPullrequestPoller(
            owner="o", repo="r", baseURL=web, token=util.Secret("poller_token"),
            pollAtLaunch=True),
        changes.GitPoller(**git),
    ],
    "services": [
        reporters.GitHubStatusPush(token=util.Secret("github_token"), baseURL=web),
        reporters.HttpStatusPush(
            serverUrl=f"{{web}}/status", auth=("status", util.Secret("status_password"))),
        reporters.MailNotifier(
            fromaddr="buildbot@example.org", relayhost="127.0.0.1", smtpPort={mail}, useTls=False,
            smtpUser=util.Secret("mail_user"), smtpPassword=util.Secret("mail_password"),
            extraRecipients=["people@example.org"], sendToInterestedUsers=False),
    ],
    "www": {{
        "port": "tcp:0:interface=127.0.0.1",
        "change_hook_dialects": {{
            "github": {{"secret": util.Secret("hook_secret"), "strict": True}}}},
    }},
}}
"""

_OVER_HTTP = {"poller_token", "github_token", "status_password"}
# In Buildbot 4.0 neither the database nor the Git poller takes secrets.
_NEWER = tuple(map(int, buildbot.version.split(".")[:2])) >= (4, 1)


class _Presented:
    """Waits until all expected secrets have been presented to a server."""

    def __init__(self, expected: set[str]) -> None:
        self._missing = expected
        self.all: Deferred[None] = Deferred()

    def take(self, text: str) -> None:
        self._missing = {value for value in self._missing if value not in text}
        if not self._missing and not self.all.called:
            self.all.callback(None)


class _Web(Resource):
    """Answers pollers and reporters, and asks git for a user name and password."""

    isLeaf = True

    def __init__(self, presented: _Presented) -> None:
        super().__init__()
        self._presented = presented

    def render(self, request: Request) -> bytes:
        authorization = request.getHeader("Authorization") or ""
        self._presented.take(f"{authorization} {request.getPassword().decode()}")
        if b".git" in (request.path or b"") and not authorization:
            request.setResponseCode(HTTPStatus.UNAUTHORIZED)
            request.setHeader("WWW-Authenticate", 'Basic realm="git"')
            return b""
        request.setHeader("Content-Type", "application/json")
        return b"[]" if request.method == b"GET" else b"{}"


class _Mail(LineReceiver):
    """The part of RFC 5321 and RFC 4954 that is needed to log in and to send a mail."""

    MAX_LENGTH = 1 << 20
    presented: _Presented
    _in_mail = False
    _responses = {
        b"EHLO": b"250-localhost\r\n250 AUTH PLAIN",
        b"DATA": b"354 go on",
        b"QUIT": b"221 bye",
    }

    def connectionMade(self) -> None:
        self.sendLine(b"220 localhost ESMTP")

    def lineReceived(self, line: bytes) -> None:
        verb, *words = line.split(b" ")
        if self._in_mail:
            self._in_mail = line != b"."
            if not self._in_mail:
                self.sendLine(b"250 ok")
        elif verb == b"AUTH":
            self.presented.take(base64.b64decode(words[-1]).decode())
            self.sendLine(b"235 come in")
        else:
            self._in_mail = verb == b"DATA"
            self.sendLine(self._responses.get(verb, b"250 ok"))


class ServiceTests(RealMasterTestCase):
    timeout = 300

    async def test_each_service_gets_the_true_value(self) -> None:
        root = self.directory()
        values = {
            name: f"{name}-{secrets.token_hex(8)}"
            for name in (*_OVER_HTTP, "git_password", "mail_user", "mail_password")
        }
        values |= {"change_password": secrets.token_hex(8), "hook_secret": secrets.token_hex(8)}
        for name, value in {**values, "db_url": "sqlite:///state.sqlite"}.items():
            write_secret(root / "secrets" / name, f"{value}\n")
        names = _OVER_HTTP | ({"git_password"} if _NEWER else set())
        over_http = _Presented({values[name] for name in names})
        by_mail = _Presented({values["mail_user"], values["mail_password"]})
        master = MasterProcess(self, root / "master")
        configuration = CONFIGURATION.format(
            web=self.listen(Site(_Web(over_http))),
            mail=self.listen(Factory.forProtocol(lambda: self.mail(by_mail))),
            dirname=str(root / "secrets"),
            newer=_NEWER,
        )
        await master.create(configuration)
        await master.start()

        await self.send_change(await master.port_of("PBServerFactory"), values["change_password"])
        await over_http.all
        await by_mail.all
        port = await master.port_of("Site")
        statuses = [
            await deferToThread(call_hook, port, key) for key in ("wrong", values["hook_secret"])
        ]
        self.assertEqual(statuses, [HTTPStatus.BAD_REQUEST, HTTPStatus.OK])
        responses = await deferToThread(rest, port)
        await master.stop()

        self.assert_clean(root / "master", master.log + master.output, values, responses)

    def listen(self, factory: Any) -> int:
        """Let `factory` listen, and return the port."""
        listening: Any = reactor
        port = listening.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    def mail(self, presented: _Presented) -> _Mail:
        protocol = _Mail()
        protocol.presented = presented
        return protocol

    async def send_change(self, port: int, password: str) -> None:
        """Send the master a change, which it builds, as a version control system would."""
        sendchange = [command_path("buildbot"), "sendchange", f"--master=127.0.0.1:{port}"]
        who = [f"--auth=sender:{password}", "--who=somebody <somebody@example.org>"]
        where = ["--repository=https://github.com/o/r", "--revision=" + "a" * 40]
        await run([*sendchange, *who, *where, "--branch=main", "file"])

    def assert_clean(
        self, basedir: Path, log: str, values: dict[str, str], responses: dict[str, list[str]]
    ) -> None:
        sinks = {
            "twistd.log": [log],
            "http.log": [(basedir / "http.log").read_text()],
            **responses,
            **database(basedir / "state.sqlite"),
            **files("files", basedir),
        }
        found = [
            f"{name} in {sink}"
            for sink, texts in sinks.items()
            for name, value in values.items()
            if any(value in text for text in texts)
        ]
        self.assertEqual(found, [])


def call_hook(port: int, key: str) -> int:
    """Call the master's hook as GitHub does, signed with `key`; return the response's status."""
    body = b'{"zen": "Design for failure."}'
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "ping",
        "X-Hub-Signature": "sha1=" + hmac.new(key.encode(), body, hashlib.sha1).hexdigest(),
    }
    return MasterWeb(port).post(f"/change_hook/github?key={key}", body.decode(), headers).status
