"""``buildbot-keychain check``, of a configuration in which much is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from twisted.trial.unittest import SynchronousTestCase

from tests.support.keychain_command import Ended, run
from tests.support.planted_faults import CANARY, EXPECTED, FILES, LONG, RANDOM, Expected, write


class PlantedFaultTests(SynchronousTestCase):
    """One run is looked at by all tests."""

    ended: ClassVar[Ended]
    directory: ClassVar[Path]
    lines: ClassVar[list[dict[str, Any]]] = []

    def setUp(self) -> None:
        if not self.lines:
            directory = Path(self.mktemp()).resolve()
            directory.mkdir(mode=0o700)
            write(directory)
            type(self).directory = directory
            type(self).ended = run("check", directory / "master.cfg", "--json")
            self.lines.extend(map(json.loads, self.ended.out.splitlines()))

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    def is_found(self, expected: Expected) -> bool:
        level, kind, words, place = expected
        return any(
            (found["level"], found["kind"]) == (level, kind)
            and words in found["sentence"]
            and (not place or any(place in where for where in found["places"]))
            for found in self.of_type("finding")
        )

    def test_each_is_found(self) -> None:
        missed = [expected for expected in EXPECTED if not self.is_found(expected)]
        self.assertEqual(missed, [])
        self.assertGreaterEqual(len(EXPECTED), 60)

    def test_nothing_else_is_a_problem(self) -> None:
        expected = [words for level, _, words, _ in EXPECTED if level != "note"]
        others = [
            found
            for found in self.of_type("finding")
            if found["level"] != "note" and not any(each in found["sentence"] for each in expected)
        ]
        self.assertEqual(others, [])

    def test_no_value_is_shown(self) -> None:
        values = [value for value, _ in FILES.values() if value.strip() and value != "postgres"]
        for value in (CANARY, RANDOM, LONG[:20], *values):
            self.assertNotIn(value, self.ended.out)
            self.assertNotIn(value, self.ended.err)

    def test_no_service_is_started_and_nothing_is_written(self) -> None:
        here = {path.name for path in self.directory.iterdir()}
        self.assertEqual(here, {"master.cfg", "planted_module.py", "secrets"})

    def test_it_ends_as_one_with_problems(self) -> None:
        self.assertEqual((self.ended.status, self.ended.err), (1, ""))
        (summary,) = self.of_type("summary")
        self.assertEqual(summary["builders"], 1)
        self.assertGreater(summary["problem"], 0)

    def test_what_is_known_of_secrets(self) -> None:
        secrets = {line["name"]: line for line in self.of_type("secret")}
        expired = secrets["inhouse!expired"]
        known = [expired[name] for name in ("state", "provider", "version", "created", "expires")]
        self.assertEqual(known, ["found", "inhouse", 3, 1000, 2000])
        self.assertEqual(secrets["short"]["hidden"], "as a word")
        self.assertEqual(secrets["tiny"]["hidden"], "no")
        self.assertEqual(secrets["denied/rule"]["state"], "denied")
        (branched,) = secrets["branched"]["decisions"]
        self.assertEqual(branched["outcome"], "allowed")
        self.assertEqual(branched["depends"], ["repositories", "branches", "outside"])
        (approved,) = secrets["approved"]["decisions"]
        self.assertEqual((approved["outcome"], approved["depends"]), ("needs approval", []))
        self.assertIn("master.cfg:", approved["location"])
