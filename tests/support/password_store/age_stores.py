"""`AgeStoreTestCase`: a store that is encrypted with age, as passage writes it."""

from __future__ import annotations

from pathlib import Path

import pyrage
from twisted.trial.unittest import TestCase


class AgeStoreTestCase(TestCase):
    """A store, and a file with an identity that opens it."""

    def setUp(self) -> None:
        self.top = Path(self.mktemp()).resolve()
        self.dir = self.top / "store"
        for directory in (self.top, self.dir):
            directory.mkdir(mode=0o700)
        self.identity = pyrage.x25519.Identity.generate()
        self.key_file = self.top / "identities"
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(f"# passage\n{self.identity}\n")

    def put(self, name: str, text: str | bytes, *recipients: pyrage.x25519.Recipient) -> Path:
        """Write an entry, by default for the identity of the file."""
        content = text.encode() if isinstance(text, str) else text
        file = self.dir / f"{name}.age"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        to = list(recipients) or [self.identity.to_public()]
        file.write_bytes(pyrage.encrypt(content, to))
        return file
