from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.inspection.doctor import _process_of_master
from buildbot_keychain.inspection.doctor._process_of_master import process_of_master
from buildbot_keychain.versions import ACCEPT_VARIABLE
from tests.support.installations import codes, installation

UNIT = "[Service]\n{}\nExecStart=/usr/bin/buildbot start --nodaemon {}\n"


class ProcessTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp()).resolve()
        self.basedir = self.root / "master"
        self.units = self.root / "units"
        for directory in (self.basedir, self.units, self.root / "proc/7"):
            directory.mkdir(parents=True)
        self.patch(os, "environ", {})
        if os.geteuid() == 0:
            os.chown(self.basedir, 1, 1)
            os.chown(self.root / "proc/7", 1, 1)

    def found(self, process: int | None = None) -> list[str]:
        examined = installation(self.basedir, process)
        return codes(process_of_master(examined, self.root / "proc", (self.units,)))

    def test_root(self) -> None:
        self.assertEqual(self.found(), [])
        if os.geteuid() != 0:
            raise SkipTest("only root can run a master as root")
        os.chown(self.basedir, 0, 0)
        self.assertEqual(self.found(), ["runs-as-root"])
        self.assertEqual(self.found(7), [])
        os.chown(self.root / "proc/7", 0, 0)
        self.assertEqual(self.found(7), ["runs-as-root"])

    def test_units(self) -> None:
        unit = self.units / "buildbot@.service"
        for line, place, expected in (
            ("", self.basedir, ["runs-as-root"]),
            ("User=root", self.basedir, ["runs-as-root"]),
            ("User=buildbot", self.basedir, []),
            ("DynamicUser=yes", self.basedir, []),
            ("", f"{self.basedir}-2", []),
        ):
            unit.write_text(UNIT.format(line, place))
            self.assertEqual(self.found(), expected, line)
        unit.write_text(UNIT.format("", self.basedir))
        (self.units / f"{unit.name}.d").mkdir()
        (self.units / f"{unit.name}.d/user.conf").write_text("[Service]\nUser=buildbot\n")
        self.assertEqual(self.found(), [])

    def test_the_environment(self) -> None:
        file = self.root / "proc/7/environ"
        names = ("PATH", "VAULT_TOKEN_FILE", "SECRET_DIR", "TOKENIZERS", "KEY", "EMPTY_TOKEN")
        others = b"".join(f"{n}={'' if n[0] == 'E' else 'x'}\0".encode() for n in names)
        file.write_bytes(others)
        self.assertEqual(self.found(7), [])
        for name in (b"VAULT_TOKEN", b"GITHUB_API_KEY", b"db_password", b"PASSPHRASE"):
            file.write_bytes(others + name + b"=canary\0")
            examined = installation(self.basedir, 7)
            (finding,) = process_of_master(examined, self.root / "proc", (self.units,))
            self.assertIn(f"can read {name.decode()},", finding.sentence)
            self.assertNotIn("canary", repr(finding))

    def test_a_patch_that_does_not_hold(self) -> None:
        (self.root / "proc/7/environ").write_bytes(ACCEPT_VARIABLE.encode() + b"=log\0")
        self.assertEqual(self.found(7), ["unguarded"])

    def test_versions(self) -> None:
        self.patch(_process_of_master, "version_of", lambda _: "5.1.2")
        self.assertEqual(self.found(), ["not-tried"])
