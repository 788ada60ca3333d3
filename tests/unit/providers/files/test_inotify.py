from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.files._inotify import (
    CREATE,
    DELETE,
    MODIFY,
    add,
    events,
    open_queue,
)


class QueueTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp())
        self.dir.mkdir()
        self.queue = open_queue()
        self.addCleanup(os.close, self.queue)

    def test_what_happens_in_a_directory_is_queued_before_the_call_returns(self) -> None:
        watch = add(self.queue, str(self.dir), CREATE | DELETE)
        self.assertEqual(list(events(self.queue)), [])
        (self.dir / "töken").touch()
        (self.dir / "töken").unlink()
        found = [(event.watch, event.mask, event.name) for event in events(self.queue)]
        self.assertEqual(found, [(watch, CREATE, "töken"), (watch, DELETE, "töken")])
        self.assertEqual(list(events(self.queue)), [])

    def test_the_events_of_a_file_have_no_name(self) -> None:
        file = self.dir / "token"
        file.write_text("x")
        add(self.queue, str(file), MODIFY)
        file.write_text("y")
        self.assertEqual({(event.mask, event.name) for event in events(self.queue)}, {(MODIFY, "")})

    def test_what_cannot_be_watched_is_an_error(self) -> None:
        self.assertRaises(FileNotFoundError, add, self.queue, str(self.dir / "none"), MODIFY)
