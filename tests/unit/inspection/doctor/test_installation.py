from __future__ import annotations

import os
import pwd
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor import run_doctor
from buildbot_keychain.inspection.doctor._installation import (
    Installation,
    configuration_problems,
    running_in,
)

UNFIT = """
from buildbot.process.buildstep import BuildStep
BuildStep.startStep = lambda self: None
from buildbot_keychain.plugins import secrets
BuildmasterConfig = {}
"""


class InstallationTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).resolve()
        self.basedir.mkdir(mode=0o700)

    def write(self, text: str) -> None:
        (self.basedir / "master.cfg").write_text(text)

    def test_a_configuration_that_fails(self) -> None:
        self.write("raise ValueError('canary')")
        installation = Installation.at(str(self.basedir / "master.cfg"))
        self.flushLoggedErrors(ValueError)
        self.assertEqual(installation.basedir, self.basedir)
        self.assertIsNone(installation.config)
        (finding,) = configuration_problems(installation)
        self.assertEqual((finding.level, finding.kind), ("unchecked", "configuration"))
        self.assertIn("fails with ValueError in line 1", finding.sentence)
        self.assertNotIn("canary", finding.sentence)

    def test_patches_that_do_not_hold(self) -> None:
        (self.basedir / "master.cfg").write_text(UNFIT)
        found = run_doctor(str(self.basedir / "master.cfg"), 60, lambda *_: None, offline=True)
        kinds = [(each.level, each.kind) for each in found.findings]
        self.assertIn(("unchecked", "configuration"), kinds)
        gaps = [each for each in found.findings if each.kind == "patch"]
        self.assertEqual({each.level for each in gaps}, {"problem"})
        self.assertTrue(all(each.remedy and each.page.endswith("#patch") for each in gaps))
        (gap,) = [each for each in gaps if "'step-builds'" in each.sentence]
        self.assertIn("secrets that Git steps look up would be attributed", gap.sentence)
        self.assertIn("BuildStep.startStep takes (self), not (self, remote)", gap.sentence)

    def test_a_configuration_that_buildbot_refuses(self) -> None:
        self.write("c = BuildmasterConfig = {'unknown': 1}")
        installation = Installation.at(str(self.basedir / "master.cfg"))
        found = list(configuration_problems(installation))
        self.assertIn("Unknown BuildmasterConfig key unknown", [f.sentence for f in found])
        self.assertEqual({f.level for f in found}, {"problem"})
        command = f"buildbot checkconfig {self.basedir}"
        self.assertTrue(all(f.remedy.endswith(command) for f in found))

    def test_root_is_not_told_to_execute_the_configuration_of_others(self) -> None:
        self.write("c = BuildmasterConfig = {'unknown': 1}")
        installation = Installation.at(str(self.basedir / "master.cfg"))
        command = f"buildbot checkconfig {self.basedir}"
        if os.geteuid() == 0:
            os.chown(self.basedir, pwd.getpwnam("nobody").pw_uid, -1)
            command = f"sudo -u nobody {command}"
        (remedy,) = {each.remedy for each in configuration_problems(installation)}
        self.assertEqual(remedy, command)

    def test_the_process_of_a_master(self) -> None:
        proc = self.basedir / "proc"
        self.assertIsNone(running_in(self.basedir, proc))
        for text, expected in (
            (str(os.getpid()), os.getpid()),
            ("1", 1),
            ("-1", None),
            ("0", None),
            ("none", None),
            ("99999999", None),
        ):
            (self.basedir / "twistd.pid").write_text(text)
            self.assertEqual(running_in(self.basedir, proc), expected)

    def test_another_process_has_the_number_of_one_that_has_ended(self) -> None:
        (self.basedir / "twistd.pid").write_text(str(os.getpid()))
        process = self.basedir / f"proc/{os.getpid()}"
        process.mkdir(parents=True)
        (process / "cwd").symlink_to("/somewhere")
        self.assertIsNone(running_in(self.basedir, self.basedir / "proc"))
        (process / "cwd").unlink()
        (process / "cwd").symlink_to(self.basedir)
        self.assertEqual(running_in(self.basedir, self.basedir / "proc"), os.getpid())
