from __future__ import annotations

import grp
import os
import pwd
import struct

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.inspection.doctor._access import mode_of, readers, words, writers
from tests.support.installations import open_directory

GROUP = 54321
"""One that nobody is known to be in; who is in it is not known either."""


def entry(tag: int, may: int, number: int = 0xFFFFFFFF) -> bytes:
    return struct.pack("<HHI", tag, may, number)


class AccessTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = open_directory(self)
        self.file = self.directory / "file"
        self.file.touch()

    def test_everybody(self) -> None:
        for mode, reading, writing in ((0o600, "", ""), (0o604, "everybody", "")):
            self.file.chmod(mode)
            found = (words(readers(self.file)), words(writers(self.file)))
            self.assertEqual(found, (reading, writing), oct(mode))
        self.file.chmod(0o606)
        self.assertEqual(words(writers(self.file)), "everybody")
        self.assertEqual(mode_of(self.file), "mode 0606")

    def test_nobody_where_a_directory_is_closed(self) -> None:
        self.file.chmod(0o666)
        self.directory.chmod(0o700)
        self.assertEqual((readers(self.file), writers(self.file)), ([], []))
        self.directory.chmod(0o711)  # its name must be known
        self.assertEqual(words(readers(self.file)), "everybody")
        self.assertEqual(readers(self.directory), [])

    def test_who_may_write_to_a_directory_but_not_enter_it(self) -> None:
        self.directory.chmod(0o702)
        self.assertEqual(writers(self.directory), [])
        self.directory.chmod(0o703)
        self.assertEqual(words(writers(self.directory)), "everybody")

    def test_what_is_not_there(self) -> None:
        self.assertEqual(readers(self.directory / "none"), [])


class GroupTests(SynchronousTestCase):
    def setUp(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give files to groups")
        self.directory = open_directory(self)
        self.directory.chmod(0o711)
        self.file = self.directory / "file"
        self.file.touch()
        os.chown(self.file, 0, GROUP)
        self.file.chmod(0o640)

    def test_a_group(self) -> None:
        self.assertEqual(words(readers(self.file)), f"the group {GROUP}")
        os.chown(self.file, 0, 0)
        self.assertEqual(readers(self.file), [])

    def test_the_group_of_a_user_alone(self) -> None:
        user = pwd.getpwnam("daemon")
        os.chown(self.file, user.pw_uid, user.pw_gid)
        self.assertEqual(grp.getgrgid(user.pw_gid).gr_name, user.pw_name)
        self.assertEqual(readers(self.file), [])

    def test_a_group_that_cannot_enter(self) -> None:
        self.directory.chmod(0o701)
        os.chown(self.directory, 0, GROUP)
        self.assertEqual(readers(self.file), [])
        self.directory.chmod(0o710)
        self.assertEqual(words(readers(self.file)), f"the group {GROUP}")


class ListTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = open_directory(self) / "file"
        self.file.touch(0o600)

    def give(self, *entries: bytes) -> None:
        """Give it an access list."""
        data = struct.pack("<I", 2) + b"".join(entries)
        try:
            os.setxattr(self.file, "system.posix_acl_access", data)
        except OSError as error:
            raise SkipTest("this file system has no access lists") from error

    def test_a_user_and_a_mask(self) -> None:
        daemon = pwd.getpwnam("daemon")
        common = (entry(0x01, 6), entry(0x02, 6, daemon.pw_uid), entry(0x04, 0))
        self.give(*common, entry(0x10, 4), entry(0x20, 0))
        self.assertEqual(words(readers(self.file)), "the user daemon")
        self.assertEqual(writers(self.file), [])
        self.give(*common, entry(0x10, 0), entry(0x20, 0))
        self.assertEqual(readers(self.file), [])
