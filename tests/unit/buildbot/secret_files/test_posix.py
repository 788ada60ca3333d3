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

from buildbot_keychain.buildbot.secret_files.failures import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files.places import Place, Target
from buildbot_keychain.buildbot.secret_files.posix import PosixFiles


class Shell:
    """Runs scripts as a worker does, in a directory of this machine."""

    def __init__(self, argv: list[str], directory: Path, environment: dict[str, str]) -> None:
        self._argv = argv
        self._directory = directory
        self._environment = environment

    async def shell(self, script: str, *words: str) -> list[str]:
        """Give what it prints."""
        ran = subprocess.run(
            [*self._argv, "-s", *words],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._directory,
            env=self._environment,
        )
        if ran.returncode != 0:
            raise SecretFileError(ran.stderr)
        return ran.stdout.splitlines()


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
        commands: Any = Shell(list(self.argv), self.here, environment)
        self.files = PosixFiles(commands)

    def target(self, path: str, shared: int = 0) -> Target:
        """Give a target in the builder's directory."""
        return Target(path, ".", tuple(path.split("/")), shared)

    def mode(self, path: str) -> str:
        """Give the mode of what is in the builder's directory."""
        return oct(stat.S_IMODE((self.here / path).lstat().st_mode))

    async def test_round(self) -> None:
        """A file and its directories come and go; the working directory stays."""
        target = self.target("build/a b/-c/$d'\"", shared=1)

        place = await self.files.locate(target)

        assert place is not None
        self.assertEqual(place.at, str(self.here))
        self.assertEqual((place.made, place.shared), (("build", "a b", "-c"), 1))
        await self.files.create(place)
        self.assertEqual(self.mode("build"), "0o755")
        self.assertEqual(self.mode("build/a b"), "0o700")
        self.assertEqual(self.mode("build/a b/-c"), "0o700")
        self.assertEqual(self.mode("build/a b/-c/$d'\""), "0o600")
        self.assertEqual(Path(self.files.absolute(place)).read_bytes(), b"")
        await self.files.remove(place)
        self.assertEqual([str(p) for p in self.here.rglob("*")], [str(self.here / "build")])
        await self.files.remove(place)

    async def test_open_umask(self) -> None:
        """It makes no difference."""
        os.umask(0)
        place = await self.files.locate(self.target("a/b"))
        assert place is not None

        await self.files.create(place)

        self.assertEqual((self.mode("a"), self.mode("a/b")), ("0o700", "0o600"))

    async def test_home_and_root(self) -> None:
        """They are found, and links on the way to an absolute path are followed once."""
        link = self.elsewhere.parent / "link"
        link.symlink_to(self.elsewhere)

        home = await self.files.locate(Target("~/elsewhere/x", "~", ("elsewhere", "x")))
        parts = (*str(link).strip("/").split("/"), "x")
        root = await self.files.locate(Target(f"{link}/x", "/", parts))

        assert home is not None
        assert root is not None
        self.assertEqual(home.at, str(self.elsewhere))
        self.assertEqual(self.files.absolute(root), str(self.elsewhere / "x"))

    async def test_what_is_in_the_way(self) -> None:
        """A file is told from what is no file, and from a link."""
        (self.here / "file").write_text("mine")
        (self.here / "directory").mkdir()
        (self.here / "link").symlink_to(self.elsewhere / "target")
        (self.here / "to directory").symlink_to(self.elsewhere)

        for path in ("file", "directory"):
            self.assertIsNone(await self.files.locate(self.target(path)))
        self.assertIsNotNone(await self.files.place_of(self.target("file")))
        self.assertIsNone(await self.files.place_of(self.target("directory")))
        for path, reason in (
            ("link", "link is a symbolic link"),
            ("to directory/x", "to directory is a symbolic link"),
            ("link/x", "link is a symbolic link"),
            ("file/x", "file is there and is no directory"),
        ):
            with self.assertRaises(SecretFileError) as caught:
                await self.files.locate(self.target(path))
            self.assertIn(reason, str(caught.exception))

    async def test_something_appears_meanwhile(self) -> None:
        """Between looking and making: it is left alone, and so is nothing of ours."""
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
            place = await self.files.locate(self.target(f"{number}"))
            assert place is not None
            appears(self.here / f"{number}")
            with self.assertRaises(NotCreatedError) as caught:
                await self.files.create(place)
            self.assertIn("appeared meanwhile", str(caught.exception))
        self.assertEqual((self.here / "0").read_text(), "mine")
        self.assertEqual([path.name for path in self.elsewhere.iterdir()], ["pipe"])
        self.assertEqual(stat.S_IMODE((self.elsewhere / "pipe").stat().st_mode), 0o640)

    async def test_directory_appears_meanwhile(self) -> None:
        """The directories that were made until then are taken away again."""
        place = Place("a/b/c", str(self.here), ("a", "b/x"), 0, "c")

        with self.assertRaises(NotCreatedError):
            await self.files.create(place)

        self.assertEqual(list(self.here.iterdir()), [])

    async def test_directory_becomes_a_link(self) -> None:
        """Neither making nor removing goes through it."""
        (self.here / "a").mkdir()
        place = await self.files.locate(self.target("a/b/c"))
        assert place is not None
        (self.here / "a").rmdir()
        (self.here / "a").symlink_to(self.elsewhere)
        (self.elsewhere / "b").mkdir()
        (self.elsewhere / "b" / "c").write_text("mine")

        for change in (self.files.create, self.files.remove):
            with self.assertRaises(SecretFileError) as caught:
                await change(place)
            self.assertIn("symbolic link", str(caught.exception))

        self.assertEqual((self.elsewhere / "b" / "c").read_text(), "mine")

    async def test_removes_a_link_and_not_its_target(self) -> None:
        """A build may have put one in the file's place."""
        place = await self.files.locate(self.target("a"))
        assert place is not None
        (self.elsewhere / "target").write_text("mine")
        (self.here / "a").symlink_to(self.elsewhere / "target")

        await self.files.remove(place)

        self.assertEqual(list(self.here.iterdir()), [])
        self.assertEqual((self.elsewhere / "target").read_text(), "mine")

    async def test_keeps_directories_that_are_in_use(self) -> None:
        """And goes on to take away nothing above them."""
        place = await self.files.locate(self.target("a/b/c"))
        assert place is not None
        await self.files.create(place)
        (self.here / "a" / "result").write_text("")

        await self.files.remove(place)

        self.assertEqual([path.name for path in self.here.rglob("*")], ["a", "result"])

    async def test_gone(self) -> None:
        """What is not there any more is removed."""
        place = Place("a/b", str(self.elsewhere / "gone"), ("a",), 0, "b")

        await self.files.remove(place)

    async def test_not_removable(self) -> None:
        """The message says what to do."""
        (self.here / "a" / "full").mkdir(parents=True)

        with self.assertRaises(SecretFileError) as caught:
            await self.files.remove(Place("a", str(self.here), (), 0, "a"))

        self.assertEqual(
            str(caught.exception),
            f"{self.here}/a: it cannot be removed; remove it on the worker by hand",
        )


class BashTests(ShellTests):
    """With bash, as where ``/bin/sh`` is bash."""

    argv = ("bash", "--posix")


class BusyboxTests(ShellTests):
    """With busybox, as in Alpine's images."""

    argv = ("busybox", "sh")
