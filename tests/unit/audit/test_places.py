from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from buildbot_keychain.audit._places import old_files
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
