"""``buildbot-keychain export``; what leaves by standard output leaves a process."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pyrage

from tests.support.keychain_command import COMMAND, Ended, run
from tests.support.store_commands import StoreCommandCase

CANARY = "s3cr3t-canary"
SOPS = """#!/bin/sh
# Stands for sops, which is not installed here: says what it was given.
printf '%s\\n' "$*" >&2
cat
"""


class ExportTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", CANARY)
        self.set("b", b"\xff")
        self.set("changes/0123456789abcdef", "waits for a second person")
        self.identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self.identity.to_public())

    def exported(self, *words: str) -> Ended:
        return run("export", *words)

    def test_for_recipients_of_age(self) -> None:
        ended = self.exported("age", "--to", self.recipient)
        self.assertEqual(ended.status, 0)
        self.assertIn("2 secrets were exported", ended.err)
        opened = pyrage.decrypt(ended.out.encode(), [self.identity])
        self.assertEqual(json.loads(opened), {"a": CANARY, "b:base64": "/w=="})

    def test_a_script_goes_into_a_pipe(self) -> None:
        ended = self.exported("vault", "a", "--quiet")
        self.assertEqual((ended.status, ended.err), (0, ""))
        self.assertIn("vault kv put -mount=secret a -", ended.out)
        self.assertIn(CANARY, ended.out)

    def test_a_script_is_never_a_file(self) -> None:
        path = Path(self.mktemp())
        with path.open("wb") as file:
            words = [*COMMAND, "export", "bao"]
            done = subprocess.run(
                words, stdout=file, stderr=subprocess.PIPE, env=dict(os.environ), check=False
            )
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"pipe it into sh", done.stderr)
        self.assertEqual(path.read_bytes(), b"")

    def test_sops_gets_values_on_its_standard_input(self) -> None:
        program = self.base / "bin" / "sops"
        program.parent.mkdir()
        program.write_text(SOPS)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        path = f"{program.parent}:{os.environ['PATH']}"
        self.patch(os, "environ", {**os.environ, "PATH": path})
        ended = self.exported("sops-yaml", "a", "--to", self.recipient)
        self.assertEqual((ended.status, json.loads(ended.out)), (0, {"a": CANARY}))
        self.assertIn(f"--age={self.recipient}", ended.err)
        self.assertNotIn(CANARY, ended.err)
        program.write_text("#!/bin/sh\nexit 3\n")
        ended = self.exported("sops-json", "--to", self.recipient)
        self.assertEqual((ended.status, ended.out), (4, ""))
        self.assertIn("sops ended with status 3; nothing was exported", ended.err)

    def test_what_makes_no_sense(self) -> None:
        self.assertFails(2, "add --to RECIPIENT", "export", "age")
        self.assertFails(2, "leave --to out", "export", "vault", "--to", self.recipient)

    def test_what_is_missing_exports_nothing(self) -> None:
        ended = self.exported("age", "a", "no", "--to", self.recipient)
        self.assertEqual((ended.status, ended.out), (4, ""))
        self.assertIn("'no'", ended.err)

    def test_what_is_no_public_key_is_not_repeated(self) -> None:
        ended = self.exported("age", "--to", str(self.identity))
        self.assertEqual((ended.status, ended.out), (4, ""))
        self.assertNotIn(str(self.identity)[20:], ended.err)
