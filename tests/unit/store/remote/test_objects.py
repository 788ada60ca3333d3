"""The objects of a store as JSON has them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.remote import NotAMessage
from buildbot_keychain.store.remote._objects import decode, encode
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.rotation import KeyUse, MasterKeys
from buildbot_keychain.store.store import Description, Keep, Value
from buildbot_keychain.store.verification import Report

METADATA = Metadata(7, Kind.BYTES, "é\n", ("a", "b"), ("x-*",), 9, redact=False)
OBJECTS: tuple[object, ...] = (
    None,
    True,
    -7,
    "\ud800",
    b"\0\xff",
    (1, ("a", b"b")),
    {"tags": (), 1: None},
    METADATA,
    Description("a", 1, True, 0, 5, METADATA),
    Entry(1, 2, "create a", b"u" * 16, 1, "me", b"d" * 32, b"m" * 32),
    Keep(3, None),
    KeyUse(b"k" * 8, "primary", 7, 3, 9),
    MasterKeys("host:/x", 7, (b"k" * 8,)),
    Report(1, 2, 3, {b"k" * 8: 2}, ("a problem",), b"k" * 8),
    Resealed(3, ("a problem",)),
    Value(b"content", 2, METADATA),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["bytes", "map", "Kind", "Keep", "Metadata", "Value", "count", "x"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=8,
)


class ObjectTests(SynchronousTestCase):
    def test_there_and_back(self) -> None:
        for one in OBJECTS:
            found = decode(json.loads(json.dumps(encode(one))))
            self.assertEqual(found, one)
            self.assertIs(type(found), type(one))
        kind = decode(encode(METADATA)).kind
        self.assertIs(kind, Kind.BYTES)
        self.assertEqual(decode(encode({"b"})), ("b",))

    def test_what_is_not_sent(self) -> None:
        self.assertRaises(TypeError, encode, object())
        self.assertRaises(TypeError, encode, 1.5)

    @given(JSON)
    def test_whatever_comes(self, found: Any) -> None:
        """It is an object, or refused by our own error, which does not quote it."""
        try:
            decode(found)
        except NotAMessage as error:
            self.assertEqual(
                str(error), "the message has something that this version does not know"
            )
            self.assertIsNone(error.__cause__)
            self.assertTrue(error.__suppress_context__ or error.__context__ is None)

    def test_what_is_too_deep(self) -> None:
        deep: Any = "x"
        for _ in range(7):
            deep = [deep]
        self.assertEqual(str(decode(deep)).count("("), 7)
        self.assertRaises(NotAMessage, decode, [deep])
