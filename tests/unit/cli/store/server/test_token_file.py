from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.bearer_tokens import new_token
from buildbot_keychain.cli import CommandError
from buildbot_keychain.cli.store.server import read_token


class TokenFileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.token, _, _ = new_token()
        self.path.write_text(f"{self.token}\n")
        self.path.chmod(0o600)

    def problem(self, path: Path | None = None) -> str:
        error = self.assertRaises(CommandError, read_token, path or self.path)
        self.assertNotIn("canary", str(error))
        return str(error)

    def test_a_private_file_and_a_pipe(self) -> None:
        self.assertEqual(read_token(self.path), self.token)
        reading, writing = os.pipe()
        os.write(writing, self.token.encode())
        os.close(writing)
        self.addCleanup(os.close, reading)
        self.assertEqual(read_token(Path(f"/dev/fd/{reading}")), self.token)

    def test_others_can_read_it(self) -> None:
        self.path.chmod(0o640)
        self.assertIn("chmod 600", self.problem())

    def test_there_is_none(self) -> None:
        for content in ("", "canary", f"{self.token} canary", "\xff"):
            self.path.write_text(content)
            self.assertIn("holds no token", self.problem())
        self.assertIn("cannot read", self.problem(self.path / "x"))
