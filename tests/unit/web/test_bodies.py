from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.test.requesthelper import DummyRequest

from buildbot_keychain.web import LONGEST_BODY, Refused
from buildbot_keychain.web._bodies import read_form, read_json, read_object, read_query
from buildbot_keychain.web._routes import LONGEST_VALUE_BODY
from buildbot_keychain.web._schemas import TEXT, TEXTS, of_members
from tests.support.page_client import FORM

JSON = "application/json"


def request_of(body: bytes, content_type: str | None) -> Any:
    request: Any = DummyRequest([b""])
    request.content = BytesIO(body)
    if content_type is not None:
        request.requestHeaders.setRawHeaders("Content-Type", [content_type])
    return request


class FormTests(SynchronousTestCase):
    def read(self, body: bytes, content_type: str | None = FORM) -> dict[str, str]:
        return read_form(request_of(body, content_type), ("a", "b"))

    def status(self, body: bytes, content_type: str | None = FORM) -> int:
        return self.assertRaises(Refused, self.read, body, content_type).status

    def test_its_fields(self) -> None:
        self.assertEqual(self.read(b"b=%C3%A9+x&a="), {"a": "", "b": "\xe9 x"})
        self.assertEqual(self.read(b"a=1&b=2", f"{FORM}; charset=utf-8"), {"a": "1", "b": "2"})

    def test_missing_unknown_and_repeated_fields_are_refused(self) -> None:
        for body in (b"", b"a=1", b"a=1&b=2&c=3", b"a=1&a=2", b"a=1&b=2&b=2", b"a=1&c=2"):
            self.assertEqual(self.status(body), 400, body)

    def test_what_is_no_form_is_refused(self) -> None:
        for body in (b"a", b"a=%FF&b=1", "a=\xe9&b=1".encode(), b"a=1;b=2"):
            self.assertEqual(self.status(body), 400, body)

    def test_other_types_are_refused(self) -> None:
        for content_type in (None, "", "multipart/form-data; boundary=x", "text/plain", JSON):
            self.assertEqual(self.status(b"a=1&b=2", content_type), 415)

    def test_a_long_body_is_refused(self) -> None:
        body = b"a=1&b=" + b"x" * LONGEST_BODY
        self.assertEqual(len(self.read(body[:LONGEST_BODY])["b"]), LONGEST_BODY - 6)
        self.assertEqual(self.status(body), 413)


class LargeTests(SynchronousTestCase):
    """What takes long to read is refused before it is read."""

    def status(self, body: bytes) -> int:
        schema = of_members({"value": TEXT}, {"tags": TEXTS})
        try:
            read_object(request_of(body, JSON), schema, LONGEST_VALUE_BODY)
        except Refused as refused:
            return refused.status
        return 200

    def test_one_long_text(self) -> None:
        for value in ("x" * (2 << 20), '"\n' * (1 << 19), ",[]{}:" * (1 << 18)):
            self.assertEqual(self.status(json.dumps({"value": value}).encode()), 200)

    def test_many_short_things(self) -> None:
        for body in (
            b'{"value": "", "tags": [' + b'"a",' * 500_000 + b'"a"]}',
            b'{"value": "", "tags": [' + b"[]," * 500_000 + b"[]]}",
            b"[" * 1_000_000,
            b'"",' * 600_000,
        ):
            self.assertEqual(self.status(body), 413, body[:40])
        self.assertEqual(self.status(b'{"value": "' + b'\\"' * 1_000_000), 400)


class QueryTests(SynchronousTestCase):
    def read(self, address: bytes, *names: str) -> dict[str, str]:
        request: Any = DummyRequest([b""])
        request.uri = b"/plugins/keychain/secret" + address
        return read_query(request, names or ("a", "b"))

    def test_some_of_its_fields(self) -> None:
        self.assertEqual(self.read(b""), {})
        self.assertEqual(self.read(b"?"), {})
        self.assertEqual(self.read(b"?b=%C3%A9+x%2F!"), {"b": "\xe9 x/!"})
        self.assertEqual(self.read(b"?a=1&b="), {"a": "1", "b": ""})

    def test_unknown_and_repeated_ones_are_refused(self) -> None:
        for query in (b"?c=1", b"?a=1&a=1", b"?a", b"?a=%FF", b"?a=1&b=2&c=3"):
            refused = self.assertRaises(Refused, self.read, query)
            self.assertEqual(refused.status, 400, query)


class JsonTests(SynchronousTestCase):
    def read(self, body: bytes, content_type: str | None = JSON) -> dict[str, str]:
        return read_json(request_of(body, content_type), ("a", "b"))

    def status(self, body: bytes, content_type: str | None = JSON) -> int:
        return self.assertRaises(Refused, self.read, body, content_type).status

    def test_its_members(self) -> None:
        self.assertEqual(self.read(b'{"a": "1", "b": "\\u00e9"}'), {"a": "1", "b": "\xe9"})

    def test_repeated_members_are_refused(self) -> None:
        self.assertEqual(self.status(b'{"a": "1", "b": "2", "a": "3"}'), 400)
        self.assertEqual(self.status(b'{"a": "1", "b": "2", "\\u0061": "1"}'), 400)

    def test_what_is_not_an_object_of_strings_is_refused(self) -> None:
        for body in (
            b"",
            b"[]",
            b"null",
            b'"x"',
            b"{",
            b'{"a": "1"}',
            b'{"a": "1", "b": 2}',
            b'{"a": "1", "b": {"a": "1", "a": "2"}}',
            b'{"a": "1", "b": NaN}',
            b'{"a": "1", "b": "\\ud800"}',
            b'{"a": "1", "b": "\xff"}',
            b"[" * 50_000,
            b'{"a":' * 10_000,
        ):
            self.assertEqual(self.status(body), 400, body[:40])

    def test_other_types_are_refused(self) -> None:
        for content_type in (None, "text/plain", FORM):
            self.assertEqual(self.status(b'{"a": "1", "b": "2"}', content_type), 415)

    @given(
        st.dictionaries(
            st.sampled_from("ab"), st.text(st.characters(exclude_categories=["Cs"])), min_size=2
        )
    )
    def test_any_text_comes_through(self, members: dict[str, str]) -> None:
        self.assertEqual(self.read(json.dumps(members).encode()), members)
