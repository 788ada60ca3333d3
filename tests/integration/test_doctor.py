"""``buildbot-keychain doctor``, of installations as Buildbot makes them."""

from __future__ import annotations

import json
import os
import pwd
import site
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase

from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.inspection.doctor import CODES
from tests.support.installations import open_directory
from tests.support.keychain_command import COMMAND, Ended, run
from tests.support.real_processes import MasterProcess, command_path

CANARY = "canary-W7/x+9pQ"

COMMON = """
from buildbot_keychain.plugins import changes, reporters, schedulers, secrets, steps, util, worker
from buildbot.secrets.providers.file import SecretInAFile as Own
c = BuildmasterConfig = {}
here = "DIRECTORY"
f = util.BuildFactory([steps.ShellCommand(command=["true", util.Secret("token")])])
c["builders"] = [util.BuilderConfig(name="b", workernames=["w"], factory=f)]
c["buildbotNetUsageData"] = None
"""

PLANTED = (
    COMMON
    + """
c["workers"] = [worker.Worker("w", "pass"), worker.Worker("old", util.Secret("token"))]
c["protocols"] = {"pb": {"port": 9989}, "msgpack_experimental_v7": {"port": 9990}}
c["schedulers"] = [
    schedulers.ForceScheduler(name="force", builderNames=["b"]),
    schedulers.Try_Userpass("try", ["b"], 9991, [("alice", "alice")]),
]
c["change_source"] = [changes.PBChangeSource()]
c["buildbotURL"] = "http://ci.example.org/"
c["www"] = {
    "port": 8010,
    "debug": True,
    "allowed_origins": ["*"],
    "change_hook_dialects": {"base": True, "github": {}, "gitlab": {}, "bitbucket": True},
}
c["manhole"] = type("Manhole", (), {"port": "tcp:1234", "username": "admin", "password": "admin"})()
c["mq"] = {"type": "simple", "debug": True}
c["secretsProviders"] = [Own(dirname=here + "/secrets")]
c["unknown"] = 1
f.addStep(steps.ShellCommand(command=["true", util.Secret("missing")]))
"""
)

WELL_KEPT = (
    COMMON
    + """
c["workers"] = [worker.LocalWorker("w")]
c["protocols"] = {"null": {}}
c["schedulers"] = [schedulers.ForceScheduler(name="force", builderNames=["b"])]
c["buildbotURL"] = "https://ci.example.org/"
c["www"] = {
    "port": "tcp:0:interface=127.0.0.1",
    "auth": util.RemoteUserAuth(),
    "authz": util.Authz(
        allowRules=[util.AnyControlEndpointMatcher(role="admins")],
        roleMatchers=[util.RolesFromUsername(["admins"], ["alice"])],
    ),
    "change_hook_dialects": {"github": {"secret": "0f1e2d", "strict": True}},
}
c["secretsProviders"] = [
    secrets.SecretManager(
        [secrets.SecretInAFile(here + "/secrets", name="files")],
        policy=[secrets.Allow("token", builders=["b"], forced=True, outside=True)],
    )
]
"""
)

EXPECTED = {
    *("base-directory", "configuration-file", "database-file", "log-file", "key-file"),
    *("backup-copy", "http", "no-login", "no-authz", "allowed-origins", "open-hook"),
    *("plain-worker-port", "msgpack", "worker-version", "known-password", "manhole", "debug"),
    *("configuration", "buildbot-provider", "no-policy", "secrets", "stored-secrets"),
}

AS_THE_MACHINE_IS = {
    "swap",
    "not-tried",
    "core-dumps",
    *({"runs-as-root"} if os.geteuid() == 0 else ()),
}
"""What depends on where the tests run."""


def write(directory: Path, configuration: str) -> Path:
    """Write a configuration and a secret to a master's directory."""
    (directory / "secrets").mkdir(mode=0o700)
    (directory / "secrets/token").write_text(CANARY)
    (directory / "secrets/token").chmod(0o600)
    text = configuration.replace("DIRECTORY", str(directory))
    (directory / "master.cfg").write_text(text)
    return directory


def create(directory: Path, configuration: str) -> Path:
    """Create a master as Buildbot does."""
    command = [command_path("buildbot"), "create-master", "--quiet", str(directory)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, umask=0o022)
    return write(directory, configuration)


def parsed(ended: Ended) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *found, summary = map(json.loads, ended.out.splitlines())
    return found, summary


