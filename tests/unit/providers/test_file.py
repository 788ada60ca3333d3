from __future__ import annotations

import builtins
import os
import socket
import threading
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.internet.defer import gatherResults
from twisted.trial.unittest import SkipTest, TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    InvalidSecret,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.providers import secret_directory
from buildbot_keychain.providers.file import SecretInAFile
from buildbot_keychain.providers.permissions import Reader
from buildbot_keychain.providers.secret_directory import MAX_SIZE
from tests.unit.fakes import everything_of


class FileTestCase(TestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp())
        self.dir.mkdir(mode=0o700)

    def write(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        path = self.dir / name
        for directory in reversed(path.relative_to(self.dir).parents[:-1]):
            (self.dir / directory).mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    def provider(self, **kwargs: Any) -> SecretInAFile:
        provider = SecretInAFile(str(self.dir), **kwargs)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider


class ReadingTests(FileTestCase):
    def test_it_keeps_the_contract(self) -> None:
        verifyObject(ISecretProvider, self.provider())

    async def test_a_file_is_a_secret(self) -> None:
        self.write("user", "pässword\n")
        self.assertEqual(await self.provider().get("user"), "pässword")

    async def test_what_is_not_there_is_not_held(self) -> None:
        self.write("dir/inside", "x")
        provider = self.provider()
        for name in ("nobody", "dir", "dir/", "dir/nobody", "dir/inside/deeper", "x" * 5000):
            self.assertIsNone(await provider.get(name), name)

    async def test_sub_directories_are_names_with_slashes(self) -> None:
        self.write("team/app/token", "nested")
        self.assertEqual(await self.provider().get("team/app/token"), "nested")

    async def test_line_ends_at_the_end_are_stripped_or_not(self) -> None:
        self.write("key", " line\n\r\n\n")
        self.assertEqual(await self.provider().get("key"), " line")
        self.assertEqual(await self.provider(strip=False).get("key"), " line\n\r\n\n")

    async def test_suffixes(self) -> None:
        self.write("a.txt", "of-txt")
        self.write("b.secret", "of-secret")
        self.write("c", "bare")
        provider = self.provider(suffixes=[".txt", ".secret"])
        self.assertEqual(await provider.get("a"), "of-txt")
        self.assertEqual(await provider.get("b"), "of-secret")
        self.assertIsNone(await provider.get("c"))
        self.assertIsNone(await provider.get("a.txt"))

    async def test_an_empty_file_is_an_empty_secret(self) -> None:
        self.write("empty", "")
        self.assertEqual(await self.provider().get("empty"), "")

    async def test_changes_are_seen_at_the_next_lookup(self) -> None:
        provider = self.provider()
        self.assertIsNone(await provider.get("token"))
        self.write("token", "one")
        self.assertEqual(await provider.get("token"), "one")
        self.write("token", "two")
        self.assertEqual(await provider.get("token"), "two")
        (self.dir / "token").unlink()
        self.assertIsNone(await provider.get("token"))

    async def test_bytes_that_are_not_utf_8_are_an_error_that_names_the_file(self) -> None:
        self.write("blob", b"s3cr3t\xff\xfe")
        failure: Any = await self.assertFailure(self.provider().get("blob"), InvalidSecret)
        self.assertIn(str(self.dir / "blob"), str(failure))
        self.assertNotIn("s3cr3t", everything_of(failure))

    async def test_many_lookups_at_once(self) -> None:
        for number in range(100):
            self.write(f"n{number}", f"value-{number}")
        provider = self.provider()
        names = [f"n{number % 100}" for number in range(1000)]
        values = await gatherResults([provider.get(name) for name in names])
        self.assertEqual(values, [f"value-{name[1:]}" for name in names])

    async def test_nothing_of_it_runs_in_the_reactors_thread(self) -> None:
        self.write("user", "x")
        provider = self.provider()
        ours = threading.get_ident()
        offences: list[str] = []

        def watched(name: str, real: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                if threading.get_ident() == ours and "user" in str(args):
                    offences.append(name)
                return real(*args, **kwargs)

            return call

        for module, names in ((os, ("open", "stat", "lstat", "listdir")), (builtins, ("open",))):
            for name in names:
                patch = mock.patch.object(module, name, watched(name, getattr(module, name)))
                patch.start()
                self.addCleanup(patch.stop)
        self.assertEqual(await provider.get("user"), "x")
        self.assertEqual(offences, [])


class RefusalTests(FileTestCase):
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

    async def test_dot_files_backups_and_other_things_are_no_secrets(self) -> None:
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

    async def test_an_open_file_is_refused_with_the_remedy(self) -> None:
        path = self.write("token", "s3cr3t-value", mode=0o644)
        failure: Any = await self.assertFailure(self.provider().get("token"), AccessDenied)
        for expected in (str(path.resolve()), "0644", f"chmod 600 {path.resolve()}"):
            self.assertIn(expected, str(failure))
        self.assertNotIn("s3cr3t", everything_of(failure))

    async def test_an_open_directory_is_refused_with_the_remedy(self) -> None:
        self.write("token", "x")
        self.dir.chmod(0o777)
        failure: Any = await self.assertFailure(self.provider().get("token"), AccessDenied)
        self.assertIn(f"chmod 700 {self.dir.resolve()}", str(failure))

    def test_a_configuration_check_finds_a_missing_directory(self) -> None:
        self.dir.rmdir()
        (complaint,) = self.provider().complaints()
        self.assertIn(
            f"provider 'SecretInAFile': cannot look at the directory {self.dir}", complaint
        )

    async def test_a_missing_directory_is_trouble_not_absence(self) -> None:
        self.dir.rmdir()
        failure: Any = await self.assertFailure(self.provider().get("x"), ProviderUnavailable)
        self.assertIn(str(self.dir), str(failure))

    async def test_an_open_sub_directory_is_refused_with_the_remedy(self) -> None:
        self.write("sub/deep/token", "x")
        for directory in (self.dir / "sub", self.dir / "sub/deep"):
            directory.chmod(0o777)
            failure: Any = await self.assertFailure(
                self.provider().get("sub/deep/token"), AccessDenied
            )
            self.assertIn(f"chmod 700 {directory.resolve()}", str(failure))
            directory.chmod(0o700)

    async def test_a_sub_directory_of_another_user_is_refused(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a directory away")
        self.write("sub/token", "x")
        os.chown(self.dir / "sub", 4711, -1)
        failure: Any = await self.assertFailure(self.provider().get("sub/token"), AccessDenied)
        self.assertIn("chown", str(failure))

    async def test_links_that_lead_out_are_refused_with_the_remedy(self) -> None:
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

    def test_arguments_are_checked(self) -> None:
        for option, value in (
            ("dirname", None),
            ("dirname", ""),
            ("dirname", 3),
            ("dirname", "a\0b"),
            ("suffixes", ".txt"),
            ("suffixes", 5),
            ("suffixes", [3]),
            ("suffixes", ["/token"]),
            ("suffixes", ["/../token"]),
            ("strip", "no"),
            ("strip", None),
        ):
            arguments = {"dirname": "x", "name": "mine", option: value}
            error = self.assertRaises(ConfigurationError, SecretInAFile, **arguments)
            self.assertIn(f"mine: {option} must be", str(error))

    def test_the_name_can_be_addressed(self) -> None:
        for name in (5, "", "  ", "a!b"):
            error = self.assertRaises(ConfigurationError, SecretInAFile, "x", name=name)
            self.assertIn("SecretInAFile: name must be", str(error))

    def test_a_configuration_check_finds_what_would_be_refused(self) -> None:
        self.write("good", "x")
        bad = self.write("sub/bad", "x", mode=0o666)
        self.write(".hidden", "x", mode=0o666)
        complaints = list(self.provider().complaints())
        self.assertEqual(len(complaints), 1, complaints)
        self.assertIn(f"chmod 600 {bad.resolve()}", complaints[0])
        self.assertIn("SecretInAFile", complaints[0])

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
        complaints = list(provider.complaints())
        self.assertEqual(sorted(complaints), sorted(said))
        self.assertEqual(len(complaints), 4)

    def test_a_configuration_check_looks_at_empty_directories_too(self) -> None:
        (self.dir / "empty").mkdir()
        (self.dir / "empty").chmod(0o777)
        (complaint,) = self.provider().complaints()
        self.assertIn(f"chmod 700 {(self.dir / 'empty').resolve()}", complaint)


class StoppingTests(FileTestCase):
    async def test_it_answers_before_it_is_started(self) -> None:
        self.write("token", "x")
        provider = SecretInAFile(self.dir)
        self.addCleanup(provider.stopService)
        self.assertEqual(await provider.get("token"), "x")

    async def test_a_stopped_provider_is_unavailable_until_it_is_started_again(self) -> None:
        self.write("token", "x")
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "x")
        provider.stopService()
        failure: Any = await self.assertFailure(provider.get("token"), ProviderUnavailable)
        self.assertIn("it has been stopped", str(failure))
        provider.startService()
        self.assertEqual(await provider.get("token"), "x")


class DeploymentTests(FileTestCase):
    def publish(self, generation: str, **secrets: str) -> None:
        """Do what the kubelet's AtomicWriter does: write aside, swap ..data, remove the old."""
        new = self.dir / f"..{generation}"
        new.mkdir(mode=0o755)
        for name, value in secrets.items():
            (new / name).write_text(value)
            (new / name).chmod(0o644)
            if not (self.dir / name).is_symlink():
                (self.dir / name).symlink_to(f"..data/{name}")
        link = self.dir / "..data"
        old = link.resolve() if link.is_symlink() else None
        (self.dir / "..data_tmp").symlink_to(new.name)
        (self.dir / "..data_tmp").rename(link)
        if old is not None:
            for file in old.iterdir():
                file.unlink()
            old.rmdir()

    async def test_a_kubernetes_volume(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.dir.chmod(0o1777)
        self.publish("2026_01", token="first")
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "first")
        self.publish("2026_02", token="second")
        self.assertEqual(await provider.get("token"), "second")
        self.assertIsNone(await provider.get("..data/token"))

    async def test_only_roots_own_data_link_makes_a_kubernetes_volume(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        os.chown(self.dir / "..data", 4711, -1, follow_symlinks=False)
        provider = self.provider()
        failure: Any = await self.assertFailure(provider.get("token"), AccessDenied)
        self.assertIn("is open to other users", str(failure))
        self.assertEqual(
            list(provider.complaints()), [f"provider 'SecretInAFile': {failure.reason}"]
        )

    async def test_a_plain_file_beside_the_data_link_is_judged_as_a_plain_file(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        self.write("plain", "x", mode=0o644)
        provider = self.provider()
        failure: Any = await self.assertFailure(provider.get("plain"), AccessDenied)
        self.assertEqual(
            list(provider.complaints()), [f"provider 'SecretInAFile': {failure.reason}"]
        )

    async def test_a_swap_in_the_middle_of_a_lookup_is_not_seen(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        provider = self.provider()
        real_open = os.open
        swapped: list[Any] = []

        def open_after_swap(path: Any, *args: Any, **kwargs: Any) -> int:
            if str(path).endswith("token") and not swapped:
                swapped.append(path)
                self.publish("2026_02", token="second")
            return real_open(path, *args, **kwargs)

        with mock.patch.object(os, "open", open_after_swap):
            self.assertEqual(await provider.get("token"), "second")
        self.assertEqual(len(swapped), 1)

    async def test_a_docker_secret(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what Docker makes")
        self.dir.chmod(0o755)
        self.write("token", "from docker", mode=0o444)
        self.assertEqual(await self.provider().get("token"), "from docker")

    async def test_what_docker_makes_is_refused_in_a_directory_of_someone_else(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a file away")
        self.dir.chmod(0o711)
        self.write("token", "x", mode=0o444)
        self.write("sub/token", "x", mode=0o444)
        reader = Reader(uid=4711, gids=frozenset(), credentials=None)
        patch = mock.patch.object(secret_directory, "Reader", return_value=reader)
        provider = self.provider()
        with patch:
            self.assertEqual(await provider.get("sub/token"), "x")
            os.chown(self.dir, 4711, -1)
            for name in ("token", "sub/token"):
                await self.assertFailure(provider.get(name), AccessDenied)

    async def test_a_systemd_credential(self) -> None:
        self.write("token", "from systemd", mode=0o440)
        self.dir.chmod(0o500)
        self.addCleanup(self.dir.chmod, 0o700)
        with mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=str(self.dir.resolve())):
            self.assertEqual(await self.provider().get("token"), "from systemd")
