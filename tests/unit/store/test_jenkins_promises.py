"""What Jenkins promises of the secrets it keeps, a statement to a test, and where we do more.

`KEYCHAIN_WRONG_KEYS` sets how many wrong keys are tried on a store (default 200).
"""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import stat
import warnings
from contextlib import closing
from dataclasses import fields
from pathlib import Path

from buildbot_keychain.errors import NotABox, StoreError, StoreTampered
from buildbot_keychain.store.derived_keys import DerivedKeys, open_root_secret
from buildbot_keychain.store.envelope import Purpose, key_id, open_box
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.sealed_field import SealedField
from tests.support.sealers import ReportingSealer
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

WRONG_KEYS = int(os.environ.get("KEYCHAIN_WRONG_KEYS", "200"))
CANARY = "canary-W7/x+9pQ"
LINES = f"-----BEGIN-----\n{CANARY}\n\n  indented\r\n-----END-----\n"


class PromiseCase(StoreCommandCase):
    """A store with two secrets."""

    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set_piped("a", text=LINES.encode())
        self.set("b", "other", description="described")

    def files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.base.rglob("*") if path.is_file()}

    def change(self, statement: str) -> None:
        """Change the database behind the store's back."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            self.assertGreater(connection.execute(statement).rowcount, 0)

    def root_box(self) -> bytes:
        with closing(sqlite3.connect(self.path)) as connection:
            (box,) = connection.execute("SELECT root_box FROM keychain_store").fetchone()
        assert isinstance(box, bytes)
        return box


class JenkinsPromisesTests(PromiseCase):
    def test_values_are_encrypted_on_disk_without_anybodys_doing(self) -> None:
        self.assertEqual(self.out("get", "a"), LINES)
        for path, content in self.files().items():
            for written in (CANARY, "BEGIN-----", "described"):
                self.assertNotIn(written.encode(), content, path.name)

    def test_directories_are_closed_to_others(self) -> None:
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in self.base.rglob("*")}
        self.assertEqual({mode for path, mode in modes.items() if path.is_dir()}, {0o700})
        self.assertEqual({mode for path, mode in modes.items() if path.is_file()}, {0o600})
        self.key_file.parent.chmod(0o750)
        self.assertFails(4, "open to other users", "get", "a")

    def test_keys_are_not_in_the_backup(self) -> None:
        places = self.base / "backup", self.base / "backup-keys"
        for place in places:
            place.mkdir(mode=0o700)
        database, ring = places[0] / "b.sqlite", places[1] / "ring"
        self.run_command("backup", "--database", database, "--keys", ring)
        self.assertNotIn("ring", [path.name for path in places[0].iterdir()])
        for key in RingFile(ring).read().keys:
            for form in (key.key, key.key.hex().encode()):
                self.assertNotIn(form, database.read_bytes())
        together = "backup", "--database", places[1] / "b.sqlite", "--keys", places[1] / "other"
        self.assertNotEqual(self.run_command(*together).status, 0)

    def test_each_purpose_has_its_own_key(self) -> None:
        ring = RingFile(self.key_file).read()
        (key,) = (one.key for one in ring.keys)
        root = open_root_secret(key, ring.store_id, self.root_box())
        derived = DerivedKeys.of(root)
        keys = {key, root, *(getattr(derived, field.name) for field in fields(derived))}
        self.assertEqual(len(keys), 2 + len(fields(derived)))
        for purpose in Purpose:
            if purpose is not Purpose.ROOT_SECRET:
                place = [ring.store_id]
                self.assertRaises(StoreError, open_box, key, purpose, place, self.root_box())

    def test_what_is_sealed_comes_back(self) -> None:
        sealer = ReportingSealer()
        for value in (CANARY, "", "ä\0\n", b"\xff\0"):
            sealed = SealedField(sealer, "token", value).sealed()
            self.assertNotIn(CANARY, sealed)
            self.assertEqual(SealedField.load(sealer, "token", sealed).reveal(), value)

    def test_several_lines_stay_as_they_are(self) -> None:
        self.assertEqual(self.out("get", "a"), LINES)
        sealer = ReportingSealer()
        self.assertEqual(sealer.unseal("key", sealer.seal("key", LINES)), LINES)

    def test_who_only_reads_gets_no_value(self) -> None:
        """In Jenkins it is taken out of what is shown; here, nothing that is shown has it."""
        for words in (
            ("list", "--json"),
            ("describe", "a", "--json"),
            ("history", "a"),
            ("diff", "a@1", "a@1"),
            ("verify",),
        ):
            ended = self.run_command(*words)
            self.assertEqual(ended.status, 0, ended.err)
            for shown in (ended.out, ended.err):
                self.assertNotIn(CANARY, shown, words)
        self.assertNotIn(CANARY, repr(self.open().secrets.get("a")))

    def test_plain_text_is_asked_for_by_name(self) -> None:
        self.assertFails(2, "add --reveal", "get", "a", typed=True)
        field = SealedField(ReportingSealer(), "token", CANARY)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertEqual((str(field), f"{field}", repr(field)), ("<sealed>",) * 3)
        self.assertRaises(TypeError, json.dumps, field)
        self.assertEqual(field.reveal(), CANARY)

    def test_old_plain_text_is_read_until_it_is_sealed(self) -> None:
        sealer = ReportingSealer()
        self.assertRaises(NotABox, SealedField.load, sealer, "token", CANARY)
        field = SealedField.load(sealer, "token", CANARY, migrate=True)
        self.assertEqual(field.reveal(), CANARY)
        self.assertEqual(len(sealer.reported), 1)
        sealed = field.sealed()
        self.assertRaises(NotABox, SealedField.load, sealer, "token", CANARY, migrate=True)
        self.assertEqual(SealedField.load(sealer, "token", sealed).reveal(), CANARY)


class BeyondJenkinsTests(PromiseCase):
    def test_no_wrong_key_opens_anything(self) -> None:
        """Of Jenkins' boxes, 74 of 20,000 wrong keys open one, to something else.

        Half of the boxes claim to be sealed with the key that is tried.
        """
        box, store_id = self.root_box(), RingFile(self.key_file).read().store_id
        for number in range(WRONG_KEYS // 2):
            key = number.to_bytes(32, "big")
            for tried in (box, box[:6] + key_id(key) + box[14:]):
                self.assertRaises(StoreError, open_root_secret, key, store_id, tried)

    def test_rows_are_bound_to_their_place(self) -> None:
        columns = ["kid", "wrapped", "metadata", "metadata_digest", "payload", "payload_digest"]
        uid = "(SELECT uid FROM keychain_store_secrets WHERE name = '{}')"
        copies = ", ".join(
            f"{column} = (SELECT {column} FROM keychain_store_versions WHERE uid = "
            f"{uid.format('b')})"
            for column in columns
        )
        self.change(f"UPDATE keychain_store_versions SET {copies} WHERE uid = {uid.format('a')}")
        self.assertRaises(StoreTampered, self.open().secrets.get, "a")
        self.assertNotEqual(self.run_command("get", "a").status, 0)

    def test_keys_are_replaced_while_values_stay(self) -> None:
        self.assertEqual(self.run_command("rotate").status, 0)
        states = [key.state for key in RingFile(self.key_file).read().keys]
        self.assertEqual(states, ["retired", "added"])
        self.assertEqual(self.out("get", "a"), LINES)

    def test_no_new_key_is_made_in_silence(self) -> None:
        """Jenkins makes one where one is missing, and what was sealed with the other is lost."""
        self.key_file.unlink()
        rotate = ("rotate",), ("rotate", "--start"), ("rekey",), ("rewrap",)
        for words in itertools.chain((("get", "a"), ("set", "c"), ("init",), ("verify",)), rotate):
            ended = self.run_command(*words, text=b"x")
            self.assertNotEqual((words, ended.status), (words, 0))
            self.assertFalse(self.key_file.exists(), words)
        self.assertRaises(StoreError, self.set, "c", "x", expires=NOW)
        self.assertFalse(self.key_file.exists())
