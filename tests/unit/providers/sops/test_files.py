from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._errors import SopsError, SopsNotTrusted, SopsUnavailable
from buildbot_keychain.providers.sops._files import (
    MAX_SIZE,
    Candidate,
    candidates,
    encrypted_files,
    read_text,
)


class FilesCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o755)

    def write(self, name: str, content: bytes = b"x") -> str:
        path = self.dir / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)
        return str(path)


class CandidateTests(FilesCase):
    def test_a_file(self) -> None:
        path = self.write("prod.yaml")
        self.assertEqual(list(candidates(path, "a/b")), [Candidate(path, "a/b", found=False)])

    def test_a_directory(self) -> None:
        prod, nested = self.write("prod.yaml"), self.write("prod/db.json")
        binary = self.write("prod/key.pem")
        for name, expected in {
            "prod/db/password": [
                Candidate(prod, "db/password"),
                Candidate(nested, "password"),
            ],
            "prod/key.pem": [
                Candidate(prod, "key.pem"),
                Candidate(binary, "data", whole=True),
            ],
            "prod": [],
            "prod.yaml": [],
            "prod/db.json": [Candidate(prod, "db.json")],
            "../prod/db": [],
            "/prod/db": [],
            "prod/\0": [Candidate(prod, "\0")],
            "\0/prod": [],
            "\ud800": [],
            "": [],
        }.items():
            self.assertEqual(list(candidates(str(self.dir), name)), expected, repr(name))

    def test_a_suffix_may_be_followed_by_enc(self) -> None:
        path = self.write("prod.yaml.enc")
        self.assertEqual(list(candidates(str(self.dir), "prod/a")), [Candidate(path, "a")])
        whole = Candidate(path, "data", whole=True)
        self.assertEqual(list(candidates(str(self.dir), "prod.yaml.enc")), [whole])

    def test_a_missing_place(self) -> None:
        for search in (lambda place: candidates(place, "a"), encrypted_files):
            error = self.assertRaises(SopsUnavailable, list, search(f"{self.dir}/gone"))
            self.assertEqual(
                error.reason,
                "cannot be accessed: No such file or directory; create it or correct files",
            )


class EncryptedFilesTests(FilesCase):
    def test_files_with_a_suffix_of_sops(self) -> None:
        for name in ("a.yaml", "b/c.json", "b/.hidden.json", ".git/d.json", "README.md", "key.pem"):
            self.write(name)
        found = [candidate.path for candidate in encrypted_files(str(self.dir))]
        self.assertEqual(found, [f"{self.dir}/a.yaml", f"{self.dir}/b/c.json"])
        only = list(encrypted_files(f"{self.dir}/key.pem"))
        self.assertEqual(only, [Candidate(f"{self.dir}/key.pem", "", found=False)])


class ReadTests(FilesCase):
    def test_a_text(self) -> None:
        self.assertEqual(read_text(self.write("a.yaml", "a: é\n".encode())), "a: é\n")

    def test_files_that_are_not_texts(self) -> None:
        os.mkfifo(self.dir / "pipe")
        for path, reason in (
            (str(self.dir / "pipe"), "is not a regular file"),
            (self.write("large", b" " * (MAX_SIZE + 1)), "is larger than 4 MiB"),
            (self.write("bytes", b"\xff"), "is not UTF-8 text"),
        ):
            self.assertIn(reason, self.assertRaises(SopsError, read_text, path).reason)

    def test_a_missing_file(self) -> None:
        error = self.assertRaises(SopsUnavailable, read_text, f"{self.dir}/gone")
        self.assertEqual(error.reason, "cannot be read: No such file or directory")

    def test_files_that_others_can_change(self) -> None:
        path = self.write("a.yaml")
        os.chmod(path, 0o664)  # noqa: PTH101 - as the code under test
        error = self.assertRaises(SopsNotTrusted, read_text, path)
        self.assertIn(f"is not trusted: the file {path}", error.reason)
        os.chmod(path, 0o644)  # noqa: PTH101 - the same
        self.dir.chmod(0o777)
        error = self.assertRaises(SopsNotTrusted, read_text, path)
        self.assertIn(f"is not trusted: the directory {self.dir}", error.reason)
