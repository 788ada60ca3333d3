from __future__ import annotations

import pyrage

from buildbot_keychain.errors import AccessDenied, InvalidSecret
from buildbot_keychain.providers.password_store._age_reader import AgeReader
from buildbot_keychain.providers.password_store._entry import Entry
from tests.support.password_store.age_stores import AgeStoreTestCase


class AgeReaderTests(AgeStoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.reader = AgeReader(str(self.dir), str(self.key_file), "pass")

    def test_an_entry(self) -> None:
        self.put("team/app", "password\nuser: alice\n")
        self.assertEqual(self.reader.read("team/app", None), Entry("password\nuser: alice\n"))
        self.assertIsNone(self.reader.read("team/other", None))
        self.assertIsNone(self.reader.read("team", None))

    def test_a_key_in_place_of_the_file(self) -> None:
        other = pyrage.x25519.Identity.generate()
        self.put("app", "x", other.to_public())
        self.assertEqual(self.reader.read("app", str(other)), Entry("x"))

    def test_an_entry_for_somebody_else_or_damaged(self) -> None:
        other = pyrage.x25519.Identity.generate()
        file = self.put("app", "x", other.to_public())
        for content in (file.read_bytes(), b"not of age"):
            file.write_bytes(content)
            error = self.assertRaises(AccessDenied, self.reader.read, "app", None)
            self.assertIn(
                f"none of the configured age identities (1) decrypts {file}; encrypt it for the "
                "master's key, or restore it if it is damaged",
                error.reason,
            )
        self.key_file.write_text(f"AGE-PLUGIN-X-1\n{self.identity}\n")
        error = self.assertRaises(AccessDenied, self.reader.read, "app", None)
        self.assertIn(f"{file} (of the key file, its line 1 belongs to a plug-in", error.reason)

    def test_an_entry_that_is_no_text(self) -> None:
        self.put("app", b"\xff")
        self.assertRaises(InvalidSecret, self.reader.read, "app", None)

    def test_problems(self) -> None:
        def problems(key: str | None = None) -> list[str]:
            return list(self.reader.problems(key, with_key=True))

        self.assertEqual(problems(), [])  # nothing is in it yet
        other = pyrage.x25519.Identity.generate()
        self.put("others/app", "x", other.to_public())
        (problem,) = problems()
        self.assertIn(f"decrypts any entry of {self.dir}", problem)
        self.assertEqual(problems(str(other)), [])
        self.assertEqual(list(self.reader.problems(None, with_key=False)), [])
        self.put("ours", "x")
        self.assertEqual(problems(), [])
        self.key_file.chmod(0o644)
        self.assertRaises(AccessDenied, problems)
