from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.audit import Decision, Event, Hidden, Lookup, Typed
from buildbot_keychain.audit.reading import Wanted, read_files
from buildbot_keychain.details import Requester
from tests.support.audit_files import FileCase
from tests.support.audit_records import file_sink, record

NAMES = st.sampled_from(["a", "deploy/key", "vault!deploy/key", "ké\ny", '"q"', "\\", ""])


class ReadingTests(FileCase):
    def setUp(self) -> None:
        super().setUp()
        build = Requester("build", builder="release", owner="alice")
        events: list[Event] = [
            Decision("deploy/key", build, "denied"),
            Lookup("vault!Deploy/Key|user", build, provider="vault", canonical="deploy/key"),
            Lookup("other", Requester("service", service="deploy/key")),
            Hidden("deploy/key", "log", builder="tests"),
            Typed(("form!pw", "deploy/key"), person="bob"),
            Decision("other", build, "would be denied"),
        ]
        self.sink = file_sink(self.path, max_size=4096)
        for number, event in enumerate(events * 8):
            self.sink.write([record(event, float(number))])

    def found(self, **wanted: Any) -> list[int]:
        """Return the numbers of the events that are found, of the first six."""
        events = read_files(str(self.path), Wanted(**wanted))
        times = [float(event["time"][14:16]) * 60 + float(event["time"][17:26]) for event in events]
        return [int(time) for time in times if time < 6]

    def test_each_condition(self) -> None:
        self.assertEqual(self.found(secret="deploy/key"), [0, 1, 3, 4])
        self.assertEqual(self.found(secret="vault!deploy/*"), [1])
        self.assertEqual(self.found(secret="deploy*", builder="rel*"), [0, 1])
        self.assertEqual(self.found(builder="tests"), [3])
        self.assertEqual(self.found(denied=True), [0, 5])
        self.assertEqual(self.found(person="bob"), [4])
        self.assertEqual(self.found(person="alice", kinds=("lookup",)), [1])
        self.assertEqual(
            self.found(since="1970-01-01T00:00:02", until="1970-01-01T00:00:04"), [2, 3]
        )

    def test_all_files_are_read(self) -> None:
        self.assertGreater(len(self.files()), 2)
        found = list(read_files(str(self.path), Wanted(kinds=("typed",))))
        self.assertEqual(len(found), 8)
        self.assertRaises(OSError, list, read_files("/nowhere/x", Wanted()))

    @given(NAMES, NAMES, NAMES, NAMES)
    def test_a_line_that_is_left_out_early_is_not_wanted(
        self, secret: str, builder: str, wanted_secret: str, wanted_builder: str
    ) -> None:
        line = record(Lookup(secret, Requester("build", builder=builder))).text
        wanted = Wanted(secret=wanted_secret, builder=wanted_builder)
        if wanted(json.loads(line)):
            self.assertTrue(wanted.may_be_in(line.encode()))
