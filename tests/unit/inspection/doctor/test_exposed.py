from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.inspection.doctor._exposed import exposed_files
from buildbot_keychain.inspection.doctor._files import logs_of
from tests.support.installations import codes, installation, open_directory


class ExposedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = open_directory(self) / "a master"
        self.basedir.mkdir()
        for name in ("buildbot.tac", "master.cfg", "state.sqlite", "twistd.log"):
            (self.basedir / name).touch(0o644)
        self.basedir.chmod(0o700)

    def found(self) -> dict[str, str]:
        findings = list(exposed_files(installation(self.basedir)))
        return dict(zip(codes(findings), [each.sentence for each in findings], strict=True))

    def test_a_closed_directory_protects_all_in_it(self) -> None:
        self.assertEqual(self.found(), {})

    def test_as_buildbot_makes_it(self) -> None:
        self.basedir.chmod(0o755)
        found = self.found()
        self.assertEqual(list(found), ["base-directory", "log-file", "database-file"])
        self.assertIn("everybody can list it", found["base-directory"])
        self.assertEqual(found["log-file"], "everybody can read it (mode 0644)")
        (finding, *_) = exposed_files(installation(self.basedir))
        self.assertEqual(finding.remedy, f"chmod 700 '{self.basedir}'")

    def test_what_others_can_write_to(self) -> None:
        self.basedir.chmod(0o711)
        (self.basedir / "master.cfg").chmod(0o646)
        found = self.found()
        self.assertEqual(list(found), ["configuration-file", "log-file", "database-file"])
        self.assertIn("everybody can write to it", found["configuration-file"])
        self.basedir.chmod(0o733)
        self.assertIn("replace all in it", self.found()["base-directory"])

    def test_a_log_that_the_user_of_the_master_cannot_read(self) -> None:
        log = self.basedir / "twistd.log"
        (self.basedir / "twistd.log-old").mkdir(mode=0o700)
        self.assertEqual(logs_of(installation(self.basedir)), [log])
        self.patch(os, "access", lambda path, _: path != log)  # root can read all
        self.assertIn("is not searched for secrets", self.found()["unread"])
        self.assertEqual(logs_of(installation(self.basedir)), [])

    def test_remedies_change_nothing_that_a_link_leads_to(self) -> None:
        """The user of the master can have made it, and root follows the remedies."""
        self.basedir.chmod(0o711)
        for name in ("state.sqlite", "twistd.log"):
            (self.basedir / name).unlink()
        (self.basedir / "twistd.log").symlink_to("/dev/null")
        (self.basedir / "twistd.log.1").symlink_to("/etc/passwd")
        if os.geteuid() == 0:
            os.lchown(self.basedir / "twistd.log.1", 65534, 65534)
            os.chown(self.basedir, 65534, 65534)
        self.patch(os, "access", lambda _path, _how: False)
        findings = list(exposed_files(installation(self.basedir)))
        remedies = [each.remedy for each in findings if "twistd.log" in each.remedy]
        self.assertTrue(remedies)
        for remedy in remedies:
            self.assertTrue(remedy.startswith("chown -h "), remedy)

    def test_what_a_link_leads_to_is_examined(self) -> None:
        """Its remedy leaves alone what is somebody else's, also where a directory is a link."""
        self.basedir.chmod(0o711)
        path, below = self.basedir / "master.cfg", self.basedir / "below"
        target = path.rename(self.basedir.parent / "target")
        target.chmod(0o646)
        below.symlink_to(self.basedir.parent)
        path.symlink_to("below/target")
        self.assertEqual(self.remedy_for(path), f"chmod go-w '{path}'")
        if os.geteuid() == 0:
            for link in (path, below):
                os.lchown(link, 65534, 65534)
                remedy = "have the link lead to a file of root that is closed"
                self.assertEqual(self.remedy_for(path), remedy)
                os.lchown(link, 0, 0)

    def remedy_for(self, path: Path) -> str:
        """Return the remedy where others can write to it."""
        (finding,) = (
            each
            for each in exposed_files(installation(self.basedir))
            if each.places == (str(path),) and "everybody can write to it" in each.sentence
        )
        return finding.remedy

    def test_a_directory_above(self) -> None:
        self.basedir.parent.chmod(0o777)
        self.assertEqual(list(self.found()), ["directory-above"])
        self.basedir.parent.chmod(0o1777)
        self.assertEqual(self.found(), {})

    def test_a_directory_above_what_a_link_leads_to(self) -> None:
        self.basedir.parent.chmod(0o777)
        link = open_directory(self) / "link"
        link.symlink_to(self.basedir)
        (finding,) = exposed_files(installation(link))
        self.assertEqual(finding.places, (str(self.basedir.parent),))

    def test_another_owner(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give files away")
        os.chown(self.basedir.parent, 1, 1)
        self.assertIn("the user daemon can replace", self.found()["directory-above"])
        os.chown(self.basedir.parent, 0, 0)
        os.chown(self.basedir / "master.cfg", 1, 1)
        self.assertEqual(
            self.found()["owner"], "it belongs to daemon, and the base directory to root"
        )
        os.chown(self.basedir, 1, 1)
        (finding, _) = exposed_files(installation(self.basedir))
        self.assertIn("it belongs to root", finding.sentence)
        self.assertNotIn("master.cfg", "".join(finding.places))
