from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from buildbot_keychain.audit._places import old_files
from buildbot_keychain.audit.reading import Wanted, read_files
from buildbot_keychain.audit.verification import verify
from tests.support.audit_files import FileCase
from tests.support.audit_records import hidden, verified


class OldFileTests(FileCase):
    def test_whatever_a_program_has_renamed_them_to(self) -> None:
        names = ["audit.jsonl.9", "audit.jsonl.8.gz", "audit.jsonl-old", "audit.jsonl.x"]
        for name in names:
            self.sink.write(hidden(name))
            moved = self.path.rename(self.directory / name)
            if moved.suffix == ".gz":
                content = moved.read_bytes()
                with gzip.open(moved, "wb") as file:
                    file.write(content)
        (self.directory / "audit.jsonl.notes").write_text("not a trail\n")
        (self.directory / "audit.jsonl.bad.gz").write_text("not gzip\n")
        self.sink.write(hidden("now"))
        found = [path.name for path in old_files(self.path)]
        self.assertEqual(found, ["audit.jsonl.9", "audit.jsonl.8.gz", "audit.jsonl.x"])
        shutil.copy(self.directory / names[2], Path(f"{self.path}.copied"))
        self.assertEqual(verified(self.path).first, 1)

    def test_one_that_is_damaged(self) -> None:
        self.sink.write(hidden(*map(str, range(500))))
        content = gzip.compress(self.path.read_bytes())
        damaged = Path(f"{self.path}.2.gz")
        damaged.write_bytes(content[:12] + b"\xff" * 50 + content[62:])
        self.assertEqual(old_files(self.path), [])
        for damage in (content[:-200], content[:-8] + b"\0" * 8):
            damaged.write_bytes(damage)
            self.assertEqual(old_files(self.path), [damaged])
            for read in (read_files(str(self.path), Wanted()), verify(str(self.path))):
                error = self.assertRaises(OSError, list, read)
                self.assertEqual(error.filename, str(damaged))
