"""A master of a small team, with secrets, builds and requests as a real one has them."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.www.auth import UserPasswordAuth
from buildbot.www.authz import Authz
from buildbot.www.authz.roles import RolesFromUsername
from twisted.internet.threads import deferToThread

from buildbot_keychain.plugins import schedulers, secrets, steps, util, worker
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from tests.support.key_rings import make_key_file
from tests.support.page_client import PageClient, forms_of
from tests.support.real_master import WORKER_NAME, RealMaster, write_secret

PASSWORD = "the password of everybody"
ROLES = {"admins": ["ada", "olga"], "release-managers": ["rita"], "auditors": ["vera"]}
PEOPLE = ("tom", "ada", "olga", "rita", "vera")
BUILDERS = ("app-linux", "app-macos", "deploy-production", "docs", "release")
REVISION = "4f1d2a7c9b3e5d60718293a4b5c6d7e8f9012345"
_DAY = 86_400
_RULES = """
asked = Approval(by=["release-managers"])
rules = [
    Allow("deploy/*", builders=["deploy-*"], forced=True, approval=asked),
    Allow(["npm/*", "release/*"], builders=["release"], forced=True),
    Allow("docker/*", builders=["app-*", "release"], forced=True),
    Allow("ci/*", builders=["*"], forced=True),
    Allow("docs/*", builders=["docs"], forced=True),
    Allow(["docs/*", "ci/*"], owners=["vera"]),
]
"""
_MASTER_CFG = """
import sys
from pathlib import Path

sys.path.insert(0, {tree!r})
from tests.screenshots import demo

c = BuildmasterConfig = demo.configuration(Path({directory!r}), is_newer=True)
"""
_STORED: tuple[tuple[str, str, list[str]], ...] = (
    ("deploy/ssh-key", "Key of the user deploy on the production servers", ["prod", TWO_PERSONS]),
    ("deploy/database", "Password of the production database", ["prod"]),
    ("docker/registry", "Robot account of registry.example.org", ["registry"]),
    ("npm/publish-token", "Publishes the packages of @example", ["registry", "release"]),
    ("release/signing-key", "Signs the packages of each release", ["release", TWO_PERSONS]),
    ("docs/upload", "Uploads docs.example.org", []),
    ("ci/codecov", "", ["public"]),
)


def _value(name: str, version: int) -> str:
    return base64.b64encode(f"{name} {version} of the pictures".encode()).decode().rstrip("=")


def _store(directory: Path) -> tuple[str, Path]:
    """Return the URL of the encrypted store, and the file of its keys."""
    return f"sqlite:///{directory / 'secrets.sqlite'}", directory / "ring"


def make_files(directory: Path) -> None:
    """Make the secrets, and a ``master.cfg`` that is newer than what the master runs with."""
    _make_store(*_store(directory))
    make_key_file(directory / "keys")
    files = directory / "files"
    files.mkdir(mode=0o700)
    write_secret(files / "ci" / "coverage-token", _value("coverage", 1))
    write_secret(files / "ci" / "proxy-password", "hunter2")
    newer = _MASTER_CFG.format(tree=str(Path(__file__).parents[2]), directory=str(directory))
    (directory / "master" / "master.cfg").write_text(newer)


def _make_store(url: str, ring: Path) -> None:
    now = int(time.time())
    database = Database(url)
    create_store(database, RingFile(ring), now=now - 300 * _DAY, actor="ada", beside_database=True)
    database.close()
    store = OpenStore(url, ring, actor="ada (page)")
    for age, (name, description, tags) in enumerate(_STORED):
        first = now - (200 - 20 * age) * _DAY
        store.secrets.set(name, _value(name, 1), now=first, description=description, tags=tags)
    renewed = "npm/publish-token"
    for version, days in ((2, 60), (3, 5)):
        store.secrets.set(renewed, _value(renewed, version), now=now - days * _DAY)
    store.secrets.set("old/ftp-password", _value("ftp", 1), now=now - 400 * _DAY)
    store.secrets.delete("old/ftp-password", now=now - 40 * _DAY)
    store.secrets.edit("docker/registry", now=now - _DAY, expires=now + 6 * _DAY)
    store.close()
    store = OpenStore(url, ring, actor="olga (page)")
    value = _value("deploy/ssh-key", 2)
    pending.make(store.secrets, now - 7200, Change("replace", "deploy/ssh-key", value=value))
    store.close()


def configuration(directory: Path, *, is_newer: bool = False) -> dict[str, Any]:
    """Return the master's configuration.

    :param is_newer: whether that of its ``master.cfg``, with mistakes that a check finds.
    """
    url, ring = _store(directory)
    manager = secrets.SecretManager(
        [
            secrets.SecretInStore(name="store", url=url, key_file=str(ring)),
            secrets.SecretInAFile(str(directory / "files"), name="files"),
        ],
        policy=_policy(),
        audit=[secrets.AuditToDatabase(f"sqlite:///{directory / 'audit.sqlite'}")],
        key_file=str(directory / "keys" / "ring"),
    )
    return {
        "title": "Example CI",
        "titleURL": "https://example.org/",
        "secretsProviders": [manager],
        "builders": [
            BuilderConfig(
                name, workernames=[WORKER_NAME], factory=_factory(name, is_newer), tags=["app"]
            )
            for name in BUILDERS
        ],
        "protocols": {"null": {}},
        "workers": [worker.LocalWorker(WORKER_NAME, missing_timeout=0)],
        "schedulers": _schedulers(),
        "www": {
            "port": "tcp:0:interface=127.0.0.1",
            "allowed_origins": ["http://127.0.0.1:*"],
            "auth": UserPasswordAuth(dict.fromkeys(PEOPLE, PASSWORD)),
            "authz": Authz(
                roleMatchers=[RolesFromUsername([role], people) for role, people in ROLES.items()]
            ),
            "plugins": {"keychain": {"admin_roles": ["admins"], "viewer_roles": ["auditors"]}},
        },
    }


def _policy() -> list[Any]:
    """Return the rules, which are shown as of the file where a master's would be."""
    names: dict[str, Any] = {"Allow": secrets.Allow, "Approval": secrets.Approval}
    exec(compile(_RULES, "/srv/master/master.cfg", "exec"), names)
    rules: list[Any] = names["rules"]
    return rules


