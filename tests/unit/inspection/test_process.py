from __future__ import annotations

import os
import pwd
import select
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection._process import as_owner
from buildbot_keychain.inspection.check import run_check

CANARY = "canary-W7/x+9pQ"

SECONDS = 60
"""After which a process that should have ended counts as one that goes on."""

BEGINS_A_PROGRAM = """
import subprocess
subprocess.Popen(["sleep", "600"], pass_fds=(opened,))
"""

NEVER_ENDS = """
import signal
while True:
    signal.pause()
"""

CHECKS = """
import sys
from buildbot_keychain.inspection.check import run_check
run_check(sys.argv[1], 60, lambda *_: None, offline=True)
"""


class ProcessTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(mode=0o700)

    def failed(self, text: str) -> str:
        file = self.directory / "master.cfg"
        file.write_text(text)
        with self.assertRaises(ConfigurationError) as caught:
            run_check(str(file), SECONDS, lambda *_: None, offline=True)
        return str(caught.exception)

    def test_there_is_none(self) -> None:
        with self.assertRaises(ConfigurationError):
            run_check(str(self.directory / "none.cfg"), SECONDS, lambda *_: None, offline=True)

    def test_a_python_that_cannot_be_run(self) -> None:
        self.patch(sys, "executable", "/nowhere/python")
        self.assertIn("cannot run /nowhere/python as the owner of", self.failed(""))

    def test_an_error_is_not_quoted(self) -> None:
        text = f"import sys\nprint({CANARY!r}, file=sys.stderr)\nraise ValueError({CANARY!r})"
        message = self.failed(text)
        self.assertIn("fails with ValueError in line 3", message)
        self.assertNotIn(CANARY, message)

    def test_a_configuration_that_ends_the_process(self) -> None:
        self.assertIn("ended before it was done", self.failed("import os\nos._exit(0)"))

    def test_modules_in_the_directory_do_not_stand_for_those_of_python(self) -> None:
        (self.directory / "secrets.py").write_text("raise ValueError")
        file = self.directory / "master.cfg"
        file.write_text("BuildmasterConfig = {}")
        here = Path.cwd()
        os.chdir(self.directory)
        self.addCleanup(os.chdir, here)
        told: list[str] = []
        report = run_check(".", SECONDS, lambda _, __, label: told.append(label), offline=True)
        self.assertEqual(report.file, str(file))
        self.assertEqual(told, ["executing the configuration", "looking for secrets"])

    def test_a_configuration_that_does_not_end(self) -> None:
        file = self.directory / "master.cfg"
        file.write_text(NEVER_ENDS)
        with self.assertRaisesRegex(ConfigurationError, "executing the configuration took more"):
            run_check(str(file), 0.5, lambda *_: None, offline=True)


class OwnerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(mode=0o700)
        if os.geteuid() != 0:
            self.assertEqual(as_owner(self.directory), (self.directory, {}))
            raise SkipTest("only root can be somebody else")

    def test_root_becomes_the_owner_of_the_directory(self) -> None:
        self.assertEqual(as_owner(self.directory), (self.directory, {}))
        nobody = pwd.getpwnam("nobody")
        os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
        self.patch(os, "environ", {"PATH": "/bin", "LANG": "C.UTF-8", "TOKEN": CANARY})
        path, found = as_owner(self.directory / "master.cfg")
        self.assertEqual(path, self.directory / "master.cfg")
        self.assertEqual((found["user"], found["group"]), (nobody.pw_uid, nobody.pw_gid))
        names = {"USER": "nobody", "LOGNAME": "nobody", "SHELL": nobody.pw_shell}
        expected = {"PATH": "/bin", "LANG": "C.UTF-8", "HOME": nobody.pw_dir, **names}
        self.assertEqual(found["env"], expected)
        os.chown(self.directory, 54321, 54321)
        with self.assertRaisesRegex(ConfigurationError, "does not exist"):
            as_owner(self.directory)

    def test_a_link_is_followed_once(self) -> None:
        link = self.directory / "link"
        link.symlink_to(self.directory)
        self.assertEqual(as_owner(link)[0], self.directory)
        self.assertEqual(as_owner(link / "master.cfg")[0], self.directory / "master.cfg")

    def test_what_others_can_replace_is_not_executed(self) -> None:
        below = self.directory / "master"
        below.mkdir(mode=0o700)
        for mode, owner in ((0o777, 0), (0o700, 65534)):
            self.directory.chmod(mode)
            os.chown(self.directory, owner, owner)
            with self.assertRaisesRegex(ConfigurationError, "they can replace"):
                as_owner(below)
        os.chown(below, 65534, 65534)
        self.assertEqual(as_owner(below)[1]["user"], 65534)
        self.directory.chmod(0o1777)
        os.chown(self.directory, 0, 0)
        self.assertEqual(as_owner(below)[1]["user"], 65534)


class EndTests(SynchronousTestCase):
    """What a configuration has begun ends with the check."""

    def setUp(self) -> None:
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(mode=0o700)
        self.file = directory / "master.cfg"
        fifo = directory / "fifo"
        os.mkfifo(fifo)
        self.reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, self.reading)
        self.opening = f"import os\nopened = os.open({str(fifo)!r}, os.O_WRONLY)\n"

    def write(self, text: str) -> None:
        begun = "os.write(opened, b'.')\n"
        self.file.write_text(f"{self.opening}{begun}{dedent(text)}BuildmasterConfig = {{}}\n")

    def read(self) -> bytes:
        """Return what those have written who have the file open; nothing if none is left."""
        self.assertTrue(select.select([self.reading], [], [], SECONDS)[0], "a process goes on")
        return os.read(self.reading, 1)

    def test_a_program_ends_with_the_check(self) -> None:
        self.write(BEGINS_A_PROGRAM)
        run_check(str(self.file), SECONDS, lambda *_: None, offline=True)
        self.assertEqual([self.read(), self.read()], [b".", b""])

    def test_all_of_it_ends_with_whoever_checks(self) -> None:
        self.write(BEGINS_A_PROGRAM + NEVER_ENDS)
        checks = subprocess.Popen([sys.executable, "-c", CHECKS, str(self.file)])
        self.assertEqual(self.read(), b".")
        checks.kill()
        checks.wait()
        self.assertEqual(self.read(), b"")

    def test_it_cannot_type_for_whoever_checks(self) -> None:
        self.write(
            """
            if os.getsid(0) != os.getpid():
                raise ValueError("it has the terminal of another session")
            """
        )
        run_check(str(self.file), SECONDS, lambda *_: None, offline=True)

    def test_programs_do_not_hold_what_the_report_comes_through(self) -> None:
        self.write("""
            os.system("exec sleep 600 &")
            os._exit(0)
        """)
        with self.assertRaisesRegex(ConfigurationError, "ended before it was done"):
            run_check(str(self.file), SECONDS, lambda *_: None, offline=True)
