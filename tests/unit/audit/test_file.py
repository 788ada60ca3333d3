from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from unittest import mock

from zope.interface.verify import verifyObject

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IAuditSink
from tests.support.audit_files import FileCase
from tests.support.audit_records import (
    actions_in,
    events_in,
    file_sink,
    hidden,
    problems,
    secrets_in,
    verified,
)


class AppendingTests(FileCase):
    def test_it_is_a_sink(self) -> None:
        self.assertTrue(verifyObject(IAuditSink, self.sink))
        self.assertEqual(self.sink, AuditToFile(self.path))
        self.assertNotEqual(self.sink, AuditToFile(self.path, keep=3))

    def test_lines_are_chained_across_restarts(self) -> None:
        self.sink.write(hidden("a", "b"))
        self.sink.write(hidden("c"))
        self.sink.close()
        self.sink = file_sink(self.path)
        self.sink.write(hidden("d"))
        self.assertEqual(secrets_in(self.path), ["a", "b", "c", "d"])
        self.assertEqual(actions_in(self.path), ["started", "started"])
        self.assertEqual([event["n"] for event in events_in(self.path)], list(range(1, 7)))
        self.assertEqual(verified(self.path).lines, 6)

    def test_only_its_owner_may_read_it(self) -> None:
        self.path.touch(0o644)
        self.sink.write(hidden("a"))
        for path in (self.path, Path(f"{self.path}.state")):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_another_process_is_kept_away(self) -> None:
        self.sink.write(hidden("a"))
        other = file_sink(self.path)
        error = self.assertRaises(ConfigurationError, other.write, hidden("b"))
        self.assertIn("each master needs its own", str(error))
        self.sink.close()
        other.write(hidden("b"))
        other.close()
        self.assertEqual(secrets_in(self.path), ["a", "b"])

    def test_a_link_is_not_followed(self) -> None:
        (self.directory / "other").touch()
        self.path.symlink_to(self.directory / "other")
        self.assertRaises(OSError, self.sink.write, hidden("a"))
        self.assertRaises(ConfigurationError, self.sink.check)

    def test_a_file_that_was_moved_or_removed_is_begun_again(self) -> None:
        self.sink.write(hidden("a"))
        self.path.rename(f"{self.path}.1")
        self.sink.write(hidden("b"))
        self.assertEqual(verified(self.path).last, 4)
        self.assertEqual((secrets_in(self.path), actions_in(self.path)), (["b"], ["reopened"]))
        self.path.unlink()
        self.sink.write(hidden("c"))
        self.assertEqual(secrets_in(self.path), ["c"])
        self.assertIn("lines 3 to 4, which come before it, were removed", problems(self.path)[0])


class RepairTests(FileCase):
    def test_a_line_that_was_cut_off_is_removed_and_that_is_recorded(self) -> None:
        self.sink.write(hidden("a"))
        self.sink._release()  # as if killed
        for rest in (b'{"n":3,"prev":"', b"\0" * 200_000):
            with self.path.open("ab") as file:
                file.write(rest)
            sink = file_sink(self.path)
            sink.write(hidden("b"))
            sink._release()
            self.assertEqual(actions_in(self.path)[-3:], ["repaired", "unclean", "started"])
            repaired = [
                event for event in events_in(self.path) if event.get("action") == "repaired"
            ]
            self.assertEqual(repaired[-1]["count"], len(rest))
        verified(self.path)

    def test_what_was_removed_while_nobody_wrote_is_recorded(self) -> None:
        self.sink.write(hidden("a", "b", "c"))
        self.sink.close()
        lines = self.path.read_bytes().splitlines(keepends=True)
        self.path.write_bytes(b"".join(lines[:-2]))
        self.assertEqual(problems(self.path), ["lines 3 to 4, the last ones, were removed"])
        self.sink.write(hidden("d"))
        self.assertIn("missing", actions_in(self.path))
        self.assertIn("lines 3 to 4, which come before it, were removed", problems(self.path)[0])

    def test_without_its_state_the_chain_goes_on(self) -> None:
        self.sink.write(hidden("a"))
        self.sink.close()
        Path(f"{self.path}.state").write_bytes(b"\0" * 160)
        self.assertIn("is missing or damaged", problems(self.path)[0])
        self.sink.write(hidden("b"))
        verified(self.path)


