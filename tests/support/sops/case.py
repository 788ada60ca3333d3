"""`SopsTestCase`: a private age key and a directory of files that sops encrypted, per test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.sops import SecretInSops
from tests.support.reachable import reachable_text
from tests.support.sops.writer import SopsWriter

VALUE = "correct-horse-battery"


class SopsTestCase(TestCase):
    def setUp(self) -> None:
        self.writer = SopsWriter()
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)
        self.key_file = self.dir / "keys.txt"
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(self.writer.key_file)
        self.files = self.dir / "repository"
        self.files.mkdir(mode=0o755)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.files / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(0o644)
        return path

    def provider(self, *files: Any, **kwargs: Any) -> SecretInSops:
        places = list(files or [self.files / "secrets.json"])
        if "age_key" not in kwargs:
            kwargs.setdefault("age_key_file", self.key_file)
        provider = SecretInSops(places, **kwargs)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def error_text(self, provider: SecretInSops, path: str, kind: type[Exception]) -> str:
        """Return the text of the error of a lookup, which must not show a value or a key."""
        error: Any = await self.assertFailure(provider.get(path), kind)
        everything = reachable_text(error)
        self.assertNotIn(VALUE, everything)
        self.assertNotIn(str(self.writer.identity), everything)
        return str(error)
