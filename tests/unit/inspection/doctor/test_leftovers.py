from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._leftovers import backup_copies
from tests.support.installations import installation, open_directory

COPIES = (
    *("master.cfg~", "master.cfg.bak", "master.cfg.orig", ".master.cfg.swp", "#master.cfg#"),
    *("master.cfg.bak2", "master.cfg.2024-01-31", "master-old.cfg", "master.cfg-backup"),
    *("state.sqlite.old", "state.sqlite.bak.gz", "state.sql", "dump.sql.gz", "pg.dump"),
    *("buildbot.tac.rej", "secrets.export.json"),
)
OTHERS = (
    *("master.cfg.sample", "master.cfg", "state.sqlite", "state.sqlite-wal", "buildbot.tac"),
    *("twistd.log.1", "mymaster.cfg", "master.py", "twistd.pid", "http.log", "masterly.cfg"),
)


class LeftoverTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = open_directory(self)
        for name in OTHERS:
            (self.basedir / name).touch(0o600)

    def test_what_is_no_copy(self) -> None:
        self.assertEqual(list(backup_copies(installation(self.basedir))), [])

    def test_each_copy(self) -> None:
        for name in COPIES:
            path = self.basedir / name
            path.touch(0o600)
            (finding,) = backup_copies(installation(self.basedir))
            self.assertEqual((finding.level, finding.places), ("note", (str(path),)), name)
            path.unlink()

    def test_a_copy_that_others_can_read(self) -> None:
        (self.basedir / "master.cfg~").touch()
        (self.basedir / "master.cfg~").chmod(0o644)
        (self.basedir / "master.cfg.bak").touch(0o600)
        problem, note = backup_copies(installation(self.basedir))
        self.assertEqual((problem.level, note.level), ("problem", "note"))
        self.assertIn("everybody can read it", problem.sentence)
        self.assertEqual(problem.remedy, f"rm '{self.basedir}/master.cfg~'")
