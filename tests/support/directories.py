"""`FileTestCase`: a directory of secrets for each test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.files import SecretInAFile


class FileTestCase(TestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).absolute()
        self.dir.mkdir(mode=0o700)

    def write(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        path = self.dir / name
        for directory in reversed(path.relative_to(self.dir).parents[:-1]):
            (self.dir / directory).mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    def provider(self, **kwargs: Any) -> SecretInAFile:
        provider = SecretInAFile(str(self.dir), **kwargs)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider
