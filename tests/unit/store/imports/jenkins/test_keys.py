from __future__ import annotations

from buildbot_keychain.store.imports.jenkins._keys import (
    OLD_FILES,
    SECRET,
    SECRET_BYTES,
    KeyProblem,
)
from tests.support.jenkins import SECRET_KEY, JenkinsTestCase, derived, key_material


class JenkinsKeysTests(JenkinsTestCase):
    def why(self) -> str:
        return self.assertRaises(KeyProblem, self.keys.key, SECRET).why

    def test_each_purpose_has_its_key(self) -> None:
        for key_id in (SECRET, SECRET_BYTES, OLD_FILES):
            self.assertEqual(self.keys.key(key_id), key_material(key_id)[:16])
        self.assertEqual(self.keys.oldest(), derived(SECRET_KEY))

    def test_blanks_around_the_master_key_do_not_count(self) -> None:
        path = self.home / "secrets/master.key"
        path.write_text(f" {path.read_text()}\r\n")
        self.assertEqual(self.keys.key(SECRET), key_material(SECRET)[:16])

    def test_a_master_key_of_another_jenkins(self) -> None:
        (self.home / "secrets/master.key").write_text("ab" * 128)
        self.assertIn("is not opened by the master.key beside it", self.why())

    def test_no_wrong_master_key_opens_a_key(self) -> None:
        """The padding alone would let one of 256 pass."""
        for number in range(300):
            (self.home / "secrets/master.key").write_text(f"{number:0256x}")
            self.assertRaises(KeyProblem, self.read_keys().key, SECRET)

    def test_a_key_file_that_is_damaged(self) -> None:
        path = self.home / "secrets" / SECRET
        for content in (b"", path.read_bytes()[:-1], path.read_bytes()[16:-16], bytes(272)):
            path.write_bytes(content)
            self.assertRaises(KeyProblem, self.read_keys().key, SECRET)

    def test_keys_that_are_missing(self) -> None:
        (self.home / "secrets" / SECRET).unlink()
        self.assertIn(f"{SECRET} does not exist", self.why())
        self.assertIn("does not exist", self.why())  # again
        self.assertEqual(self.keys.key(OLD_FILES), key_material(OLD_FILES)[:16])
        (self.home / "secret.key").unlink()
        self.assertRaises(KeyProblem, self.keys.oldest)
