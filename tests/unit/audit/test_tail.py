from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit._tail import last_line


class TailTests(SynchronousTestCase):
    def test_the_last_complete_line_however_long_it_is(self) -> None:
        path = Path(self.mktemp())
        long = b"x" * 200_000
        for content in (
            *(b"", b"a", b"\n", b"a\n", b"a\nb", b"a\nb\n", long, long + b"\n"),
            *(b"a\n" + long, b"a\n" + long + b"\n", long + b"\nb\n" + long),
        ):
            path.write_bytes(content)
            end = content.rfind(b"\n") + 1
            line = content[:end].splitlines()[-1] if end else None
            with path.open("rb") as file:
                found = last_line(file.fileno(), os.fstat(file.fileno()).st_size)
            self.assertEqual(found, (end, line), content[-20:])
