"""No content of a file stops a reader, or costs more than ten times its size.

Readers of settings and of Jenkins have tests of their own for that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import (
    CONTENTS,
    Entry,
    ImportedSecret,
    ImportProblem,
    prepared,
    read_directory,
    read_password_store,
    read_vault_entries,
)
from tests.support.memory import peak_of

CANARY = "s3cr3t-canary"
SIZE = 1 << 18
FEW_MIB = 2 << 20

SAMPLES = {
    "vault": json.dumps({"data": {"data": {"a": CANARY, "n": 1}, "metadata": {"version": 1}}}),
    "server": json.dumps({"data": {"password": CANARY}}),
    "pass": f"{CANARY}\nuser: alice\nurl: https://x/\na note\n",
}
PIECES = (b"", b"\xff", b'"', b"\\", b"{", b"]", b"\n", b":", b"\0", b"\r", b"null", b"\\ud800")

_MANIFEST = "kind: Secret\nmetadata: {name: a}\n"
_ITEM = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"k": "eHh4" * 36}}


def reader(form: str) -> Callable[[bytes, str], Iterator[Entry]]:
    """Return what reads one content of a form."""
    if form == "server":
        return lambda content, where: read_vault_entries([("a", lambda: content)], where)
    if form == "pass":
        return lambda content, where: read_password_store(
            [("a", lambda: content.decode("utf-8", "replace"))], where
        )
    return CONTENTS[form]


def fields(each: str) -> str:
    """Return an object in JSON with fields, each of 60 characters or more."""
    count = SIZE // 60
    return "{" + ",".join(f'"{number:040}": {each}' for number in range(count)) + "}"


LARGE = {
    "kubernetes, long": f"{_MANIFEST}data: {{k: {'eHh4' * (SIZE // 4)}}}\n",
    "kubernetes, keys": f"{_MANIFEST}data:\n"
    + "".join(f"  {number:08}: {'eHh4' * 8}\n" for number in range(SIZE // 44)),
    "kubernetes, documents": "".join(
        f"---\n{_MANIFEST}data: {{k: {'eHh4' * 30}}}\n" for _ in range(SIZE // 168)
    ),
    "kubernetes, list": json.dumps({"kind": "List", "items": [_ITEM] * (SIZE // 210)}),
    "vault, long": json.dumps({"data": {"a": "x" * SIZE}}),
    "vault, escapes": '{"data": {"a": "' + "\\u00e9\\ud83d\\ude00" * (SIZE // 18) + '"}}',
    "vault, fields": f'{{"data": {fields("7")}}}',
    "vault, objects": f'{{"data": {fields("{}             ")}}}',
    "server, fields": f'{{"data": {fields("1.5")}}}',
    "pass, one field again": "x\n" + "a: b\n" * (SIZE // 5),
    "pass, fields": "x\n" + "".join(f"{number}: b\n" for number in range(SIZE // 9)),
    "pass, empty lines": "x\n" + "\n" * SIZE,
    "pass, notes": "x\n" + "y\n" * (SIZE // 2),
}


class AnyContentTests(SynchronousTestCase):
    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(sorted(SAMPLES)), st.data())
    def test_a_changed_one_stops_no_reader(self, form: str, data: st.DataObject) -> None:
        content = SAMPLES[form].encode()
        begin = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(begin, min(len(content), begin + 10)))
        new = data.draw(st.sampled_from(PIECES))
        changed = content[:begin] + new + content[end:]
        for entry in prepared(reader(form)(changed, "x")):
            self.assertIsInstance(entry, (ImportedSecret, ImportProblem))
            self.assertNotIn(CANARY, repr(entry))

    def test_memory_is_in_proportion(self) -> None:
        for case, text in LARGE.items():
            content = text.encode()
            found = list(reader(case.partition(",")[0])(content, "x"))
            self.assertIsInstance(found[0], ImportedSecret, case)
            peak = peak_of(reader(case.partition(",")[0])(content, "x"))
            self.assertLess(peak, 10 * len(content) + FEW_MIB, case)

    def test_files_of_a_directory(self) -> None:
        """One is read after the other, and each is bytes or a text."""
        root = Path(self.mktemp())
        root.mkdir()
        for number, content in enumerate((b"", b"\0", b"\xff" * SIZE, b"x" * SIZE, b"\n" * SIZE)):
            (root / str(number)).write_bytes(content)
        self.assertEqual(len(list(read_directory(root))), 5)
        self.assertLess(peak_of(read_directory(root)), 10 * SIZE)
