from __future__ import annotations

import os
from pathlib import Path

from buildbot.scripts.create_master import makeTAC
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._rotation import log_rotation
from tests.support.installations import codes, installation

OTHERS = {
    "logfile = LogFile('twistd.log', basedir, maxRotatedFiles=3)": "",
    "logfile = LogFile.fromFullPath('twistd.log', maxRotatedFiles=count())": "",
    "logfile = LogFile('twistd.log', basedir, 10000000, None, 10)": "",
    "logfile = LogFile.fromFullPath('twistd.log', **rotation)": "",
    "logfile = LogFile('twistd.log', basedir)": "for ever",
    "logfile = DailyLogFile('twistd.log', basedir)": "for ever",
    "logfile = LogFile('twistd.log', basedir, rotateLength=None)": "never rotated",
    "application.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)": "",
    "this is no Python": "",
}


class RotationTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).resolve()
        self.basedir.mkdir(mode=0o700)
        self.log = self.basedir / "twistd.log"
        self.log.touch()

    def sentence(self) -> str:
        found = list(log_rotation(installation(self.basedir)))
        self.assertIn(codes(found), ([], ["log-rotation"]))
        return found[0].sentence if found else ""

    def create(self, *, no_logrotate: bool = False, count: int | None = 10, size: int = 10) -> None:
        options = {"basedir": str(self.basedir), "config": "master.cfg", "relocatable": False}
        more = {"log-size": size, "log-count": count, "no-logrotate": no_logrotate}
        (self.basedir / "buildbot.tac").unlink(missing_ok=True)
        makeTAC({**options, **more, "quiet": True})

    def test_what_buildbot_creates(self) -> None:
        self.create()
        self.assertEqual(self.sentence(), "")
        self.create(no_logrotate=True)
        self.assertEqual(self.sentence(), "old ones are kept for ever")
        self.create(count=None)
        for name, when in (("twistd.log.1", 86_400), ("twistd.log-2024", 10 * 86_400)):
            (self.basedir / name).touch()
            os.utime(self.basedir / name, (when, when))
        self.assertIn("ever, of which there are 2, the oldest of 1970-01-02", self.sentence())
        self.create(size=0)
        self.assertIn("never rotated", self.sentence())

    def test_what_people_write(self) -> None:
        for text, words in OTHERS.items():
            (self.basedir / "buildbot.tac").write_text(text)
            self.assertIn(words, self.sentence() or words, text)
            self.assertEqual(bool(self.sentence()), bool(words), text)

    def test_where_there_is_no_such_log(self) -> None:
        self.assertEqual(self.sentence(), "")
        self.create(count=None)
        self.log.unlink()
        self.assertEqual(self.sentence(), "")
