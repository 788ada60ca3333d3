"""``buildbot-keychain edit``, with scripts as editors."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from buildbot_keychain.cli import _memory_files
from tests.support.store_commands import StoreCommandCase

CANARY = "s3cr3t-canary"


class EditTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", CANARY, description="d")
        limits = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, limits)
        self.note = self.base / "note"

    def editor(self, script: str, variable: str = "VISUAL") -> None:
        """Have a script be the editor; it also notes which file it was given."""
        program = self.base / "the editor"
        program.write_text(f"#!/bin/sh\necho \"$1\" > '{self.note}'\n{script}\n")
        program.chmod(0o700)
        unset = {"VISUAL": "", "EDITOR": ""}
        self.patch(os, "environ", {**os.environ, **unset, variable: f"'{program}'"})

    def assert_removed(self) -> None:
        path = Path(self.note.read_text().strip())
        self.assertFalse(path.parent.exists())

    def test_a_new_version(self) -> None:
        self.editor('test "$(ulimit -c)" = 0 && echo new > "$1"')
        ended = self.run_command("edit", "a")
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertIn("secret 'a' has version 2 now", ended.err)
        self.assertEqual((self.value("a", 1), self.value("a")), (CANARY, "new"))
        described = self.open().secrets.describe("a")
        assert described is not None
        self.assertEqual(described.metadata.description, "d")
        self.assert_removed()

    def test_an_unchanged_value_makes_no_version(self) -> None:
        for script in ("", 'echo >> "$1"', f'echo "{CANARY}" > "$1"'):
            self.editor(script, "EDITOR")
            ended = self.run_command("edit", "a")
            self.assertEqual(ended.status, 0)
            self.assertIn("nothing was changed", ended.err)
        self.assertEqual(len(self.open().secrets.versions("a")), 1)

    def test_line_ends_that_were_there_stay(self) -> None:
        self.set("a", "one\ntwo\n")
        self.editor('echo three >> "$1"')
        self.run_command("edit", "a")
        self.assertEqual(self.value("a"), "one\ntwo\nthree\n")

    def test_an_editor_that_fails_changes_nothing(self) -> None:
        cases = {
            'echo new > "$1"; exit 3': "the editor ended with status 3",
            'echo new > "$1"; kill -9 $$': "the editor ended with signal 9",
            ': > "$1"': "is empty",
            'rm "$1"': "has left no file",
            "printf '\\377' > \"$1\"": "is not UTF-8",
        }
        for script, message in cases.items():
            self.editor(script)
            self.assertFails(4, message, "edit", "a")
            self.assert_removed()
        self.assertEqual(len(self.open().secrets.versions("a")), 1)

    def test_what_an_editor_leaves_beside_it_is_removed(self) -> None:
        self.editor(
            'cp "$1" "$1~"; mkdir "$1.d"; cp "$1" "$1.d/x"; echo new > "$1.new"; mv "$1.new" "$1"'
        )
        self.assertEqual(self.run_command("edit", "a").status, 0)
        self.assertEqual(self.value("a"), "new")
        self.assert_removed()

    def test_a_change_of_somebody_else_is_not_overwritten(self) -> None:
        self.editor('echo new > "$1"')
        self.set("b", "x")
        write = _memory_files.write

        def raced(path: Path, content: bytes) -> None:
            self.set("a", "theirs")
            write(path, content)

        self.patch(_memory_files, "write", raced)
        said = self.assertFails(4, "its version is 2, not 1", "edit", "a")
        self.assertIn("what was typed is not kept", said)
        self.assertEqual(self.value("a"), "theirs")
        self.assert_removed()

    def test_what_is_not_stored_can_be_edited_again(self) -> None:
        self.editor(f'echo >> "{self.base}/times"; test -s "$1" && echo more >> "$1"')
        write = _memory_files.write

        def raced(path: Path, content: bytes) -> None:
            self.set("a", "theirs")
            write(path, content)

        self.patch(_memory_files, "write", raced)
        person = self.answering("y")
        ended = self.run_command("edit", "a")
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertIn("its version is 2, not 1", ended.err)
        self.assertIn(b"open the editor again, with what was typed? [y/N] ", person.seen)
        self.assertEqual((self.base / "times").read_text(), "\n\n")
        self.assertEqual(self.value("a", 3), f"{CANARY}more\nmore")
        self.answering("n")
        self.editor(': > "$1"')
        self.assertEqual(self.run_command("edit", "a").status, 4)
        self.assertEqual(self.value("a", 4), "theirs")
        self.assert_removed()

    def test_what_cannot_be_edited(self) -> None:
        self.editor("exit 1")
        self.set("b", b"\xff")
        self.assertFails(4, "is not a text", "edit", "b")
        self.assertFails(4, "'no'", "edit", "no")
        self.assertFalse(self.note.exists())

    def test_no_editor(self) -> None:
        self.patch(os, "environ", {**os.environ, "VISUAL": "", "EDITOR": "", "PATH": "/nowhere"})
        self.assertFails(4, "set VISUAL or EDITOR", "edit", "a")
        self.patch(os, "environ", {**os.environ, "VISUAL": "'"})
        self.assertFails(4, "has a quote that does not end", "edit", "a")
        self.patch(os, "environ", {**os.environ, "VISUAL": "/nowhere/editor"})
        self.assertFails(4, "cannot run /nowhere/editor", "edit", "a")

    def test_a_disk_is_refused_unless_it_is_meant(self) -> None:
        self.editor('echo new > "$1"')
        self.patch(_memory_files, "_MOUNTS", Path("/nowhere"))
        self.assertFails(4, "add --on-disk", "edit", "a")
        self.assertEqual(self.run_command("edit", "a", "--on-disk").status, 0)
        self.assert_removed()
