from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import Hidden, Lookup, Record
from buildbot_keychain.audit.events import EVENTS, Event
from buildbot_keychain.audit.form import Form
from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.redaction import Redactor

VALUE = "tr0ub4dor&3-horse"

BUILD = Requester(
    "build",
    builder="release",
    build=7,
    builder_tags=("a",),
    source_stamps=(SourceStamp(repository="https://git.example.org/app", patched=True),),
    outside=False,
)


class FormTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.redactor = Redactor()
        self.form = Form(self.redactor)

    def read(self, event: Event, seconds: float = 0.0) -> dict[str, Any]:
        text = Record(seconds, event, self.form, "m1").text
        self.assertTrue(text.isascii() and text.isprintable(), text)
        found: dict[str, Any] = json.loads(text)
        return found

    def test_what_says_nothing_is_left_out(self) -> None:
        found = self.read(Lookup("töken", BUILD, provider="files", version=0, seconds=0.25), 1.5)
        self.assertEqual(
            found,
            {
                "format": 1,
                "time": "1970-01-01T00:00:01.500000Z",
                "event": "lookup",
                "master": "m1",
                "secret": "töken",
                "requester": {
                    "kind": "build",
                    "builder": "release",
                    "build": 7,
                    "builder_tags": ["a"],
                    "outside": False,
                    "source_stamps": [
                        {"repository": "https://git.example.org/app", "patched": True}
                    ],
                },
                "outcome": "given",
                "provider": "files",
                "version": 0,
                "answer": "provider",
                "seconds": 0.25,
            },
        )

    def test_each_field_of_each_event_can_be_written(self) -> None:
        values: dict[str, Any] = {
            "str": "x\n\ud800",
            "int": 3,
            "int | None": 3,
            "int | str | None": "v3",
            "float | None": 2.0,
            "str | None": "y",
            "tuple[str, ...]": ("a", "b"),
            "Requester": BUILD,
            "Requester | None": BUILD,
        }
        for kind in EVENTS:
            arguments: dict[str, Any] = {
                field.name: values[str(field.type)] for field in fields(kind)
            }
            found = self.read(kind(**arguments))
            self.assertEqual(list(found)[4:], [field.name for field in fields(kind)], kind.__name__)
            self.assertEqual(found["event"], kind.kind)
        self.assertEqual(len({kind.kind for kind in EVENTS}), len(EVENTS))

    def test_texts_are_redacted_also_those_that_were_written_before(self) -> None:
        before = Requester("build", builder=f"b-{VALUE}", builder_tags=(VALUE,))
        event = Hidden(f"deploy/{VALUE}", "log", builder=VALUE, line=4)
        self.read(event)
        self.read(Lookup("x", before))
        self.redactor.add("pw", VALUE)
        found = self.read(event)
        self.assertEqual((found["secret"], found["builder"]), ("deploy/<pw>", "<pw>"))
        found = self.read(Lookup("x", before))["requester"]
        self.assertEqual((found["builder"], found["builder_tags"]), ("b-<pw>", ["<pw>"]))

    def test_a_very_long_text_is_cut(self) -> None:
        found = self.read(Hidden("n" * 100_000, "log"))
        self.assertEqual(len(found["secret"]), 4099)
