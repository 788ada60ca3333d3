from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.providers.password_store._store import AGE, PasswordStore, may_be_an_entry


class StoreTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp())
        self.dir.mkdir(mode=0o700)

    def write(self, name: str, content: str) -> None:
        path = self.dir / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(content)

    def store(self) -> PasswordStore:
        return PasswordStore(str(self.dir), "pass", "x")

    def test_an_entry_is_a_file(self) -> None:
        self.write("a/b.gpg", "encrypted")
        self.assertEqual(self.store().encrypted("a/b"), b"encrypted")
        for name in ("a", "a/c", "b", "a/b.gpg"):
            self.assertIsNone(self.store().encrypted(name))
        self.assertEqual(self.store().file("a/b"), f"{self.dir}/a/b.gpg")

    def test_the_nearest_gpg_id_applies(self) -> None:
        self.write(".gpg-id", "A\n")
        self.write("team/.gpg-id", "# the team\nB # b@example.org\n\n C \n")
        self.write("team/app/x.gpg", "")
        for name, folder, keys in (
            ("x", "", ["A"]),
            ("other/x", "", ["A"]),
            ("team/x", "team/", ["B", "C"]),
            ("team/app/x", "team/", ["B", "C"]),
        ):
            found = (f"{self.dir}/{folder}.gpg-id", keys)
            self.assertEqual(self.store().nearest_gpg_id(name), found, name)

    def test_every_gpg_id(self) -> None:
        self.assertEqual(list(self.store().gpg_ids()), [])
        self.assertIsNone(self.store().nearest_gpg_id("a/b"))
        self.write(".gpg-id", "A\n")
        self.write("team/app/.gpg-id", "B\n")
        self.write(".git/.gpg-id", "C\n")
        found = [(f"{self.dir}/.gpg-id", ["A"]), (f"{self.dir}/team/app/.gpg-id", ["B"])]
        self.assertEqual(list(self.store().gpg_ids()), found)

    def test_every_entry(self) -> None:
        hidden = (".gpg", ".git/y.gpg", "team/.z.gpg")
        for file in ("b.gpg", "a.gpg", "a.age", "team/app/x.gpg", *hidden):
            self.write(file, "encrypted")
        self.assertEqual(list(self.store().entries()), ["a", "b", "team/app/x"])
        age = PasswordStore(str(self.dir), "pass", "x", AGE)
        self.assertEqual(list(age.entries()), ["a"])

    def test_modes_below_a_private_directory_do_not_matter(self) -> None:
        self.write("a/b.gpg", "encrypted")
        (self.dir / "a").chmod(0o775)
        (self.dir / "a/b.gpg").chmod(0o664)
        self.assertEqual(self.store().encrypted("a/b"), b"encrypted")
        self.assertEqual(list(self.store().problems()), [])
        self.dir.chmod(0o711)
        self.assertRaises(AccessDenied, self.store().encrypted, "a/b")
        self.assertNotEqual(list(self.store().problems()), [])

    @given(st.text("a./\\~|:\0 #é"))
    def test_no_name_leads_out_of_the_store(self, name: str) -> None:
        if may_be_an_entry(name):
            self.assertNotIn("..", name.split("/"))
            self.assertFalse(name.startswith("/"))
            self.assertIsNone(self.store().encrypted(name))

    def test_names(self) -> None:
        for name in ("a", "a/b", "a b", "CORP\\alice", "a~", "#a", "a.b@c:d"):
            self.assertTrue(may_be_an_entry(name), name)
        for name in ("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", ".git/x", "a/.b"):
            self.assertFalse(may_be_an_entry(name), name)