def _schedulers() -> list[Any]:
    source = util.CodebaseParameter(
        "",
        branch=util.ChoiceStringParameter("branch", label="Branch", choices=["main", "stable"]),
        revision=util.StringParameter("revision", label="Revision"),
        repository=util.FixedParameter("repository", default="https://git.example.org/app"),
        project=util.FixedParameter("project", default="app"),
        label="What is deployed",
    )
    deploy = schedulers.ForceScheduler(
        "deploy",
        ["deploy-production"],
        label="Deploy to production",
        buttonName="Deploy",
        reason=util.StringParameter("reason", label="Reason", required=True),
        codebases=[source],
        properties=[
            util.ChoiceStringParameter(
                "region", label="Regions", choices=["eu", "us", "asia"], multiple=True
            ),
            util.BooleanParameter("restart", label="Restart all servers", default=True),
            util.SecretParameter(
                "password", label="Your password on the servers", tooltip="As for ssh."
            ),
            util.SecretParameter("key", label="Another SSH key", multiline=True, required=False),
        ],
    )
    return [deploy, schedulers.ForceScheduler("force", list(BUILDERS))]


def _factory(builder: str, is_newer: bool) -> Any:
    used = {
        "app-linux": ["files!ci/coverage-token", "store!docker/registry"],
        "app-macos": ["files!ci/coverage-token", "store!npm/publish-token"],
        "deploy-production": ["store!deploy/ssh-key"],
        "docs": ["store!docs/upload", "files!ci/proxy-password"],
        "release": ["store!npm/publish-token", "store!release/signing-key"],
    }[builder]
    if is_newer and builder == "docs":
        used.append("store!docs/preview-token")
    return util.BuildFactory(
        [
            steps.ShellCommand(
                name=f"use {name.rpartition('/')[2]}",
                command=["sh", "-c", f'echo "using {_printed(builder)}"'],
                logEnviron=False,
                env={"TOKEN": util.Secret(name)},
                flunkOnFailure=True,
            )
            for name in used
        ]
    )


def _printed(builder: str) -> str:
    """Return what steps of a builder print: one has been careless."""
    return "$TOKEN" if builder == "docs" else "a token"


async def run_builds(master: RealMaster, client: PageClient) -> None:
    """Run some builds of each builder but the one that waits for approval.

    :param client: of the person who asks for them.
    """
    for builder in BUILDERS:
        if not builder.startswith("deploy-"):
            ended = master.event(("buildsets", None, "complete"))
            fields = {"branch": "main", "reason": "nightly"}
            await deferToThread(_force, client, "force", builder, fields)
            await ended


def begin_inspection(client: PageClient, task: str) -> None:
    """Press the button that begins ``check`` or ``doctor``; blocks.

    :param client: of an administrator.
    """
    (form,) = forms_of(client.open(task).text, task)
    reply = client.send(task, {**form, "offline": "no"})
    if reply.status != 303:
        raise RuntimeError(f"{task} was not begun: {reply.text}")


def ask_for_approval(client: PageClient) -> None:
    """Have a build made that waits for somebody; blocks.

    :param client: of the person who asks for it.
    """
    password = _value("password", 1)
    fields = {"branch": "main", "revision": REVISION, "keychain_secret_password": password}
    _force(client, "deploy", "deploy-production", {**fields, "reason": "release 4.2"})


def _force(client: PageClient, scheduler: str, builder: str, fields: dict[str, str]) -> None:
    known = json.loads(client.ask("GET", f"/api/v2/builders/{builder}").text)["builders"][0]
    wanted = {**fields, "builderid": str(known["builderid"])}
    call = {"id": 1, "jsonrpc": "2.0", "method": "force", "params": wanted}
    headers = {"Content-Type": "application/json", "Origin": client.origin}
    path = f"/api/v2/forceschedulers/{scheduler}"
    reply = client.ask("POST", path, headers, json.dumps(call))
    if reply.status != 200:
        raise RuntimeError(f"no build was forced: {reply.text}")
