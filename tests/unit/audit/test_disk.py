from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import _disk


class AllocationTests(SynchronousTestCase):
    def setUp(self) -> None:
        path = Path(self.mktemp())
        path.write_bytes(b"abc")
        self.descriptor = os.open(path, os.O_RDWR)
        self.addCleanup(os.close, self.descriptor)

    def test_blocks_are_there_and_the_end_stays(self) -> None:
        _disk.allocate_ahead(self.descriptor, 3, 1 << 20)
        found = os.fstat(self.descriptor)
        self.assertEqual(found.st_size, 3)
        self.assertGreaterEqual(found.st_blocks * 512, 1 << 20)

    def test_where_it_cannot_be_done(self) -> None:
        error = self.assertRaises(OSError, _disk.allocate_ahead, -1, 0, 1)
        self.assertEqual(error.errno, errno.EBADF)
        with mock.patch.object(_disk, "_fallocate", return_value=None):
            error = self.assertRaises(OSError, _disk.allocate_ahead, self.descriptor, 0, 1)
        self.assertEqual(error.errno, errno.ENOSYS)
