from __future__ import annotations

import pyrage

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.providers.age import read_identities
from tests.support.directories import FileTestCase


class KeyFileTests(FileTestCase):
    def test_a_private_file_or_its_content(self) -> None:
        identity = pyrage.x25519.Identity.generate()
        encrypted = pyrage.encrypt(b"text", [identity.to_public()])
        file = self.write("keys.txt", f"{identity}\n")
        for key in (None, str(identity)):
            identities = read_identities("sops", "x", str(file), key)
            self.assertEqual(identities.decrypt(encrypted), b"text")

    def test_what_cannot_be_used(self) -> None:
        absent = self.dir / "absent"
        file = self.write("keys.txt", "s3cr3t")
        self.write("open.txt", "").chmod(0o644)
        for key_file, key, problem in (
            (absent, None, f"{absent} does not exist; create it with: age-keygen -o"),
            (file, None, f"{file} cannot be used: its line 1 is not an age identity"),
            (file, "s3cr3t", "age_key cannot be used: its line 1 is not an age identity"),
            (self.dir / "open.txt", None, "is open to other users; run: chmod 600"),
        ):
            error = self.assertRaises(
                AccessDenied, read_identities, "sops", "x", str(key_file), key
            )
            self.assertIn(problem, error.reason)
            self.assertNotIn("s3cr3t", str(error))
