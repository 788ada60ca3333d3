"""Files as systemd gives them to a service that does not run as root: root's, opened by an ACL.

systemd.exec(5), "Credentials": a file of mode 0440 in a directory of mode 0550, both of root's,
with an entry for the service's user, whose mask shows as the bits of the group. Here they are made
by ``setfacl`` and read by another process that is not root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SkipTest, TestCase

NOBODY = 65534

READ = """
import sys
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from buildbot_keychain import SecretInAFile

async def main(reactor, directory):
    provider = SecretInAFile(directory)
    print(list(provider.check_config()), end=" ")
    try:
        print(await provider.get("token"))
    except Exception as error:
        print(error)

react(lambda *args: Deferred.fromCoroutine(main(*args)), sys.argv[1:])
"""


class ServiceCredentialTests(TestCase):
    def setUp(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what systemd makes")
        for command in ("setfacl", "setpriv"):
            if shutil.which(command) is None:
                raise SkipTest(f"the command {command} is not installed")
        parent = Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, parent)
        parent.chmod(0o755)
        self.directory = parent / "ci.service"
        self.directory.mkdir(mode=0o550)
        (self.directory / "token").write_text("from systemd\n")
        (self.directory / "token").chmod(0o440)

    def allow(self, user: int) -> None:
        """Let another user read, as systemd does."""
        rights = {self.directory: "rx", self.directory / "token": "r"}
        commands = [["setfacl", "-m", f"u:{user}:{rights[path]}", str(path)] for path in rights]
        if any(subprocess.run(command, check=False).returncode for command in commands):
            raise SkipTest("this file system has no access control lists")

    def read(self, **environment: str) -> str:
        """Return what a process that is not root learns about the directory and the secret."""
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        command = [*become, sys.executable, "-c", READ, str(self.directory)]
        env = {"PATH": os.environ["PATH"], **environment}
        try:
            return subprocess.run(
                command, check=True, capture_output=True, text=True, env=env
            ).stdout.strip()
        except (subprocess.CalledProcessError, PermissionError):
            raise SkipTest("nobody but root may run this Python") from None

    def test_the_user_of_the_service_reads_its_credential(self) -> None:
        self.allow(NOBODY)
        output = self.read(CREDENTIALS_DIRECTORY=str(self.directory))
        self.assertEqual(output, "[] from systemd")

    def test_another_user_learns_what_is_wrong(self) -> None:
        self.allow(4711)
        output = self.read(CREDENTIALS_DIRECTORY=str(self.directory))
        self.assertIn("cannot enter the directory", output)
        self.assertIn("make the user that runs this process its owner", output)
        self.assertNotIn("from systemd", output)
