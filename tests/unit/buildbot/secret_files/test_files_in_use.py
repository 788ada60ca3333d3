"""Files of running builds, and what is said of two at one place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.secret_files._files_in_use import ForeignFiles, in_use_error
from buildbot_keychain.buildbot.secret_files._locations import RememberedFile, RequestedPath


class ForeignFilesTests(SynchronousTestCase):
    def test_each_has_an_id_of_its_own(self) -> None:
        file = RememberedFile(RequestedPath("a", ".", ("keys", "a"), base="."), made=1)
        one, other = (ForeignFiles.of("worker", None, [file, file]) for _ in range(2))
        self.assertEqual(list(one.files.values()), [file, file])
        self.assertEqual(len({*one.files, *other.files}), 4)


class InUseErrorTests(SynchronousTestCase):
    def test_it_says_whose_file_is_there(self) -> None:
        build: Any = SimpleNamespace(number=7, builder=SimpleNamespace(name="linux"))
        other: Any = SimpleNamespace(build=build, location=SimpleNamespace(path="sub/a"))
        for asking, whose in (
            (SimpleNamespace(), "build 7 of linux"),
            (build, "another withSecrets of this build"),
        ):
            error = str(in_use_error(asking, other))
            self.assertTrue(error.startswith(f"sub/a: {whose} has a secret file there"), error)
