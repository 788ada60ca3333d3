from __future__ import annotations

from buildbot_keychain.audit.verification import verify
from tests.support.audit_files import FileCase
from tests.support.audit_records import file_sink, hidden, problems, verified


class VerificationTests(FileCase):
    def test_each_line_that_is_removed_changed_moved_or_copied_shows(self) -> None:
        self.sink = file_sink(self.path, max_size=4096)
        for number in range(20):
            self.sink.write(hidden(f"s{number}"))
        self.sink.close()
        verified(self.path)
        for path in self.files():
            content = path.read_bytes()
            lines = content.splitlines(keepends=True)
            for place, line in enumerate(lines):
                others = [*lines[:place], *lines[place + 1 :]]
                changed = line.replace(b'"log"', b'"log2"').replace(b'"sta', b'"stb')
                for damaged in (
                    others,
                    [*lines[:place], changed, *lines[place + 1 :]],
                    [*others[: place - 3], line, *others[place - 3 :]] if place > 3 else others,
                    [*lines[: place + 1], line, *lines[place + 1 :]],
                ):
                    path.write_bytes(b"".join(damaged))
                    if damaged != lines:
                        self.assertTrue(problems(self.path), (path, place, damaged[:2]))
            path.write_bytes(content)
        verified(self.path)

    def test_a_file_that_is_being_written_is_as_it_should_be(self) -> None:
        self.sink.write(hidden("a"))
        with self.path.open("ab") as file:
            file.write(b'{"n":3,"prev')
        self.assertEqual(list(verify(str(self.path))), [])
