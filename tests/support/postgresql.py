"""A private PostgreSQL server for a test, with a socket in its own directory.

Debian's server is used, or whichever is installed. It refuses to run as root: tests that do run it
as the user ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.trial.unittest import SkipTest, SynchronousTestCase

_new_clusters: list[Path] = []
"""A cluster as ``initdb`` makes it, once it has: that takes half a second of a processor."""


def _programs() -> Path:
    debians = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    path = debians[-1] if debians else shutil.which("initdb")
    if path is None:
        msg = "no PostgreSQL server is installed (no initdb)"
        raise SkipTest(msg)
    return Path(path).parent


def _version(path: Path) -> float:
    return float(path.parent.parent.name)


class PostgreSQL:
    """A server that runs from `start` to `stop`; `url` is for SQLAlchemy.

    :param passwords: whether every role but its owner, ``keychain``, needs a password.
    """

    def __init__(self, *, passwords: bool = False) -> None:
        if importlib.util.find_spec("psycopg2") is None:
            msg = "psycopg2 is not installed"
            raise SkipTest(msg)
        self._programs = _programs()
        self._passwords = passwords
        self._databases = 0
        self._user = pwd.getpwuid(os.geteuid())
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self._user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        self.directory = self._make_directory("keychain-pg-")
        self.url = f"postgresql+psycopg2://keychain@/buildbot?host={quote(str(self.directory))}"

    def start(self) -> None:
        """Create a cluster and a database in it, and start it."""
        data = self.directory / "data"
        if not _new_clusters:
            _new_clusters.append(self._new_cluster())
        self._run_as_user(["cp", "-a", str(_new_clusters[0]), str(data)])
        if self._passwords:
            rules = "local all keychain trust\nlocal all all scram-sha-256\n"
            (data / "pg_hba.conf").write_text(rules)
        self._start()
        self._run("createdb", "-h", self.directory, "-U", "keychain", "buildbot")

    def _new_cluster(self) -> Path:
        """Return a directory that is removed when the process ends."""
        directory = self._make_directory("keychain-pg-new-")
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        how = ("-U", "keychain", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self._run("initdb", "-D", directory / "data", *how)
        return directory / "data"

    def _make_directory(self, prefix: str) -> Path:
        directory = Path(tempfile.mkdtemp(prefix=prefix))
        if os.geteuid() == 0:
            os.chown(directory, self._user.pw_uid, self._user.pw_gid)
        return directory

    def _start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory} -F"
        log = self.directory / "log"
        self._run("pg_ctl", "-D", self.directory / "data", "-l", log, "-w", "-o", options, "start")

    def stop_at_once(self) -> None:
        """Let it die without a word to its clients, as if its machine did."""
        self._run("pg_ctl", "-D", self.directory / "data", "-m", "immediate", "-w", "stop")

    def start_again(self) -> None:
        """Start it after it was stopped."""
        self._start()

    def restart(self, while_down: Callable[[], object] = lambda: None) -> None:
        """Stop it at once, and start it again."""
        self.stop_at_once()
        while_down()
        self.start_again()

    def new_database(self) -> str:
        """Create another database, and return its URL for SQLAlchemy."""
        self._databases += 1
        name = f"more_{self._databases}"
        self._run("createdb", "-h", self.directory, "-U", "keychain", name)
        return self.url.replace("/buildbot?", f"/{name}?")

    def roles(self) -> set[str]:
        """Return the names of its roles."""
        query = ("-d", "buildbot", "-tAc", "SELECT rolname FROM pg_roles")
        return set(self._run("psql", "-h", self.directory, "-U", "keychain", *query).split())

    def accepts(self, user: str, password: str) -> bool:
        """Return whether a role can connect to the database with this password."""
        driver: Any = importlib.import_module("psycopg2")
        try:
            driver.connect(
                host=str(self.directory), dbname="buildbot", user=user, password=password
            ).close()
        except driver.OperationalError:
            return False
        return True

    def end_session(self, process: int) -> None:
        """End the session of a connection, by the id of the server's process."""
        query = ("-d", "buildbot", "-tAc", f"SELECT pg_terminate_backend({process}, 60000)")
        self._run("psql", "-h", self.directory, "-U", "keychain", *query)

    def stop(self) -> None:
        """Stop it, and remove everything that it wrote."""
        if (self.directory / "data" / "postmaster.pid").exists():
            self.stop_at_once()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self, program: str, *arguments: str | Path) -> str:
        return self._run_as_user([str(self._programs / program), *map(str, arguments)])

    def _run_as_user(self, command: list[str]) -> str:
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        done = subprocess.run(
            command,
            cwd=self.directory,
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            **as_user,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")


class Standby(PostgreSQL):
    """A server that follows another one as soon as it can, and may be behind.

    :param primary: the other one, which runs.
    """

    def __init__(self, primary: PostgreSQL) -> None:
        super().__init__()
        self._primary = primary
        hosts = quote(f"{primary.directory},{self.directory}")
        self.url_of_both = (
            f"postgresql+psycopg2://keychain@/buildbot?host={hosts}&target_session_attrs=read-write"
        )
        """Whichever of the two can be written to."""

    def start(self) -> None:
        """Copy the other one, and follow it."""
        source = ("-h", self._primary.directory, "-U", "keychain", "-c", "fast", "-R")
        self._run("pg_basebackup", "-D", self.directory / "data", *source)
        self._start()

    def promote(self) -> None:
        """Begin to take writes, without the other one."""
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "promote")


class PostgreSQLTestCase(SynchronousTestCase):
    """One server for all tests of a class, and a database in it for each."""

    server: PostgreSQL

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = PostgreSQL()
        cls.server.start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        super().tearDownClass()

    def make_url(self) -> str:
        return self.server.new_database()


class Psycopg3TestCase(PostgreSQLTestCase):
    """The same with psycopg 3, which SQLAlchemy 2 and newer can use."""

    def make_url(self) -> str:
        if importlib.util.find_spec("psycopg") is None:
            msg = "psycopg is not installed"
            raise SkipTest(msg)
        return super().make_url().replace("+psycopg2:", "+psycopg:")


SQLALCHEMY_TAKES_PSYCOPG3 = int(version("sqlalchemy").partition(".")[0]) > 1
