"""The one name of each file, through links of all kinds."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, gatherResults
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.files import FileNames, SecretInAFile, may_be_a_secret
from tests.support.directories import FileTestCase

_PARTS = st.sampled_from(["a", "b", "c.txt", ".h", "..data"])
_PATHS = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)
_TREES = st.lists(st.tuples(_PATHS, st.none() | _PATHS), min_size=1, max_size=8)
_SUFFIXES = st.sampled_from([("",), (".txt", ""), ("", ".txt"), (".txt",)])


def noted(name: str, made: list[str]) -> Any:
    """Return a function of ``os`` that notes its name when it is called."""
    function = getattr(os, name)

    def noting(*args: Any, **kwargs: Any) -> Any:
        made.append(name)
        return function(*args, **kwargs)

    return noting


class CanonicalTests(FileTestCase):
    async def canonical(self, name: str, **kwargs: Any) -> str | None:
        found: str | None = await self.provider(**kwargs).canonical(name)
        return found

    def link(self, name: str, target: str) -> None:
        path = self.dir / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.symlink_to(target)

    async def test_links(self) -> None:
        self.write("team/token", "x")
        self.link("alias", "team/token")
        self.link("chain", "alias")
        self.link("directory", "team")
        self.link("team/loop", "..")
        for name in ("team/token", "alias", "chain", "directory/token", "team/loop/team/token"):
            self.assertEqual(await self.canonical(name), "team/token", name)

    async def test_names_of_no_file(self) -> None:
        self.link("dangling", "nowhere")
        self.link("loop", "loop")
        for name in ("nobody", "dangling", "loop", "x" * 5000):
            self.assertEqual(await self.canonical(name), name)
        for name in ("", "a//b", "./a", "../a", "/a", ".hidden", "a/", "a\0", "\ud800", "a~"):
            self.assertIsNone(await self.canonical(name), name)

    async def test_a_kubernetes_volume(self) -> None:
        self.write("..2026_01/user", "x")
        self.write("..2026_01/sub/token", "y")
        self.link("..data", "..2026_01")
        self.link("user", "..data/user")
        self.link("sub", "..data/sub")
        for name in ("user", "sub/token"):
            self.assertEqual(await self.canonical(name), name)
        self.link("other", "..data/user")
        for name in ("user", "other"):
            self.assertEqual(await self.canonical(name), "other")

    def calls(self, name: str, **kwargs: Any) -> list[str]:
        """Return which calls of the system are made, before a policy decides on `name`."""
        made: list[str] = []
        names = FileNames(str(self.dir), kwargs.get("suffixes", [""]), may_be_a_secret)
        with ExitStack() as stack:
            for function in ("stat", "lstat", "listdir", "readlink", "scandir", "open"):
                stack.enter_context(mock.patch.object(os, function, noted(function, made)))
            names.canonical(name)
        return made

    def test_how_long_it_takes_does_not_tell_what_there_is(self) -> None:
        """The same calls of the system, whether there is such a file or not."""
        for name in ("token", "Token", "TOKEN.txt", "sub/token", "sub/deep/token", "tökén", "a b"):
            self.write(name, "x")
        for suffixes in ([""], [".txt", ""], ["", ".txt"]):
            for there, missing in (
                ("token", "tokem"),
                ("Token", "Tokem"),
                ("TOKEN.txt", "TOKEM.txt"),
                ("TOKEN.txt", "tOKEN.txt"),
                ("token", "tOKEN"),
                ("sub/token", "sub/tokem"),
                ("sub/deep/token", "sub/deep/tokem"),
                ("tökén", "tökém"),
                ("a b", "a c"),
            ):
                found = self.calls(missing, suffixes=suffixes)
                wanted = self.calls(there, suffixes=suffixes)
                self.assertEqual(found, wanted, (there, missing, suffixes))
                self.assertIn("stat", found)

    def test_nor_in_a_kubernetes_volume(self) -> None:
        for name in ("user", "password", "sub/token"):
            self.write(f"..2026_01/{name}", "x")
        self.link("..data", "..2026_01")
        for name in ("user", "password", "sub"):
            self.link(name, f"..data/{name}")
        for there, missing in (("user", "usex"), ("sub/token", "sub/tokem")):
            found, wanted = map(self.calls, (missing, there))
            self.assertEqual(found.count("listdir"), wanted.count("listdir"))
            self.assertIn("listdir", found)

    async def test_links_that_lead_out(self) -> None:
        """They are not served, so what matters is that they are one."""
        outside = Path(self.mktemp())
        outside.write_text("x")
        for name in ("b", "a"):
            self.link(name, str(outside.resolve()))
            self.assertEqual(await self.canonical(name), name)
        self.assertEqual(await self.canonical("b"), "a")

    async def test_suffixes(self) -> None:
        self.write("user.txt", "x")
        for suffixes in ([".txt", ""], ["", ".txt"]):
            for name in ("user", "user.txt"):
                self.assertEqual(await self.canonical(name, suffixes=suffixes), "user")
        self.write("user", "another")
        found = [await self.canonical(n, suffixes=["", ".txt"]) for n in ("user", "user.txt")]
        self.assertEqual(found, ["user", "user.txt"])

    async def test_who_asks_at_once_before_it_is_read_shares_the_answer(self) -> None:
        self.write("token", "x")
        provider = self.provider()
        release = threading.Event()
        self.addCleanup(release.set)
        busy = [provider.pool.run(30, lambda: release.wait(30)) for _ in range(provider.threads)]
        ran = self.patch_pool(provider)
        names = [provider.canonical("alias") for _ in range(50)]
        texts = [provider.get("alias") for _ in range(50)]
        for waiting in (names, texts):
            waiting[0].cancel()
            self.failureResultOf(waiting.pop(0), CancelledError)
        self.link("alias", "token")
        release.set()
        await gatherResults(busy)
        self.assertEqual(await gatherResults(names), ["token"] * 49)
        self.assertEqual(await gatherResults(texts), ["x"] * 49)
        self.assertEqual(len(ran), 2)
        (self.dir / "alias").unlink()
        self.assertEqual(await provider.canonical("alias"), "alias")
        self.assertIsNone(await provider.get("alias"))
        self.assertEqual(len(ran), 4)

    def patch_pool(self, provider: Any) -> list[Any]:
        """Return what is given to the threads of `provider` from now on."""
        ran: list[Any] = []
        run = provider.pool.run

        def noted(deadline: float, work: Any) -> Any:
            ran.append(work)
            return run(deadline, work)

        self.patch(provider.pool, "run", noted)
        return ran

    async def test_it_is_found_out_in_a_thread(self) -> None:
        provider = self.provider()
        asked = provider.canonical("user")
        self.assertFalse(asked.called)
        await asked
        provider.stopService()
        await self.assertFailure(provider.canonical("user"), ProviderError)


class PropertyTests(SynchronousTestCase):
    """In random trees of files and links."""

    @settings(max_examples=40, deadline=None)
    @given(_TREES, _SUFFIXES)
    def test_names_of_one_file_are_one(
        self, tree: list[tuple[str, str | None]], suffixes: tuple[str, ...]
    ) -> None:
        directory = Path(self.mktemp())
        directory.mkdir(mode=0o700)
        for name, target in tree:
            _make(directory / name, None if target is None else directory / target)
        provider = SecretInAFile(str(directory), suffixes=suffixes)
        names = FileNames(str(directory), suffixes, may_be_a_secret)
        found: dict[str, set[str | None]] = {}
        for name in _all_names():
            own = names.canonical(name)
            value = _read(provider, name)
            if value is None:
                continue
            self.assertIsNotNone(own, name)
            self.assertEqual(names.canonical(str(own)), own)
            self.assertEqual(_read(provider, str(own)), value)
            found.setdefault(value, set()).add(own)
        self.assertEqual([each for each in found.values() if len(each) > 1], [])


def _make(path: Path, target: Path | None) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target is not None:
            path.symlink_to(os.path.relpath(target, path.parent))
        else:
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(f"the value of {path}")
    except OSError:  # something else is there
        pass


def _all_names() -> list[str]:
    parts = ["a", "b", "c", "c.txt"]
    one = [*parts]
    two = [f"{a}/{b}" for a in one for b in parts]
    return [*one, *two, *(f"{a}/{b}" for a in two for b in parts)]


def _read(provider: SecretInAFile, name: str) -> str | None:
    try:
        return provider.read(name)
    except ProviderError:
        return None