class PlantedFaultTests(SynchronousTestCase):
    """One run is looked at by all tests."""

    ended: ClassVar[Ended]
    found: ClassVar[list[dict[str, Any]]] = []

    def setUp(self) -> None:
        if self.found:
            return
        basedir = create(open_directory(self) / "master", PLANTED)
        (basedir / "secrets").chmod(0o755)
        (basedir / "master.cfg").chmod(0o666)
        (basedir / "master.cfg~").write_text(PLANTED)
        (basedir / "twistd.log.1").write_text(f"it was {CANARY}\n")
        connection = sqlite3.connect(basedir / "state.sqlite")
        row = ("old", json.dumps({"version": "3.11.0"}), 0, "", 0)
        names = "name, info, paused, pause_reason, graceful"
        connection.execute(f"INSERT INTO workers ({names}) VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()
        connection.close()
        type(self).ended = run("doctor", basedir, "--json")
        self.found.extend(parsed(self.ended)[0])

    def test_each_is_found(self) -> None:
        kinds = {each["kind"] for each in self.found}
        self.assertEqual(EXPECTED - kinds, set())
        self.assertEqual(kinds - EXPECTED - AS_THE_MACHINE_IS, set())
        self.assertEqual(self.ended.status, 1)

    def test_each_has_a_remedy_and_a_page(self) -> None:
        for each in self.found:
            self.assertTrue(each["remedy"], each["kind"])
            self.assertTrue(each["page"].endswith(f"#{each['kind']}"), each["page"])
            self.assertIn(each["kind"], CODES)
        (stored,) = [each for each in self.found if each["kind"] == "stored-secrets"]
        self.assertIn("buildbot-keychain scrub --config", stored["remedy"])

    def test_each_hook_and_password_is_named(self) -> None:
        hooks = [each["sentence"] for each in self.found if each["kind"] == "open-hook"]
        self.assertEqual(len(hooks), 5)
        (passwords,) = [each for each in self.found if each["kind"] == "known-password"]
        self.assertEqual(len(passwords["places"]), 4)

    def test_no_value_is_shown(self) -> None:
        self.assertNotIn(CANARY, self.ended.out)
        self.assertEqual(self.ended.err, "")


class WellKeptTests(TestCase):
    async def test_nothing_is_wrong_while_it_runs_and_it_is_not_disturbed(self) -> None:
        basedir = open_directory(self) / "master"
        master = MasterProcess(self, basedir)
        await master.create("")
        basedir.chmod(0o700)
        (basedir / "master.cfg").unlink()
        write(basedir, WELL_KEPT)
        await master.start()
        before = self._files(basedir)
        ignored = [f"--ignore={code}" for code in sorted(AS_THE_MACHINE_IS)]
        ended = await deferToThread(run, "doctor", basedir, "--json", *ignored)
        found, summary = parsed(ended)
        self.assertEqual(found, [])
        self.assertEqual((ended.status, summary["problem"], summary["note"]), (0, 0, 0))
        self.assertEqual(self._files(basedir), before)
        self.assertNotIn("Traceback", master.log)
        self.assertEqual(await master.stop(), 0)

    def _files(self, basedir: Path) -> set[str]:
        """Return the files, but for those that SQLite makes and removes for whoever reads."""
        names = {path.name for path in basedir.iterdir()}
        return names - {"state.sqlite-wal", "state.sqlite-shm"}


OF_ANOTHER_USER = (
    WELL_KEPT
    + """
import os
open(here + "/executed-by", "w").write(str(os.getuid()))
"""
)


class OwnerTests(SynchronousTestCase):
    """Root examines what another user owns, as that user: it can be led nowhere else."""

    def setUp(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can be somebody else")
        self.directory = open_directory(self)
        self.basedir = create(self.directory / "master", OF_ANOTHER_USER)
        self.basedir.chmod(0o700)
        self.of_root = self.directory / "of-root"
        self.of_root.write_text(f"it was {CANARY}\n")
        self.of_root.chmod(0o600)
        for number, text in ((1, CANARY), (2, "nothing")):
            (self.basedir / f"twistd.log.{number}").write_text(f"it was {text}\n")
        (self.basedir / "twistd.log.3").symlink_to(self.of_root)
        self.owner = pwd.getpwnam("nobody")
        for path in self.paths():
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)

    def paths(self) -> list[Path]:
        return [self.basedir, *self.basedir.rglob("*")]

    def doctor(self) -> subprocess.CompletedProcess[str]:
        """Run it with a Python that the owner can run, too, if there is one."""
        python = sys.executable
        system = Path("/usr/bin/python{}.{}".format(*sys.version_info))
        if not self.can_run(python) and system.exists():
            place = self.directory / "python"
            subprocess.run([system, "-m", "venv", "--without-pip", place], check=True)
            (packages,) = place.glob("lib/*/site-packages")
            (packages / "more.pth").write_text("\n".join(site.getsitepackages()))
            python = str(place / "bin/python")
        command = [python, *COMMAND[1:], "doctor", str(self.basedir), "--json"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def can_run(self, python: str) -> bool:
        try:
            return not subprocess.run([python, "-c", ""], user="nobody", cwd="/").returncode  # noqa: PLW1510
        except PermissionError:
            return False

    def test_root_examines_it_as_its_owner(self) -> None:
        ended = self.doctor()
        self.assertEqual({path.lstat().st_uid for path in self.paths()}, {self.owner.pw_uid})
        self.assertEqual(self.of_root.read_text(), f"it was {CANARY}\n")
        self.assertNotIn(CANARY, ended.stdout + ended.stderr)
        if ended.returncode == ExitStatus.FAILED:
            self.assertIn("install this library where that user can run it", ended.stderr)
            return
        found = [json.loads(line) for line in ended.stdout.splitlines()][:-1]
        self.assertEqual((self.basedir / "executed-by").read_text(), str(self.owner.pw_uid))
        found = [each for each in found if each["kind"] not in AS_THE_MACHINE_IS]
        places = {each["kind"]: each["places"] for each in found}
        log = f"{self.basedir}/twistd.log"
        self.assertEqual(places, {"stored-secrets": [f"{log}.1, line 1"], "unread": [f"{log}.3"]})
        remedies = {each["kind"]: each["remedy"] for each in found}
        self.assertEqual(remedies["unread"], f"chown -h nobody {log}.3")
        scrub = f"sudo -u nobody buildbot-keychain scrub --config {self.basedir}"
        expected = f"{scrub} --text {log}.1 --no-database --write"
        self.assertEqual(remedies["stored-secrets"], expected)