class RotationTests(FileCase):
    def test_by_size(self) -> None:
        self.sink = file_sink(self.path, max_size=4096)
        for number in range(60):
            self.sink.write(hidden(f"s{number}"))
        files = self.files()
        self.assertGreater(len(files), 3)
        self.assertEqual(files[0].name, "audit.jsonl.000000000001")
        self.assertEqual(secrets_in(*files), [f"s{number}" for number in range(60)])
        for path in files:
            self.assertLess(path.stat().st_size, 5000)
        verified(self.path)
        self.sink.close()
        files[1].unlink()
        self.assertIn("which come before it, were removed", "".join(problems(self.path)))

    def test_by_age(self) -> None:
        self.sink = file_sink(self.path, max_age=3600)
        self.sink.write(hidden("a"))
        self.sink.write(hidden("b"))
        self.sink._begun -= 3600
        self.sink.write(hidden("c"))
        self.assertEqual(secrets_in(self.path), ["c"])
        verified(self.path)

    def test_old_files_are_removed(self) -> None:
        self.sink = file_sink(self.path, max_size=4096, keep=2)
        for number in range(60):
            self.sink.write(hidden(f"s{number}"))
        self.assertEqual(len(self.files()), 3)
        self.assertGreater(verified(self.path).first, 1)
        self.sink.close()
        self.files()[0].unlink()
        self.assertIn("which come before it, were removed", problems(self.path)[0])

    def test_as_many_old_files_are_kept_as_is_wanted(self) -> None:
        for keep in (0, 1, 3, 5):
            self.sink.close()
            self.directory = self.directory / "next"
            self.directory.mkdir()
            self.path = self.directory / "audit.jsonl"
            self.sink = file_sink(self.path, max_size=4096, keep=keep)
            for rotated in range(8):
                self.sink.write(hidden(*[f"s{rotated}"] * 40))
                kept = range(max(rotated - keep, 0), rotated + 1)
                names = [f"s{number}" for number in kept for _ in range(40)]
                self.assertEqual(secrets_in(*self.files()), names, f"{keep=}")
                verified(self.path)

    def test_a_restart_right_after_it(self) -> None:
        self.sink = file_sink(self.path, max_size=4096)
        while len(self.files()) < 2:
            self.sink.write(hidden("a"))
        self.sink.close()
        self.path.unlink()  # as if killed before it was begun
        count = len(secrets_in(*self.files()))
        self.sink = file_sink(self.path)
        self.sink.write(hidden("b"))
        self.assertEqual(secrets_in(*self.files()), ["a"] * count + ["b"])


class FullDiskTests(FileCase):
    """Of a disk; a real one is in the tests of integration."""

    def test_what_was_written_in_part_is_removed_before_it_is_tried_again(self) -> None:
        self.sink.write(hidden("a"))
        write = os.write

        def full(descriptor: int, data: bytes) -> int:
            if len(data) < 100:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(descriptor, data[:-90])

        size = self.path.stat().st_size
        with mock.patch.object(os, "write", full):
            error = self.assertRaises(OSError, self.sink.write, hidden("b"))
        self.assertEqual((error.errno, self.path.stat().st_size), (errno.ENOSPC, size))
        self.sink.write(hidden("b"))
        self.assertEqual(secrets_in(self.path), ["a", "b"])
        verified(self.path)


class ArgumentTests(FileCase):
    def test_what_cannot_be(self) -> None:
        for arguments, expected in (
            ({"path": ""}, "path must be"),
            ({"path": 3}, "path must be"),
            ({"path": "x", "max_size": 10}, "max_size must be a number, at least 4096"),
            ({"path": "x", "max_age": True}, "max_age must be a number, at least 60, or None"),
            ({"path": "x", "keep": -1}, "keep must be a number, at least 0, or None"),
            ({"path": "x", "reserve": 1.5}, "reserve must be a number"),
        ):
            error = self.assertRaises(ConfigurationError, AuditToFile, **arguments)
            self.assertIn(expected, str(error))

    def test_where_it_cannot_be(self) -> None:
        self.sink.check()
        error = self.assertRaises(ConfigurationError, AuditToFile("/nowhere/a").check)
        self.assertIn("there is no directory /nowhere", str(error))
        self.directory.chmod(0o777)
        self.assertIn("chmod o-w", str(self.assertRaises(ConfigurationError, self.sink.check)))
        self.directory.chmod(0o700)
        self.path.mkdir()
        self.assertIn(
            "is not a regular file", str(self.assertRaises(ConfigurationError, self.sink.check))
        )
        self.path.rmdir()
