from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats import FORMATS
from buildbot_keychain.store.imports import CONTENTS, ImportedSecret, read_file


class FileTests(SynchronousTestCase):
    def test_a_file_of_each_form(self) -> None:
        for form, content in {
            "env": "a=x",
            "json": '{"a": "x"}',
            "yaml": "a: x",
            "toml": "a = 'x'",
            "kubernetes": "kind: Secret\nmetadata: {name: s}\nstringData: {a: x}",
            "vault": '{"data": {"a": "x"}}',
        }.items():
            path = Path(self.mktemp())
            path.write_text(content)
            (found,) = read_file(path, form)
            assert isinstance(found, ImportedSecret)
            self.assertEqual(found.value, "x")
            self.assertTrue(found.where.startswith(str(path)))

    def test_every_format_has_a_reader(self) -> None:
        self.assertEqual(set(CONTENTS), {*FORMATS, "kubernetes", "vault"})

    def test_a_file_that_cannot_be_read(self) -> None:
        path = Path(self.mktemp())
        self.assertEqual(
            [str(e) for e in read_file(path, "env")], [f"{path}: does not exist; correct the path"]
        )
        path.write_bytes(b"#" * (1 << 20) + b"x")
        (problem,) = read_file(path, "env")
        self.assertIn("is larger than 1 MiB", str(problem))
