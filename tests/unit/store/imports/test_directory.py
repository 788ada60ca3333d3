from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import (
    MAX_VALUE,
    ImportedSecret,
    ImportProblem,
    read_directory,
)

CANARY = "s3cr3t-canary"


class DirectoryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        self.root.mkdir()

    def write(self, name: str, content: bytes = CANARY.encode()) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def values(self) -> dict[str, str | bytes]:
        found = read_directory(self.root)
        return {entry.name: entry.value for entry in found if isinstance(entry, ImportedSecret)}

    def problems(self) -> list[str]:
        found = [str(e) for e in read_directory(self.root) if isinstance(e, ImportProblem)]
        self.assertNotIn(CANARY, "".join(found))
        return [text.removeprefix(f"{self.root}/") for text in found]

    def test_files_are_named_by_their_paths(self) -> None:
        self.write("a")
        self.write("team/b c.txt")
        self.assertEqual(self.values(), {"a": CANARY, "team/b c.txt": CANARY})
        self.assertEqual(self.problems(), [])

    def test_texts_and_bytes(self) -> None:
        self.write("text", b"x\ny\r\n\n")
        self.write("bytes", b"\xff\n")
        self.write("empty", b"")
        self.assertEqual(self.values(), {"text": "x\ny", "bytes": b"\xff\n", "empty": ""})

    def test_what_is_hidden_is_reported(self) -> None:
        for name in (".git/config", ".hidden", "a~", "b.swp", "#c#", "d/.x/y"):
            self.write(name)
        self.assertEqual(self.values(), {})
        names = sorted(text.partition(":")[0] for text in self.problems())
        self.assertEqual(names, ["#c#", ".git", ".hidden", "a~", "b.swp", "d/.x"])

    def test_what_is_not_a_file_of_that_size(self) -> None:
        self.write("large", b"x" * (MAX_VALUE + 1))
        self.write("largest", b"x" * MAX_VALUE)
        os.mkfifo(self.root / "pipe")
        (self.root / "link").symlink_to("largest")
        self.assertEqual(list(self.values()), ["largest"])
        problems = "\n".join(self.problems())
        for says in ("large: is larger than 1 MiB", "pipe: is not a regular", "link: is a link"):
            self.assertIn(says, problems)

    def test_a_name_that_is_not_unicode(self) -> None:
        Path(os.fsdecode(os.fsencode(self.root) + b"/\xff")).write_text(CANARY)
        (found,) = read_directory(self.root)
        self.assertIn("\\xff", found.where)
        found.where.encode()

    def test_a_directory_that_is_missing(self) -> None:
        (problem,) = read_directory(self.root / "missing")
        self.assertIn("cannot be listed: No such file", str(problem))
