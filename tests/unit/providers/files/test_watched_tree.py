"""What was read is given again until anything that it depends on has changed."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.interfaces import ITellsUnchanged
from buildbot_keychain.providers.files import FileNames, SecretInAFile, may_be_a_secret
from buildbot_keychain.providers.files import _watched_tree as watched_tree
from buildbot_keychain.providers.files._watched_tree import WatchedTree

T = TypeVar("T")


class Files(SecretInAFile):
    """Reads where it is asked, and begins a new watch after each change."""

    reads = 0

    async def in_thread(self, path: str, work: Callable[[], T]) -> T:
        self.reads += 1
        self._not_before = 0
        return work()


class WatchedCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.above = Path(self.mktemp()).absolute()
        self.dir = self.above / "way" / "secrets"
        self.dir.mkdir(mode=0o700, parents=True)
        self.write("user", "x")
        (self.dir / "sub").mkdir(mode=0o700)
        self.write("sub/token", "y")

    def write(self, name: str, text: str) -> None:
        path = self.dir / name
        path.touch(mode=0o600)
        path.write_text(text)


class ChangeTests(WatchedCase):
    def assert_noticed(self, change: Callable[[], object], dirname: Path | None = None) -> None:
        tree = WatchedTree(str(dirname or self.dir))
        for file in (self.dir / "user", self.dir / "sub" / "token"):
            if file.exists():
                tree.watch_file(str(file))
        self.assertFalse(tree.has_changed())
        change()
        self.assertTrue(tree.has_changed())
        self.assertTrue(tree.has_changed())

    def test_what_is_written(self) -> None:
        self.assert_noticed(lambda: self.write("user", "z"))
        self.assert_noticed(lambda: self.write("sub/token", "z"))
        self.assert_noticed(lambda: self.write("another", "z"))
        self.assert_noticed(lambda: os.truncate(self.dir / "user", 0))

    def test_what_is_replaced_and_removed(self) -> None:
        self.write("new", "z")
        self.assert_noticed(lambda: (self.dir / "new").replace(self.dir / "user"))
        outside = self.above / "outside"
        outside.touch(mode=0o600)
        self.assert_noticed(lambda: outside.replace(self.dir / "sub" / "token"))
        self.assert_noticed((self.dir / "user").unlink)
        self.assert_noticed(lambda: shutil.rmtree(self.dir / "sub"))

    def test_modes(self) -> None:
        for path in (self.dir / "user", self.dir / "sub", self.dir, self.dir.parent):
            self.assert_noticed(partial(path.chmod, 0o755))

    def test_another_name_of_a_file_elsewhere(self) -> None:
        os.link(self.dir / "user", self.above / "link")
        file = os.open(self.above / "link", os.O_WRONLY)
        self.addCleanup(os.close, file)
        self.assert_noticed(lambda: os.write(file, b"z"))
        (self.above / "link").unlink()
        self.assert_noticed(lambda: os.write(file, b"z"))

    def test_a_new_directory(self) -> None:
        self.assert_noticed((self.dir / "sub" / "more").mkdir)

    def test_what_leads_there(self) -> None:
        def swap(path: Path) -> None:
            path.rename(self.above / "old")
            path.mkdir(mode=0o700)

        self.assert_noticed(lambda: swap(self.dir))
        shutil.rmtree(self.dir)
        (self.above / "old").rename(self.dir)
        self.assert_noticed(lambda: swap(self.dir.parent))

    def test_links_that_lead_there(self) -> None:
        (self.above / "first").symlink_to("second/secrets")
        (self.above / "second").symlink_to(self.dir.parent)
        for name in ("first", "second"):
            new = self.above / "new"
            new.symlink_to(self.above)
            target = (self.above / name).readlink()
            self.assert_noticed(partial(new.replace, self.above / name), self.above / "first")
            (self.above / name).unlink()
            (self.above / name).symlink_to(target)

    def test_a_directory_that_somebody_has_open(self) -> None:
        empty = self.above / "empty"
        empty.mkdir()
        opened = os.open(empty, os.O_RDONLY)
        self.addCleanup(os.close, opened)
        self.assert_noticed(empty.rmdir, empty)

    def test_what_happens_elsewhere_is_no_change(self) -> None:
        tree = WatchedTree(str(self.dir))
        for directory in (self.above, self.dir.parent):
            (directory / "other").write_text("z")
            (directory / "other").chmod(0o600)
            (directory / "other").rename(directory / "moved")
            (directory / "moved").unlink()
        (self.dir / "user").read_text()
        list(self.dir.iterdir())
        self.assertFalse(tree.has_changed())

    def test_very_many_events(self) -> None:
        tree = WatchedTree(str(self.dir))
        for number in range(1500):
            (self.dir.parent / f"{'long' * 20}{number}").touch()
            (self.dir.parent / f"{'long' * 20}{number}").unlink()
        self.assertTrue(tree.has_changed())


class NoWatchTests(WatchedCase):
    def test_where_changes_could_be_missed(self) -> None:
        outside = self.above / "outside"
        outside.touch(mode=0o600)
        linked = self.above / "linked"
        linked.mkdir()
        (linked / "link").symlink_to(outside)
        for path in ("secrets", "/proc/self", str(self.above / "nowhere"), str(linked)):
            with self.assertRaises(OSError, msg=path):
                WatchedTree(path)

    def mount(self, path: Path, kind: str) -> None:
        """Have the system say that something else is mounted there."""
        mounts = self.above / "mountinfo"
        line = f"99 1 0:99 / {path} rw - {kind} server rw\n"
        mounts.write_bytes(Path("/proc/self/mountinfo").read_bytes() + line.encode())
        self.patch(watched_tree, "_MOUNTS", str(mounts))

    def test_directories_of_file_systems_that_others_change(self) -> None:
        for kind in ("nfs4", "fuse.sshfs", "9p", "virtiofs", "zfs"):
            self.mount(self.dir / "sub", kind)
            with self.assertRaises(OSError, msg=kind):
                WatchedTree(str(self.dir))

    def test_a_file_on_which_one_of_another_file_system_is_mounted(self) -> None:
        self.mount(self.dir / "user", "virtiofs")
        tree = WatchedTree(str(self.dir))
        self.assertFalse(tree.watch_file(str(self.dir / "user")))
        self.assertTrue(tree.watch_file(str(self.dir / "sub" / "token")))

    def test_a_tree_that_is_too_large(self) -> None:
        for number in range(256):
            (self.dir / f"d{number}").mkdir()
        with self.assertRaises(OSError):
            WatchedTree(str(self.dir))

    def test_files_that_cannot_be_watched_are_read_each_time(self) -> None:
        self.patch(watched_tree, "_MOST_FILES", 1)
        provider = Files(str(self.dir))
        for text in ("one", "two"):
            self.write("user", text)
            for name in ("user", "sub/token", "user", "sub/token"):
                expected = text if name == "user" else "y"
                self.assertEqual(self.successResultOf(provider.get(name)), expected)
        self.assertEqual(provider.reads, 6)

    def test_links_inside(self) -> None:
        (self.dir / "relative").symlink_to("sub/token")
        (self.dir / "sub" / "absolute").symlink_to(self.dir / "user")
        self.assertFalse(WatchedTree(str(self.dir)).has_changed())

    def test_descriptors_are_closed(self) -> None:
        before = _descriptors()
        WatchedTree(str(self.dir))
        for path in ("/proc/self", str(self.above / "nowhere")):
            with contextlib.suppress(OSError):
                WatchedTree(path)
        self.assertEqual(_descriptors(), before)


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class ProviderTests(WatchedCase):
    def ask(self, provider: SecretInAFile, name: str) -> object:
        return self.successResultOf(provider.get(name))

    def test_it_reads_once(self) -> None:
        provider = Files(str(self.dir))
        verifyObject(ITellsUnchanged, provider)
        for _ in range(3):
            self.assertEqual(self.ask(provider, "user"), "x")
            self.assertIsNone(self.ask(provider, "nobody"))
            self.assertEqual(self.successResultOf(provider.canonical("user")), "user")
        self.assertEqual(provider.reads, 3)
        has_changed = provider.changed_since_now()
        self.assertFalse(has_changed is None or has_changed())
        self.assertNotIn("'x'", repr(vars(provider)))
        self.write("user", "changed")
        self.assertTrue(has_changed is not None and has_changed())
        self.assertEqual(self.ask(provider, "user"), "changed")

    def test_what_is_refused_is_refused_each_time(self) -> None:
        provider = Files(str(self.dir))
        self.ask(provider, "user")
        (self.dir / "user").chmod(0o644)
        for _ in range(3):
            self.failureResultOf(provider.get("user"), ProviderError)

    def test_it_answers_nothing_when_it_is_stopped(self) -> None:
        provider = Files(str(self.dir))
        provider.startService()
        self.ask(provider, "user")
        provider.stopService()
        self.assertIsNone(provider.changed_since_now())
        self.failureResultOf(provider.get("user"), ProviderError)

    def test_when_it_is_stopped_whoever_was_given_something_is_told(self) -> None:
        provider = Files(str(self.dir))
        provider.startService()
        self.ask(provider, "user")
        has_changed = provider.changed_since_now()
        # What ends the watch has not begun to.
        self.patch(threading.Thread, "start", lambda _: None)
        provider.stopService()
        self.assertTrue(has_changed is not None and has_changed())

    def test_it_keeps_nothing_that_is_read_while_it_is_stopped(self) -> None:
        provider = Files(str(self.dir))
        provider.startService()

        def stop_then_read(path: str) -> object:
            provider.stopService()
            return read(path)

        read = provider._read_and_keep
        self.patch(provider, "_read_and_keep", stop_then_read)
        provider.get("user").addErrback(lambda _: None)
        self.assertIsNone(provider._found)

    def test_a_watch_that_has_ended_takes_no_descriptors(self) -> None:
        """Also where a build remembers what it was given before."""
        provider = Files(str(self.dir))
        remembered, taken = [], []
        for text in ("one", "two", "three"):
            self.write("user", text)
            self.assertEqual(self.ask(provider, "user"), text)
            remembered.append(provider.changed_since_now())
            taken.append(_descriptors())
        self.assertEqual(taken, 3 * taken[:1])

    def test_where_nothing_can_be_watched(self) -> None:
        provider = Files(os.path.relpath(self.dir))
        for text in ("one", "two"):
            self.write("user", text)
            self.assertEqual(self.ask(provider, "user"), text)
        self.assertIsNone(provider.changed_since_now())


_NAMES = ["a", "b", "d/a", "d/b", "..data", "x/a"]


def _read(provider: SecretInAFile, name: str) -> object:
    try:
        return provider.read(name)
    except ProviderError as error:
        return type(error)


def _act(base: Path, root: Path, action: str, names: tuple[str, str], text: str) -> None:
    path, other = (root / name for name in names)
    with contextlib.suppress(OSError):  # something else is there, or nothing
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _ACTIONS[action](base, root, path, other, text)


def _write(_base: Path, _root: Path, path: Path, _other: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _change_mode(_base: Path, _root: Path, path: Path, _other: Path, _text: str) -> None:
    path.chmod(0o644 if path.stat().st_mode & 0o077 == 0 else 0o600)


def _swap(base: Path, root: Path, _path: Path, _other: Path, text: str) -> None:
    root.rename(base / text)
    shutil.copytree(base / text, root, symlinks=True)


def _remove_directory(_base: Path, root: Path, path: Path, _other: Path, _text: str) -> None:
    shutil.rmtree(path if path.parent == root else path.parent)


def _lead_out(base: Path, _root: Path, path: Path, _other: Path, text: str) -> None:
    for linked in (base / "x").iterdir():
        linked.write_text(text)
    path.symlink_to(base / "x")


_ACTIONS: dict[str, Callable[[Path, Path, Path, Path, str], object]] = {
    "write": _write,
    "remove": lambda _base, _root, path, _other, _text: path.unlink(),
    "change mode": _change_mode,
    "link": lambda _base, _root, path, other, _text: path.symlink_to(
        os.path.relpath(other, path.parent)
    ),
    "link hard": lambda base, _root, path, _other, text: os.link(path, base / "x" / text),
    "rename": lambda _base, _root, path, other, _text: path.replace(other),
    "swap": _swap,
    "remove directory": _remove_directory,
    "lead out": _lead_out,
}


_STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(_ACTIONS)), st.sampled_from(_NAMES), st.sampled_from(_NAMES)),
    max_size=10,
)


class PropertyTests(SynchronousTestCase):
    @settings(max_examples=20, deadline=None)
    @given(_STEPS, st.sampled_from([("",), (".txt", ""), ("", "b")]))
    def test_it_answers_as_one_that_keeps_nothing(
        self, steps: list[tuple[str, str, str]], suffixes: tuple[str, ...]
    ) -> None:
        base = Path(self.mktemp()).absolute()
        (base / "x").mkdir(mode=0o700, parents=True)
        root = base / "root"
        root.mkdir(mode=0o700)
        provider = Files(str(root), suffixes=suffixes)
        for number, (action, name, other) in enumerate([("write", "a", "a"), *steps]):
            _act(base, root, action, (name, other), f"value {number}")
            for asked in ("a", "b", "d/a", "d/b"):
                fresh = SecretInAFile(str(root), suffixes=suffixes)
                found = self.answer(provider, asked)
                self.assertEqual(found, _read(fresh, asked), (action, name, asked))
                wanted = FileNames(str(root), suffixes, may_be_a_secret).canonical(asked)
                self.assertEqual(self.successResultOf(provider.canonical(asked)), wanted)

    def answer(self, provider: SecretInAFile, name: str) -> object:
        outcomes: list[object] = []
        answer = provider.get(name)
        answer.addErrback(lambda failure: failure.type)
        answer.addCallback(outcomes.append)
        (outcome,) = outcomes
        return outcome
