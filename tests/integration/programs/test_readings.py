"""The corpus is worth what its search finds: every disguise is found, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import shlex
import textwrap
from collections.abc import Callable
from urllib.parse import quote

from twisted.trial.unittest import SynchronousTestCase

from tests.integration.programs.kinds import KINDS, Kind
from tests.support.readings import Search, letters

KIND = {kind.name: kind for kind in KINDS}
ALL = [kind for kind in KINDS if "\n" not in kind.value]


def xxd(data: bytes) -> str:
    rows = [data[start : start + 16] for start in range(0, len(data), 16)]
    return "\n".join(
        f"{16 * at:08x}: {row.hex(' ', 2):39}  {row.decode('latin-1')}"
        for at, row in enumerate(rows)
    )


DISGUISES: dict[str, Callable[[str], str]] = {
    "nothing": lambda s: s,
    "colours": lambda s: "\x1b[31m".join(textwrap.wrap(s, 5, drop_whitespace=False)),
    "lines": lambda s: "\n".join(textwrap.wrap(s, 5)),
    "backspaces": lambda s: s[:3] + "x\x08" + s[3:],
    "JSON": json.dumps,
    "JSON in JSON": lambda s: json.dumps(json.dumps(s)),
    "JSON with every character escaped": lambda s: "".join(
        f"\\u{ord(c):04x}" for c in s if ord(c) < 65536
    ),
    "repr": repr,
    "repr of bytes": lambda s: repr(s.encode()),
    "octal": lambda s: "".join(f"\\{byte:03o}" for byte in s.encode()),
    "shell": shlex.quote,
    "backslashes": lambda s: "".join(f"\\{c}" for c in s),
    "percent": lambda s: quote(s, safe=""),
    "percent twice": lambda s: quote(quote(s)),
    "references": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "XML in JSON": lambda s: json.dumps(html.escape(s)),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 in base64": lambda s: base64.b64encode(base64.b64encode(s.encode())).decode(),
    "base64 of JSON": lambda s: base64.b64encode(json.dumps({"a": s}).encode()).decode(),
    "base64url behind a byte": lambda s: base64.urlsafe_b64encode(b"x" + s.encode()).decode(),
    "base64 in indented lines": lambda s: textwrap.indent(
        base64.encodebytes(s.encode()).decode(), "  "
    ),
    "base64 of UTF-16": lambda s: base64.b64encode(s.encode("utf-16-le")).decode(),
    "hexadecimal": lambda s: s.encode().hex(),
    "hexadecimal in upper case": lambda s: s.encode().hex().upper(),
    "hexadecimal by byte": lambda s: s.encode().hex(" "),
    "hexadecimal in C": lambda s: ", ".join(f"0x{byte:02x}" for byte in s.encode()),
    "list of bytes": lambda s: str(list(s.encode())),
    "xxd": lambda s: xxd(s.encode()),
    "text column": lambda s: "".join(f"..  |{s[at : at + 4]}|\n" for at in range(0, len(s), 4)),
}


class SearchTests(SynchronousTestCase):
    def shows(self, kind: Kind, text: str) -> bool:
        return Search(kind.pieces).reading(text) is not None

    def test_every_disguise_is_found(self) -> None:
        for name, disguise in DISGUISES.items():
            for kind in ALL:
                with self.subTest(disguise=name, kind=kind.name):
                    self.assertTrue(self.shows(kind, f"token: {disguise(kind.value)}\n"))

    def test_every_piece_is_found_alone(self) -> None:
        for kind in KINDS:
            for piece in kind.pieces:
                self.assertTrue(self.shows(kind, f"<{piece}>"))
                self.assertTrue(self.shows(kind, repr(piece.encode())))

    def test_a_few_characters_in_a_row_are_found(self) -> None:
        kind = KIND["token"]
        self.assertTrue(self.shows(kind, f"..{kind.value[10:18]}.."))
        self.assertFalse(self.shows(kind, f"..{kind.value[10:17]}.."))

    def test_nothing_is_found_where_nothing_is(self) -> None:
        text = " ".join(
            f"<{kind.name}> {letters(kind.name)} 2026-11-28 {len(kind.value)}" for kind in KINDS
        )
        for kind in KINDS:
            self.assertFalse(self.shows(kind, f"{text}\n" * 10))
            others = "\n".join(other.value for other in KINDS if other is not kind)
            self.assertFalse(self.shows(kind, others))

    def test_what_is_not_secret_in_a_file_is_not_found(self) -> None:
        for text in (
            "NODE_ENV=test DB_HOST=db.example.org",
            "machine git.example.org login deploy",
        ):
            for kind in KINDS:
                self.assertFalse(self.shows(kind, text))

    def test_a_piece_that_cannot_be_told_is_refused(self) -> None:
        self.assertRaises(ValueError, Search, ["abc-def"])

    def test_how_it_was_found_names_no_value(self) -> None:
        kind = KIND["token"]
        how = Search(kind.pieces).reading(base64.b64encode(quote(kind.value).encode()).decode())
        self.assertEqual(how, "base64")
        self.assertNotIn(kind.value, repr(kind))
