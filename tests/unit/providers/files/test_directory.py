from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SkipTest

from buildbot_keychain.errors import (
    AccessDenied,
    ProviderUnavailable,
)
from buildbot_keychain.providers.files._directory import MAX_SIZE
from tests.support.directories import FileTestCase
from tests.support.reachable import reachable_text


class RejectionTests(FileTestCase):
    async def test_no_path_climbs_out(self) -> None:
        outside = self.dir.parent / "outside"
        outside.write_text("not yours")
        outside.chmod(0o600)
        provider = self.provider()
        for name in (
            "../outside",
            "./../outside",
            "a/../../outside",
            str(outside.resolve()),
            "..",
            ".",
            "/",
            "",
            "a//b",
            "nul\0byte",
            "..\\outside",
        ):
            self.assertIsNone(await provider.get(name), name)

    async def test_dot_files_backups_and_other_things_are_not_secrets(self) -> None:
        names = (".hidden", "token~", "#token#", "token.bak", "token.swp", ".git/config")
        for name in names:
            self.write(name, "x")
        os.mkfifo(self.dir / "fifo", 0o600)
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        here = Path.cwd()
        os.chdir(self.dir)  # the path of a socket may have some 100 characters only
        self.addCleanup(os.chdir, here)
        server.bind("socket")
        os.chdir(here)
        self.write("large", b"x" * (MAX_SIZE + 1))
        self.write("largest", b"x" * MAX_SIZE)
        provider = self.provider()
        for name in (*names, "fifo", "socket", "large"):
            self.assertIsNone(await provider.get(name), name)
        self.assertEqual(len(await provider.get("largest") or ""), MAX_SIZE)

    async def test_an_open_file_is_rejected_with_the_remedy(self) -> None:
        path = self.write("token", "s3cr3t-value", mode=0o644)
        failure: Any = await self.assertFailure(self.provider().get("token"), AccessDenied)
        for expected in (str(path.resolve()), "0644", f"chmod 600 {path.resolve()}"):
            self.assertIn(expected, str(failure))
        self.assertNotIn("s3cr3t", reachable_text(failure))

    async def test_an_open_directory_is_rejected_with_the_remedy(self) -> None:
        self.write("token", "x")
        self.dir.chmod(0o777)
        failure: Any = await self.assertFailure(self.provider().get("token"), AccessDenied)
        self.assertIn(f"chmod 700 {self.dir.resolve()}", str(failure))

    def test_a_configuration_check_finds_a_missing_directory(self) -> None:
        self.dir.rmdir()
        (problem,) = self.provider().check_config()
        self.assertIn(f"provider 'SecretInAFile': cannot read the directory {self.dir}", problem)

    async def test_a_missing_directory_is_an_error_not_an_absence(self) -> None:
        self.dir.rmdir()
        failure: Any = await self.assertFailure(self.provider().get("x"), ProviderUnavailable)
        self.assertIn(str(self.dir), str(failure))

    async def test_an_open_sub_directory_is_rejected_with_the_remedy(self) -> None:
        self.write("sub/deep/token", "x")
        for directory in (self.dir / "sub", self.dir / "sub/deep"):
            directory.chmod(0o777)
            failure: Any = await self.assertFailure(
                self.provider().get("sub/deep/token"), AccessDenied
            )
            self.assertIn(f"chmod 700 {directory.resolve()}", str(failure))
            directory.chmod(0o700)

    async def test_a_sub_directory_of_another_user_is_rejected(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a directory away")
        self.write("sub/token", "x")
        os.chown(self.dir / "sub", 4711, -1)
        failure: Any = await self.assertFailure(self.provider().get("sub/token"), AccessDenied)
        self.assertIn("chown", str(failure))

    async def test_links_that_lead_out_are_rejected_with_the_remedy(self) -> None:
        outside = self.dir.parent / "outside"
        outside.write_text("not yours")
        outside.chmod(0o600)
        (self.dir / "link").symlink_to(outside.resolve())
        (self.dir / "up").symlink_to("..")
        (self.dir / "dangling").symlink_to("/nonexistent/file")
        provider = self.provider()
        for name in ("link", "up/outside", "dangling"):
            failure: Any = await self.assertFailure(provider.get(name), AccessDenied)
            link = name.partition("/")[0]
            self.assertIn(f"/{link} is a link that leads out of {self.dir};", str(failure))
        self.assertIsNone(await provider.get("up/nobody"))

    async def test_what_links_lead_to_outside_is_never_opened(self) -> None:
        os.mkfifo(self.dir.parent / "fifo", 0o600)
        (self.dir / "link").symlink_to((self.dir.parent / "fifo").resolve())
        opened: list[str] = []
        real_open = os.open

        def watched(path: Any, *args: Any, **kwargs: Any) -> int:
            opened.append(str(path))
            return real_open(path, *args, **kwargs)

        with mock.patch.object(os, "open", watched):
            await self.assertFailure(self.provider().get("link"), AccessDenied)
        self.assertEqual([path for path in opened if "fifo" in path or "link" in path], [])

    async def test_links_inside_the_directory_are_followed(self) -> None:
        self.write("sub/token", "x")
        (self.dir / "alias").symlink_to("sub/token")
        (self.dir / "other").symlink_to("sub")
        (self.dir / "self").symlink_to(".")
        provider = self.provider()
        for name in ("alias", "other/token", "self/alias"):
            self.assertEqual(await provider.get(name), "x", name)
        self.assertIsNone(await provider.get("self"))

    async def test_a_loop_of_links_is_called_one(self) -> None:
        (self.dir / "one").symlink_to("two")
        (self.dir / "two").symlink_to("one")
        for name in ("one", "one/inside"):
            failure: Any = await self.assertFailure(self.provider().get(name), AccessDenied)
            self.assertIn("is a loop of links", str(failure))

    def test_a_configuration_check_finds_what_would_be_rejected(self) -> None:
        self.write("good", "x")
        bad = self.write("sub/bad", "x", mode=0o666)
        self.write(".hidden", "x", mode=0o666)
        problems = list(self.provider().check_config())
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(f"chmod 600 {bad.resolve()}", problems[0])
        self.assertIn("SecretInAFile", problems[0])

    async def test_a_configuration_check_says_what_a_lookup_says(self) -> None:
        self.write("good.txt", "x")
        self.write("open.txt", "x", mode=0o644)
        self.write("open/one.txt", "x")
        self.write("open/two.txt", "x")
        (self.dir / "open").chmod(0o777)
        (self.dir / "out.txt").symlink_to("/etc/passwd")
        elsewhere = self.dir.parent / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "token.txt").touch()
        (self.dir / "outside").symlink_to(elsewhere.resolve())
        self.write("not-served", "x", mode=0o644)
        self.write("old.bak", "x", mode=0o644)
        provider = self.provider(suffixes=[".txt"])
        said = set()
        for name in ("open", "open/one", "open/two", "out", "outside/token"):
            failure: Any = await self.assertFailure(provider.get(name), AccessDenied)
            said.add(f"provider 'SecretInAFile': {failure.reason}")
        problems = list(provider.check_config())
        self.assertEqual(sorted(problems), sorted(said))
        self.assertEqual(len(problems), 4)

    def test_a_configuration_check_looks_at_empty_directories_too(self) -> None:
        (self.dir / "empty").mkdir()
        (self.dir / "empty").chmod(0o777)
        (problem,) = self.provider().check_config()
        self.assertIn(f"chmod 700 {(self.dir / 'empty').resolve()}", problem)

    def test_a_directory_that_cannot_be_entered_is_reported_when_it_is_checked(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can become somebody else")
        # Not below root's own directories, where everything is out of reach.
        self.dir = Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.dir)
        self.write("sub/token", "x")
        self.dir.chmod(0o755)
        provider = self.provider()
        self.addCleanup(os.seteuid, 0)
        os.seteuid(4711)
        (problem,) = provider.check_config()
        self.assertIn(f"cannot enter the directory {self.dir}/sub: ", problem)
