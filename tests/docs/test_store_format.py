"""`store-format.md`: its readers in JavaScript open the vectors, and what the library stored."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.store.envelope import Kind, pad
from buildbot_keychain.store.rotation import Rotation
from tests.support.store_case import ChangedStoreTestCase
from tests.support.store_keys import NOW

ROOT = Path(__file__).resolve().parents[2]
BOXES = ROOT / "examples" / "open_boxes.mjs"
READER = ROOT / "examples" / "read_store.mjs"
VECTORS = ROOT / "tests" / "unit" / "store" / "vectors.json"

VALUES = """
import { readFileSync } from "node:fs";
const { openBox, unpad } = await import(process.argv[1]);
const hex = (text) => Buffer.from(text, "hex");
const attempt = (work) => { try { return work().toString("hex"); } catch { return "refused"; } };
const found = JSON.parse(readFileSync(0, "utf-8")).map(({ key, purpose, context, box, plain }) => [
  attempt(() => openBox(hex(key), purpose, context.map(hex), hex(box))),
  attempt(() => unpad(hex(plain))),
]);
console.log(JSON.stringify(found));
"""


def node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run JavaScript."""
    for program in ("node", "sqlite3"):
        if shutil.which(program) is None:
            msg = f"{program} is not installed"
            raise SkipTest(msg)
    return subprocess.run(
        ["node", *arguments], input=given, capture_output=True, text=True, timeout=60, check=False
    )


class VectorTests(SynchronousTestCase):
    def opened(self, cases: list[dict[str, object]]) -> list[list[str]]:
        """Return what is in each box and padded text, or ``refused``."""
        done = node(
            "--input-type=module", "-e", VALUES, "--", BOXES.as_uri(), given=json.dumps(cases)
        )
        self.assertEqual(done.stderr, "")
        found: list[list[str]] = json.loads(done.stdout)
        return found

    def setUp(self) -> None:
        self.vectors = json.loads(VECTORS.read_text(encoding="ascii"))

    def test_it_is_short(self) -> None:
        """So that it can be written again in any language."""
        self.assertLessEqual(len(BOXES.read_text(encoding="ascii").splitlines()), 60)

    def test_it_opens_all(self) -> None:
        expected = [
            [case["plain"], case["plain"] if case["kind"] is None else case["value"]]
            for case in self.vectors
        ]
        found = self.opened(self.vectors)
        for case, one in zip(self.vectors, found, strict=True):
            if case["kind"] is None:  # it is not padded
                one[1] = case["plain"]
        self.assertEqual(found, expected)

    def test_it_refuses_what_was_changed_or_moved(self) -> None:
        cases = []
        for number, case in enumerate(self.vectors):
            box = bytearray.fromhex(case["box"])
            box[number * 7 % len(box)] ^= 1 << number % 8
            context = [*case["context"][:-1], case["context"][-1] + "00"]
            cases += [case | {"box": box.hex()}, case | {"context": context}]
            cases.append(case | {"purpose": case["purpose"] % 4 + 1})
        self.assertEqual({box for box, _ in self.opened(cases)}, {"refused"})

    def test_it_refuses_what_is_not_padded_as_values_are(self) -> None:
        case = self.vectors[0]
        for value in (b"x", b"x" * 300):
            plain = pad(Kind.BYTES, value)
            changed = (
                plain[:-1] + b"x",
                plain + b"\0",
                plain[:-1],
                b"\2" + plain[1:],
                plain[:1] + b"\xff" + plain[2:],
            )
            found = self.opened([case | {"plain": one.hex()} for one in (plain, *changed)])
            self.assertEqual([one for _, one in found], [value.hex()] + ["refused"] * len(changed))


class StoreTests(ChangedStoreTestCase):
    """A store that has seen something."""

    def setUp(self) -> None:
        super().setUp()
        self.store.set("a", "x" * 5000, now=NOW, description="longer")
        self.store.set("c", "with a line end\n", now=NOW)
        self.store.rename("c", "\u00fc/d \u2713", now=NOW)
        Rotation(self.store._ledger, self.ring_file).rotate(now=NOW, alive_since=NOW)
        self.store.set("a", b"\xc3\xa9 \x7f", now=NOW)
        self.store.set("a", "latest", now=NOW)
        self.store.rollback("a", 3, now=NOW)
        for name in ("deleted", "purged"):
            self.store.set(name, "x", now=NOW)
            self.store.delete(name, now=NOW)
        self.store.purge("purged", now=NOW)

    def read(self, name: str) -> subprocess.CompletedProcess[str]:
        return node(str(READER), str(self.path), str(self.ring_file.path), name)

    def test_it_prints_current_values(self) -> None:
        found = {name: self.read(name).stdout for name in ("a", "b", "\u00fc/d \u2713")}
        expected = {"a": "\u00e9 \x7f", "b": "other", "\u00fc/d \u2713": "with a line end\n"}
        self.assertEqual(found, expected)

    def test_it_says_what_is_not_there(self) -> None:
        for name, expected in (
            ("c", "there is no such secret"),
            ("purged", "there is no such secret"),
            ("deleted", "the secret is deleted"),
        ):
            self.assert_refused(name, expected)

    def assert_refused(self, name: str, expected: str) -> None:
        done = self.read(name)
        self.assertEqual((done.stdout, done.returncode), ("", 1))
        self.assertIn(f"Error: {expected}\n", done.stderr)

    def test_it_believes_nothing_that_was_changed(self) -> None:
        saved = self.copy()
        for statement, expected in (
            ("store_versions SET payload = payload || x'00'", "the value was changed"),
            ("store_versions SET metadata_digest = payload_digest", "the rows of the secret were"),
            ("store_current SET version = 2", "the rows of the secret were changed"),
            ("store_journal SET actor = 'x' WHERE seq = 3", "entry 3 of the journal was changed"),
            ("store SET head_mac = zeroblob(32)", "the end of the journal was removed"),
            ("store SET root_box = zeroblob(126)", "it is not a box"),
        ):
            self.execute(f"UPDATE keychain_{statement}")
            done = self.read("b")
            self.assertEqual((done.stdout, done.returncode), ("", 1))
            self.assertIn(f"Error: {expected}", done.stderr)
            self.put_back(saved)

    def test_a_ring_that_was_changed(self) -> None:
        path = self.ring_file.path
        path.write_bytes(path.read_bytes().replace(b" added ", b" retired "))
        self.assert_refused("b", "the ring is damaged")
