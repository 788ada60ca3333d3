"""A private MariaDB server for a test, with a socket in its own directory.

It refuses to run as root: tests that do run it as the user ``mysql`` or ``nobody``.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest

_WITHOUT_FILES = ("--no-defaults",)
_SCRIPT = "CREATE DATABASE buildbot CHARACTER SET utf8 COLLATE utf8_unicode_ci;\n"
"""As by default in MySQL 8, cases and accents are equal, and control characters are ignored."""


class MariaDB:
    """A server that runs from `start` to `stop`; `url` is for SQLAlchemy."""

    def __init__(self) -> None:
        server = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
        installer = shutil.which("mariadb-install-db")
        if server is None or installer is None:
            msg = "no MariaDB server is installed (no mariadbd)"
            raise SkipTest(msg)
        if importlib.util.find_spec("pymysql") is None:
            msg = "pymysql is not installed"
            raise SkipTest(msg)
        self._server, self._installer = server, installer
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-my-"))
        # The server may run as another user, who cannot write into ours.
        environment = {**os.environ, "TMPDIR": str(self.directory)}
        self._as_user: dict[str, Any] = {"env": environment}
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            user = pwd.getpwnam("mysql" if "mysql" in names else "nobody")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self._as_user |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._socket = self.directory / "socket"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"mysql+pymysql://root@localhost/buildbot?unix_socket={self._socket}"

    def start(self) -> None:
        """Create its files, and start it with an empty database."""
        data = f"--datadir={self.directory / 'data'}"
        subprocess.run(
            [self._installer, *_WITHOUT_FILES, data, "--auth-root-authentication-method=normal"],
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
            **self._as_user,
        )
        script = self.directory / "init.sql"
        script.write_text(_SCRIPT)
        script.chmod(0o644)
        options = (data, f"--socket={self._socket}", "--skip-networking", f"--init-file={script}")
        self._process = subprocess.Popen(
            [self._server, *_WITHOUT_FILES, *options],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **self._as_user,
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if b"ready for connections" in line:
                return
        raise RuntimeError("mariadbd ended before it was ready")

    def stop(self) -> None:
        """Stop it, and remove everything that it wrote."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self.directory, ignore_errors=True)
