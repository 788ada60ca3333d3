"""What JSON may say."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web._schemas import (
    COUNT,
    NUMBER,
    SWITCH,
    TEXT,
    TEXTS,
    of_members,
    or_null,
    problem,
)

SCHEMA = of_members(
    {"name": TEXT, "number": NUMBER, "count": {**COUNT, "maximum": 5}},
    {
        "texts": or_null(TEXTS),
        "on": SWITCH,
        "more": of_members({}, {"number": or_null(NUMBER)}),
    },
)
LEAVES: Any = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=2)
VALUES = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.just("number"), LEAVES)
OBJECTS = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), VALUES)


class SchemaTests(SynchronousTestCase):
    @given(OBJECTS | VALUES)
    def test_it_finds_what_json_schema_finds(self, value: Any) -> None:
        valid = Draft202012Validator(dict(SCHEMA)).is_valid(value)
        self.assertEqual(problem(value, SCHEMA) is None, valid)

    def test_what_it_says(self) -> None:
        good = {"name": "a", "number": 1, "count": 5}
        for changes, said in (
            ({"name": 1}, "name must be a string"),
            ({"number": True}, "number must be a whole number"),
            ({"number": 1 << 63}, "number is too large"),
            ({"count": -1}, "count is too small"),
            ({"count": 6}, "count is too large"),
            ({"name": "canary\ud800"}, "name holds half of a character"),
            ({"texts": ["canary", 1]}, "each of texts must be a string"),
            ({"texts": "canary"}, "texts must be a list or null"),
            (
                {"canary": 1},
                "the body has members name, number, count, texts, on, more, and no others",
            ),
            ({"more": {"canary": 1}}, "more has members number, and no others; it needs none"),
        ):
            found = str(problem({**good, **changes}, SCHEMA))
            self.assertIn(said, found)
            self.assertNotIn("canary", found)
        self.assertIn("it needs name, number, count", str(problem({"name": "a"}, SCHEMA)))
