from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats import FieldError, field_text
from buildbot_keychain.providers.http import Interrupted, Response
from buildbot_keychain.providers.vault.transport._responses import (
    VaultRefusal,
    VaultRefused,
    parse_response,
)


class AnswerTests(SynchronousTestCase):
    def refusal(self, status: int, content: object, /, **headers: str) -> VaultRefused:
        error: VaultRefused = self.assertRaises(
            VaultRefused,
            parse_response,
            Response(status, headers, json.dumps(content).encode()),
        )
        return error

    def test_answers(self) -> None:
        self.assertEqual(parse_response(Response(200, {}, b'{"data": {}}')), {"data": {}})
        self.assertEqual(parse_response(Response(204, {}, b"")), {})

    def test_a_number_stays_as_it_is_written(self) -> None:
        body = b'{"data": {"a": 1.10, "b": 1e3, "c": 12345678901234567890.5}}'
        data = parse_response(Response(200, {}, body))["data"]
        written = [field_text(data, name, numbers="text") for name in "abc"]
        self.assertEqual(written, ["1.10", "1e3", "12345678901234567890.5"])
        self.assertRaises(FieldError, field_text, data, "a")

    def test_what_is_no_answer(self) -> None:
        for body in (
            b"<html>",
            b'{"data": {',
            b"[]",
            b'"text"',
            b"null",
            b"\xff\xfe",
            b'{"a":' * 200_000,
        ):
            self.assertRaises(Interrupted, parse_response, Response(200, {}, body))

    def test_refusals(self) -> None:
        deleted = {"data": {"data": None, "metadata": {"deletion_time": "2026"}}}
        wrong = {"errors": [], "warnings": ["Invalid path for a versioned K/V secrets engine. See"]}
        brief = {"errors": ["… This backend will be unavailable for a brief period …"]}
        for status, content, expected in (
            (404, {"errors": []}, VaultRefusal.ABSENT),
            (404, {"errors": ["no handler for route 'x'"]}, VaultRefusal.NO_MOUNT),
            (404, {"errors": ["namespace not found"]}, VaultRefusal.NO_NAMESPACE),
            (404, deleted, VaultRefusal.DELETED),
            (404, wrong, VaultRefusal.WRONG_VERSION),
            (403, {"errors": ["permission denied"]}, VaultRefusal.FORBIDDEN),
            (400, {"errors": ["invalid role or secret ID"]}, VaultRefusal.BAD_REQUEST),
            (400, brief, VaultRefusal.BEHIND),
            (412, {"errors": []}, VaultRefusal.BEHIND),
            (429, {"errors": ["rate limit quota exceeded"]}, VaultRefusal.QUOTA),
            (473, {}, VaultRefusal.STANDBY),
            (
                500,
                {"errors": ["local node not active but active cluster node not found"]},
                VaultRefusal.STANDBY,
            ),
            (500, {"errors": ["internal error"]}, VaultRefusal.FAILING),
            (503, {"errors": ["Vault is sealed"]}, VaultRefusal.SEALED),
            (503, {"errors": []}, VaultRefusal.FAILING),
            (418, {}, VaultRefusal.OTHER),
        ):
            self.assertIs(self.refusal(status, content).refusal, expected, content)

    def test_a_token_that_is_unknown_is_denied_in_other_words_than_by_a_policy(self) -> None:
        policy = "1 error occurred:\n\t* permission denied\n\n"
        both = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
        for errors, unknown in (
            (["permission denied"], True),
            ([both], True),
            ([policy], False),
            (["preflight capability check returned 403"], False),
            ([], False),
            (None, False),
        ):
            refused = self.refusal(403, {"errors": errors})
            self.assertIs(refused.is_token_unknown, unknown, errors)
            self.assertIs(refused.refusal, VaultRefusal.FORBIDDEN)
        self.assertFalse(self.refusal(404, {"errors": ["permission denied"]}).is_token_unknown)

    def test_plain_http_to_a_server_that_speaks_https(self) -> None:
        body = b"Client sent an HTTP request to an HTTPS server.\n"
        error: VaultRefused = self.assertRaises(
            VaultRefused, parse_response, Response(400, {}, body)
        )
        self.assertIn("write https:// in vault_server", error.reason)

    def test_not_found_in_another_language_than_json_is_not_absence(self) -> None:
        for body in (b"", b"<html>404</html>", b"[]"):
            error: VaultRefused = self.assertRaises(
                VaultRefused, parse_response, Response(404, {}, body)
            )
            self.assertIs(error.refusal, VaultRefusal.OTHER)

    def test_how_long_to_wait(self) -> None:
        for given_, seconds in (
            ("2", 2.0),
            ("0.5", 0.5),
            ("-1", None),
            ("Wed, 1", None),
            ("1e9", None),
            ("nan", None),
        ):
            headers = {"retry-after": given_}
            self.assertEqual(self.refusal(429, {}, **headers).retry_after, seconds)

    @given(st.integers(200, 599), st.text(), st.dictionaries(st.text(), st.text()))
    def test_nothing_of_an_answer_is_in_its_failure(
        self, status: int, word: str, fields: dict[str, str]
    ) -> None:
        secret = f"s3cr3t{word}"
        body = json.dumps({"errors": [secret], "data": fields, "warnings": secret}).encode()
        try:
            parse_response(Response(status, {}, body))
        except (Interrupted, VaultRefused) as failure:
            self.assertNotIn("s3cr3t", f"{failure!r}{failure}{failure.args}{vars(failure)}")
            self.assertIsNone(failure.__cause__)
