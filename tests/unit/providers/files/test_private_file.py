from __future__ import annotations

from buildbot_keychain.errors import AccessDenied, ProviderUnavailable
from buildbot_keychain.providers.files._directory import MAX_SIZE
from buildbot_keychain.providers.files._private_file import secret_content
from tests.support.directories import FileTestCase


class SecretContentTests(FileTestCase):
    def read(self, name: str) -> bytes:
        return secret_content(str(self.dir / name), "key", "p", "x")

    def test_a_private_file_is_read(self) -> None:
        self.write("token", b"\xff")
        self.assertEqual(self.read("token"), b"\xff")

    def test_a_file_that_others_can_read_is_rejected(self) -> None:
        self.write("token", "x", mode=0o644)
        error = self.assertRaises(AccessDenied, self.read, "token")
        self.assertEqual((error.provider, error.path), ("p", "x"))
        self.assertIn("chmod 600", error.reason)

    def test_what_cannot_be_read_is_unavailable(self) -> None:
        (self.dir / "directory").mkdir()
        self.write("large", "x" * (MAX_SIZE + 1))
        for name, problem in (
            ("missing", "No such file or directory; create it or correct key"),
            ("directory", "is not a regular file of at most 1 MiB; replace it or correct key"),
            ("large", "is not a regular file of at most 1 MiB; replace it or correct key"),
        ):
            error = self.assertRaises(ProviderUnavailable, self.read, name)
            self.assertIn(problem, error.reason)
