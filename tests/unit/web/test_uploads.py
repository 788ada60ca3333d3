"""Forms with files, as browsers send them and as attackers do."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import Refused
from buildbot_keychain.web._uploads import parse
from tests.support.page_client import multipart

TYPE = "multipart/form-data; boundary=b"


class UploadTests(SynchronousTestCase):
    def refused(self, body: bytes, *names: str, content_type: str = TYPE) -> Any:
        refused = self.assertRaises(Refused, parse, content_type, body, names)
        self.assertNotIn("canary", refused.sentence)
        return refused.status

    @given(
        st.dictionaries(
            st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text() | st.binary(), min_size=1
        )
    )
    def test_what_was_sent_is_read(self, fields: dict[str, str | bytes]) -> None:
        content_type, body = multipart(fields)
        self.assertEqual(parse(content_type, body, list(fields)), fields)

    def test_a_file_of_a_mebibyte_of_any_bytes(self) -> None:
        content = bytes(range(256)) * 4096
        content_type, body = multipart({"file": content, "line": "ä"})
        found = parse(content_type, body, ("file", "line"))
        self.assertTrue(found["file"] == content and found["line"] == "ä")

    def test_other_fields_than_the_form_has(self) -> None:
        for fields, names in (
            ({"a": "canary"}, ("b",)),
            ({"a": "canary"}, ("a", "b")),
            ({"a": "canary", "b": ""}, ("a",)),
        ):
            content_type, body = multipart(fields)
            self.assertEqual(self.refused(body, *names, content_type=content_type), 400)
        twice = (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncanary\r\n' * 2 + b"--b--\r\n"
        )
        self.assertEqual(self.refused(twice, "a", "b"), 400)

    def test_what_is_no_form(self) -> None:
        for body in (
            b"",
            b"canary",
            b"--b",
            b"--b--",
            b"--b\r\n\r\ncanary\r\n--b--",
            b'--b\r\nContent-Disposition: form-data; name="a"\r\ncanary\r\n--b--',
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncanary\r\n--b',
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncanary\xff\r\n--b--',
            b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\ncanary\r\n--b--',
            b'--b\r\nX: %b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--b--'
            % (b"x" * 2000),
            b'canary--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--',
        ):
            self.assertEqual(self.refused(body, "a"), 400, body[:40])

    def test_other_types(self) -> None:
        for content_type in (
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            f"multipart/form-data; boundary={'b' * 71}",
            "multipart/mixed; boundary=b",
            'multipart/form-data; boundary="canary\r\n"',
        ):
            self.assertEqual(self.refused(b"canary", "a", content_type=content_type), 415)
