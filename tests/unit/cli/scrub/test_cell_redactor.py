"""`CellRedactor`: each value is redacted and keeps the format of its column."""

from __future__ import annotations

import base64
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.scrub._cell_redactor import CellFormat, CellRedactor, RedactedCell
from buildbot_keychain.redaction import RedactionPolicy, Redactor

TOKEN = 'ca"nary\\W7/x9'

KEY = "k9QmT2vXzR7pLw4YbN8HsJ3dFgA6eUt"


class CellRedactorTests(SynchronousTestCase):
    """With a token, a number and a secret whose name JSON has to escape."""

    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("token", TOKEN)
        redactor.add("number", "8412907735")
        redactor.add('the "best"', "canary-of-the-quotes")
        self.cells = CellRedactor(redactor)

    def redacted(self, value: str, cell_format: CellFormat) -> RedactedCell:
        redacted = self.cells.redact(value, cell_format)
        assert redacted is not None
        again = self.cells.redact(redacted.value, cell_format)
        self.assertIsNone(again, "it would change a second time")
        return redacted

    def test_values_without_secrets_are_left_alone(self) -> None:
        for value in ("finished", 7, None, b"\xff", '"x"', "not json {"):
            for cell_format in CellFormat:
                self.assertIsNone(self.cells.redact(value, cell_format))
                again = self.cells.redact(value, cell_format)
                self.assertIsNone(again, "it changes once it is remembered")

    def test_text(self) -> None:
        self.assertEqual(
            self.redacted(f"a {TOKEN} b", CellFormat.TEXT), ("a <token> b", ("token",), ())
        )

    def test_bytes_that_are_not_text_stay(self) -> None:
        redacted = self.cells.redact(b"\xff\x00" + TOKEN.encode(), CellFormat.TEXT)
        self.assertEqual(redacted, (b"\xff\x00<token>", ("token",), ()))

    def test_json_stays_json(self) -> None:
        tree = {"argv": ["-u", f"u:{TOKEN}"], TOKEN: None, "n": [8412907735, 1, True]}
        text, names, _ = self.redacted(json.dumps(tree), CellFormat.JSON)
        self.assertEqual(
            json.loads(text),
            {"argv": ["-u", "u:<token>"], "<token>": None, "n": ["<number>", 1, True]},
        )
        self.assertEqual(sorted(names), ["number", "token", "token"])

    def test_a_label_that_json_has_to_escape(self) -> None:
        text, _, _ = self.redacted('["canary-of-the-quotes", "s"]', CellFormat.JSON)
        self.assertEqual(json.loads(text), ['<the "best">', "s"])

    def test_a_secret_after_an_escape(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("pin", "wxyz")
        redacted = CellRedactor(redactor).redact('"a\\nwxyz"', CellFormat.JSON)
        self.assertEqual(redacted, ('"a\\n<pin>"', ("pin",), ()))

    def test_a_secret_that_is_itself_json(self) -> None:
        redactor = Redactor(RedactionPolicy.raw())
        redactor.add("account", '{"user": "me", "id": 17}')
        redacted = CellRedactor(redactor).redact(
            '[{"user": "me", "id": 17}, "Force"]', CellFormat.JSON
        )
        self.assertEqual(redacted, ('["<account>", "Force"]', ("account",), ()))

    def test_base64_stays_base64(self) -> None:
        patch = base64.b64encode(f"+{TOKEN}\n".encode()).decode()
        text, names, _ = self.redacted(patch, CellFormat.BASE64)
        self.assertEqual((base64.b64decode(text), names), (b"+<token>\n", ("token",)))

    def test_a_value_is_cut_to_what_its_column_takes(self) -> None:
        redacted = self.cells.redact(f"{'x' * 12}{TOKEN}", CellFormat.TEXT, 14)
        assert redacted is not None
        self.assertEqual(redacted.value, f"{'x' * 12}<t")

    def test_readers_who_were_not_given_a_secret_still_see_what_they_could_guess(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("pin", "837261")
        redactor.add("key", KEY)
        cells = CellRedactor(redactor)

        def redacted(text: str | bytes, *given: str) -> RedactedCell | None:
            readers = redactor.seen_by(frozenset(given))
            return cells.redact(text, CellFormat.TEXT, None, lambda: readers)

        text = f"837261 {KEY}"
        self.assertEqual(redacted(text), ("837261 <secret>", ("key",), ("pin",)))
        self.assertEqual(redacted(text.encode()), (b"837261 <secret>", ("key",), ("pin",)))
        self.assertEqual(redacted(text, "pin"), ("<pin> <secret>", ("pin", "key"), ()))
        self.assertEqual(redacted("837261"), ("837261", (), ("pin",)))
        self.assertIsNone(redacted("nothing"))
