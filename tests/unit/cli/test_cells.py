"""One stored value: redacted, and still what its column holds."""

from __future__ import annotations

import base64
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.scrub.cells import Cells, Kind
from buildbot_keychain.redaction import RedactionPolicy, Redactor

TOKEN = 'ca"nary\\W7/x9'


class CellsTests(SynchronousTestCase):
    """A redactor with a token, a number and a secret whose name JSON has to escape."""

    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("token", TOKEN)
        redactor.add("number", "8412907735")
        redactor.add('the "best"', "canary-of-the-quotes")
        self.cells = Cells(redactor)

    def cleaned(self, value: str, kind: Kind) -> tuple[str, tuple[str, ...]]:
        cleaned = self.cells.clean(value, kind)
        assert cleaned is not None
        self.assertIsNone(self.cells.clean(cleaned.value, kind), "a second time it would change")
        return cleaned.value, cleaned.names

    def test_what_holds_no_secret_is_left(self) -> None:
        for value in ("finished", 7, None, b"\xff", '"x"', "not json {"):
            for kind in Kind:
                self.assertIsNone(self.cells.clean(value, kind))
                self.assertIsNone(self.cells.clean(value, kind), "nor when it is remembered")

    def test_text(self) -> None:
        self.assertEqual(self.cleaned(f"a {TOKEN} b", Kind.TEXT), ("a <token> b", ("token",)))

    def test_bytes_that_are_no_text_stay(self) -> None:
        cleaned = self.cells.clean(b"\xff\x00" + TOKEN.encode(), Kind.TEXT)
        self.assertEqual(cleaned, (b"\xff\x00<token>", ("token",)))

    def test_json_stays_json(self) -> None:
        tree = {"argv": ["-u", f"u:{TOKEN}"], TOKEN: None, "n": [8412907735, 1, True]}
        text, names = self.cleaned(json.dumps(tree), Kind.JSON)
        self.assertEqual(
            json.loads(text),
            {"argv": ["-u", "u:<token>"], "<token>": None, "n": ["<number>", 1, True]},
        )
        self.assertEqual(sorted(names), ["number", "token", "token"])

    def test_a_label_that_json_has_to_escape(self) -> None:
        text, _ = self.cleaned('["canary-of-the-quotes", "s"]', Kind.JSON)
        self.assertEqual(json.loads(text), ['<the "best">', "s"])

    def test_a_secret_behind_an_escape(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("pin", "wxyz")
        cleaned = Cells(redactor).clean('"a\\nwxyz"', Kind.JSON)
        self.assertEqual(cleaned, ('"a\\n<pin>"', ("pin",)))

    def test_a_secret_that_is_json_itself(self) -> None:
        redactor = Redactor(RedactionPolicy.raw())
        redactor.add("account", '{"user": "me", "id": 17}')
        cleaned = Cells(redactor).clean('[{"user": "me", "id": 17}, "Force"]', Kind.JSON)
        self.assertEqual(cleaned, ('["<account>", "Force"]', ("account",)))

    def test_base64_stays_base64(self) -> None:
        patch = base64.b64encode(f"+{TOKEN}\n".encode()).decode()
        text, names = self.cleaned(patch, Kind.BASE64)
        self.assertEqual((base64.b64decode(text), names), (b"+<token>\n", ("token",)))

    def test_no_more_characters_than_fit(self) -> None:
        cleaned = self.cells.clean(f"{'x' * 12}{TOKEN}", Kind.TEXT, 14)
        assert cleaned is not None
        self.assertEqual(cleaned.value, f"{'x' * 12}<t")
