"""The scripts that make and remove secret files, run by the shells of this machine."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain.buildbot.secret_files._errors import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath
from buildbot_keychain.buildbot.secret_files._posix import PosixFiles
from tests.support.local_worker import LocalShell

CHMOD = shutil.which("chmod")


class ShellTests(TestCase):
    """With ``/bin/sh``."""

    argv: tuple[str, ...] = ("/bin/sh",)

    def setUp(self) -> None:
        """Make a builder's directory, and one elsewhere."""
        if shutil.which(self.argv[0]) is None:
            raise SkipTest(f"{self.argv[0]} is not installed")
        root = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, root)
        self.here, self.elsewhere = root / "builder", root / "elsewhere"
        self.here.mkdir()
        self.elsewhere.mkdir()
        self.addCleanup(os.umask, os.umask(0o022))
        environment = {"PATH": os.environ["PATH"], "HOME": str(root), "CDPATH": str(root)}
        self.environment = environment
        commands: Any = LocalShell(list(self.argv), self.here, environment)
        self.files = PosixFiles(commands)

    def wanted(self, path: str, kept: int = 0) -> RequestedPath:
        """Return a path in the builder's directory."""
        return RequestedPath(path, ".", tuple(path.split("/")), kept)

    def mode(self, path: str) -> str:
        """Return the mode of something in the builder's directory."""
        return oct(stat.S_IMODE((self.here / path).lstat().st_mode))

    async def test_round(self) -> None:
        """A file and its directories come and go; the working directory stays."""
        wanted = self.wanted("build/a b/-c/$d'\"", kept=1)

        location = await self.files.locate(wanted)

        assert location is not None
        self.assertEqual(location.directory, str(self.here))
        self.assertEqual((location.new_directories, location.kept), (("build", "a b", "-c"), 1))
        await self.files.create(location)
        self.assertEqual(self.mode("build"), "0o755")
        self.assertEqual(self.mode("build/a b"), "0o700")
        self.assertEqual(self.mode("build/a b/-c"), "0o700")
        self.assertEqual(self.mode("build/a b/-c/$d'\""), "0o600")
        self.assertEqual(Path(self.files.absolute_path(location)).read_bytes(), b"")
        await self.files.remove(location)
        self.assertEqual([str(p) for p in self.here.rglob("*")], [str(self.here / "build")])
        await self.files.remove(location)

    async def test_open_umask(self) -> None:
        """It makes no difference."""
        os.umask(0)
        location = await self.files.locate(self.wanted("a/b"))
        assert location is not None

        await self.files.create(location)

        self.assertEqual((self.mode("a"), self.mode("a/b")), ("0o700", "0o600"))

    async def test_home_and_root(self) -> None:
        """They are found, and links on the way to an absolute path are followed once."""
        link = self.elsewhere.parent / "link"
        link.symlink_to(self.elsewhere)

        home = await self.files.locate(RequestedPath("~/elsewhere/x", "~", ("elsewhere", "x")))
        parts = (*str(link).strip("/").split("/"), "x")
        root = await self.files.locate(RequestedPath(f"{link}/x", "/", parts))

        assert home is not None
        assert root is not None
        self.assertEqual(home.directory, str(self.elsewhere))
        self.assertEqual(self.files.absolute_path(root), str(self.elsewhere / "x"))

    async def test_links_of_builds_and_of_anybody(self) -> None:
        """In a working directory that is elsewhere, and where everybody may make links."""
        work = self.elsewhere / "work"
        for directory in (work, self.elsewhere / "shared", self.elsewhere / "target"):
            directory.mkdir()
            (directory / "link").symlink_to(self.elsewhere / "target")
        (self.elsewhere / "shared").chmod(0o1777)
        there = tuple(str(work).strip("/").split("/"))
        shared = (*there[:-1], "shared", "link", "x")
        for wanted in (
            RequestedPath("link/x", "/", (*there, "link", "x"), trusted=len(there)),
            RequestedPath("/shared/link/x", "/", shared),
        ):
            with self.assertRaises(SecretFileError) as caught:
                await self.files.locate(wanted)
            self.assertIn("link is a symbolic link", str(caught.exception))

    def give_away(self, directory: Path, *, user: bool = False) -> None:
        """Have a directory belong to another user, or to a group that users share."""
        if os.getuid() == 0:
            os.chown(directory, 65534 if user else -1, 65534)
            return
        fake = self.elsewhere / "bin" / "id"
        fake.parent.mkdir(exist_ok=True)
        uid, gid = os.getuid() + user, os.getgid()
        fake.write_text(
            f"#!/bin/sh\ncase $1 in -u) echo {uid} ;; -g) echo {gid} ;; *) echo $1 ;; esac\n"
        )
        fake.chmod(0o755)
        self.environment["PATH"] = f"{fake.parent}:{os.environ['PATH']}"

    async def test_links_that_another_user_may_have_made(self) -> None:
        """In a directory of theirs, or one that they may write to, with the sticky bit or not."""
        shared = self.elsewhere / "shared"
        shared.mkdir()
        (shared / "keys").symlink_to(self.elsewhere)
        wanted = RequestedPath("x", "/", (*str(shared / "keys").strip("/").split("/"), "x"))
        self.assertIsNotNone(await self.files.locate(wanted))
        for user, mode in ((True, 0o755), (False, 0o775), (False, 0o1775), (False, 0o1777)):
            self.give_away(shared, user=user)
            if os.getuid() == 0 and not user:
                os.chown(shared, 0, -1)
            shared.chmod(mode)
            with self.assertRaisesRegex(SecretFileError, "keys is a symbolic link"):
                await self.files.locate(wanted)
        shared.chmod(0o755)
        self.assertIsNotNone(await self.files.locate(wanted))

    async def test_directories_that_others_may_write_to(self) -> None:
        """They could put another file in its place; not where the sticky bit is."""
        (self.here / "a" / "b").mkdir(parents=True)
        for loose in (self.here / "a" / "b", self.here / "a"):
            loose.chmod(0o777)
            location = await self.files.locate(self.wanted("a/b/c"))
            assert location is not None
            with self.assertRaises(NotCreatedError) as caught:
                await self.files.create(location)
            self.assertIn(f"may write to the directory {loose}, or own it", str(caught.exception))
            self.assertEqual(list((self.here / "a" / "b").iterdir()), [])
            loose.chmod(0o1777)
        location = await self.files.locate(self.wanted("a/b/c"))
        assert location is not None
        await self.files.create(location)
        self.assertEqual([path.name for path in (self.here / "a" / "b").iterdir()], ["c"])

    async def test_a_working_directory_that_is_made_for_everybody(self) -> None:
        os.umask(0)
        location = await self.files.locate(self.wanted("build/a", kept=1))
        assert location is not None
        with self.assertRaisesRegex(NotCreatedError, "chmod go-w"):
            await self.files.create(location)

    async def test_nobody_can_open_the_file_before_its_mode_is_set(self) -> None:
        """A default ACL opens a new file to others until then; the directory keeps them out."""
        if shutil.which("setfacl") is not None:
            entry = f"default:user:{os.getuid() + 1}:rwx"
            subprocess.run(["setfacl", "-m", entry, str(self.here)], check=False)
        log = self.elsewhere / "log"
        spy = self.elsewhere / "chmod"
        spy.write_text(f'#!/bin/sh\nls -ld . >> {log}\necho "$2" >> {log}\nexec {CHMOD} "$@"\n')
        spy.chmod(0o755)
        self.environment["PATH"] = f"{self.elsewhere}:{self.environment['PATH']}"
        location = await self.files.locate(self.wanted("secret"))
        assert location is not None

        await self.files.create(location)

        lines = log.read_text().splitlines()
        where = lines[lines.index("./secret") - 1]
        self.assertTrue(where.startswith("drwx------"), where)
        self.assertEqual([path.name for path in self.here.iterdir()], ["secret"])
        self.assertEqual(
            (self.mode("secret"), (self.here / "secret").stat().st_nlink), ("0o600", 1)
        )

    async def test_what_is_in_the_way(self) -> None:
        """Files, other things and links are distinguished."""
        (self.here / "file").write_text("mine")
        (self.here / "directory").mkdir()
        (self.here / "link").symlink_to(self.elsewhere / "target")
        (self.here / "to directory").symlink_to(self.elsewhere)

        for path in ("file", "directory"):
            self.assertIsNone(await self.files.locate(self.wanted(path)))
        self.assertIsNotNone(await self.files.existing_file(self.wanted("file")))
        self.assertIsNone(await self.files.existing_file(self.wanted("directory")))
        for path, reason in (
            ("link", "link is a symbolic link"),
            ("to directory/x", "to directory is a symbolic link"),
            ("link/x", "link is a symbolic link"),
            ("file/x", "file exists and is not a directory"),
        ):
            with self.assertRaises(SecretFileError) as caught:
                await self.files.locate(self.wanted(path))
            self.assertIn(reason, str(caught.exception))

    async def test_something_appears_in_the_meantime(self) -> None:
        """Between looking and creating: it is left alone."""
        os.mkfifo(self.elsewhere / "pipe", 0o640)
        for number, appears in enumerate(
            (
                lambda path: path.write_text("mine"),
                lambda path: path.symlink_to(self.elsewhere / "target"),
                lambda path: path.symlink_to(self.elsewhere / "pipe"),
                lambda path: path.mkdir(),
                os.mkfifo,
            )
        ):
            location = await self.files.locate(self.wanted(f"{number}"))
            assert location is not None
            appears(self.here / f"{number}")
            with self.assertRaises(NotCreatedError) as caught:
                await self.files.create(location)
            self.assertIn("appeared in the meantime", str(caught.exception))
        self.assertEqual((self.here / "0").read_text(), "mine")
        self.assertEqual([path.name for path in self.elsewhere.iterdir()], ["pipe"])
        self.assertEqual(stat.S_IMODE((self.elsewhere / "pipe").stat().st_mode), 0o640)

    async def test_directory_appears_in_the_meantime(self) -> None:
        """The directories that were made until then are taken away again."""
        location = FileLocation("a/b/c", str(self.here), ("a", "b/x"), 0, "c")

        with self.assertRaises(NotCreatedError):
            await self.files.create(location)

        self.assertEqual(list(self.here.iterdir()), [])

    async def test_directory_becomes_a_link(self) -> None:
        """Neither making nor removing goes through it."""
        (self.here / "a").mkdir()
        location = await self.files.locate(self.wanted("a/b/c"))
        assert location is not None
        (self.here / "a").rmdir()
        (self.here / "a").symlink_to(self.elsewhere)
        (self.elsewhere / "b").mkdir()
        (self.elsewhere / "b" / "c").write_text("mine")

        for change in (self.files.create, self.files.remove):
            with self.assertRaises(SecretFileError) as caught:
                await change(location)
            self.assertIn("symbolic link", str(caught.exception))

        self.assertEqual((self.elsewhere / "b" / "c").read_text(), "mine")

    async def test_removes_a_link_and_not_its_target(self) -> None:
        """A build may have put one in the file's location."""
        location = await self.files.locate(self.wanted("a"))
        assert location is not None
        (self.elsewhere / "target").write_text("mine")
        (self.here / "a").symlink_to(self.elsewhere / "target")

        await self.files.remove(location)

        self.assertEqual(list(self.here.iterdir()), [])
        self.assertEqual((self.elsewhere / "target").read_text(), "mine")

    async def test_keeps_directories_that_are_in_use(self) -> None:
        """And goes on to take away nothing above them."""
        location = await self.files.locate(self.wanted("a/b/c"))
        assert location is not None
        await self.files.create(location)
        (self.here / "a" / "result").write_text("")

        await self.files.remove(location)

        self.assertEqual([path.name for path in self.here.rglob("*")], ["a", "result"])

    async def test_gone(self) -> None:
        """What is not there any more is removed."""
        location = FileLocation("a/b", str(self.elsewhere / "gone"), ("a",), 0, "b")

        await self.files.remove(location)

    async def test_a_start_that_is_not_there(self) -> None:
        (self.here / "file").touch()
        for start in (str(self.here / "a"), str(self.here / "a" / "b"), str(self.here / "file/b")):
            self.assertIsNone(await self.files.find(RequestedPath("a", start, ("a",))), start)
            with self.assertRaisesRegex(SecretFileError, "is not there"):
                await self.files.locate(RequestedPath("a", start, ("a",)))

    async def test_a_start_that_cannot_be_entered(self) -> None:
        """Nobody knows what is in it: it is not gone. A link to itself stops root as well."""
        (self.here / "loop").symlink_to("loop")
        closed = self.here / "closed"
        (closed / "b").mkdir(parents=True)
        starts = ["loop", "loop/b"]
        if os.getuid() != 0:
            starts += ["closed", "closed/b"]
        closed.chmod(0)
        self.addCleanup(closed.chmod, 0o700)
        for start in starts:
            directory = str(self.here / start)
            with self.assertRaisesRegex(SecretFileError, f"cannot enter the directory {directory}"):
                await self.files.find(RequestedPath("a", directory, ("a",)))
            with self.assertRaisesRegex(SecretFileError, f"cannot enter the directory {directory}"):
                await self.files.remove(FileLocation("a", directory, (), 0, "a"))

    async def test_not_removable(self) -> None:
        """The message says what to do."""
        (self.here / "a" / "full").mkdir(parents=True)

        with self.assertRaises(SecretFileError) as caught:
            await self.files.remove(FileLocation("a", str(self.here), (), 0, "a"))

        self.assertEqual(
            str(caught.exception),
            f"{self.here}/a: it cannot be removed; remove it on the worker by hand",
        )


class _Liar:
    """A worker whose shell prints what it likes."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    async def shell(self, script: str, *words: str) -> list[str]:
        return self.lines


class LyingWorkerTests(TestCase):
    async def test_what_no_shell_prints(self) -> None:
        """It is an error of that worker, whose words are not shown."""
        for left in ("left abc", "left", "left 0", "left 3", "left -1", "left " + "9" * 9999, "x"):
            commands: Any = _Liar("at /w", left, "free")
            with self.assertRaises(SecretFileError) as caught:
                await PosixFiles(commands).locate(RequestedPath("a/b", ".", ("a", "b")))
            self.assertEqual(
                str(caught.exception),
                "a/b: the worker's shell printed something unexpected; "
                "is its /bin/sh a POSIX shell?",
            )


class BashTests(ShellTests):
    """With bash, as where ``/bin/sh`` is bash."""

    argv = ("bash", "--posix")


class BusyboxTests(ShellTests):
    """With busybox, as in Alpine's images."""

    argv = ("busybox", "sh")
