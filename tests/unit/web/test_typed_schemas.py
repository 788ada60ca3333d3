"""The schemas of dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web._schemas import list_of, or_null
from buildbot_keychain.web._typed_schemas import schema_of


@dataclass(frozen=True)
class Inner:
    """A part."""

    pair: tuple[str, int]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Outer:
    """A whole."""

    name: str
    number: int | str | None
    when: float
    on: bool
    parts: tuple[Inner, ...]
    one: Inner | None


@dataclass(frozen=True)
class Odd:
    """Is not JSON."""

    content: bytes


INNER = st.builds(Inner, st.tuples(st.text(max_size=1), st.integers()), st.just({"a": 1}))
OUTER = st.builds(
    Outer,
    st.text(max_size=1),
    st.integers() | st.text(max_size=1) | st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.lists(INNER, max_size=2).map(tuple),
    INNER | st.none(),
)


class SchemaTests(SynchronousTestCase):
    @given(OUTER)
    def test_whatever_is_of_the_type_is_valid(self, value: Outer) -> None:
        Draft202012Validator(dict(schema_of(Outer))).validate(json.loads(json.dumps(asdict(value))))

    def test_what_is_not_is_found(self) -> None:
        good = asdict(Outer("a", 1, 1.5, True, (), Inner(("a", 1), {})))
        good = json.loads(json.dumps(good))
        validator = Draft202012Validator(dict(schema_of(Outer)))
        self.assertTrue(validator.is_valid(good))
        for wrong in (
            {"name": 1},
            {"number": 1.5},
            {"on": 1},
            {"parts": None},
            {"one": {"pair": ["a"], "counts": {}}},
            {"one": {"pair": ["a", 1, 1], "counts": {}}},
            {"one": {"pair": ["a", 1], "counts": {"a": "b"}}},
            {"more": 1},
        ):
            self.assertFalse(validator.is_valid({**good, **wrong}), wrong)
        del good["name"]
        self.assertFalse(validator.is_valid(good))

    def test_lists_and_nothing(self) -> None:
        validator = Draft202012Validator(dict(or_null(list_of(schema_of(str)))))
        for value, expected in ((None, True), (["a"], True), ([1], False), ("a", False)):
            self.assertEqual(validator.is_valid(value), expected)

    def test_what_json_does_not_have(self) -> None:
        self.assertRaises(TypeError, schema_of, Odd)
