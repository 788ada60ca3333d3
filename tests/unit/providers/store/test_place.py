from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from buildbot_keychain.errors import KeyRingError, StoreRolledBack
from buildbot_keychain.providers.store._place import Place, default_seen_file
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.store import Keep
from buildbot_keychain.store.unlocking import PassphraseFrom
from buildbot_keychain.store.wraps import Passphrase
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import CHEAP, NOW


class PlaceTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.place = Place("keys/ring", (), "x.seen", Keep(), str(self.base))
        self.relative = "sqlite:///data/secrets.sqlite"

    def test_relative_paths_are_below_the_directory(self) -> None:
        self.store.set("a", "one", now=NOW)
        opened = self.place.open(self.relative)
        self.addCleanup(opened.close)
        found = opened.secrets.get("a")
        self.assertEqual(found and found.text, "one")
        self.assertTrue((self.base / "x.seen").exists())

    def test_absolute_paths_are_where_they_are(self) -> None:
        place = Place(str(self.ring_file.path), (), None, Keep(), "/nowhere")
        self.addCleanup(place.open(self.url).close)

    def test_a_master_is_called_as_buildbot_calls_it(self) -> None:
        host = socket.gethostname()
        self.assertEqual(replace(self.place, directory="/a/b").master, f"{host}:/a/b")
        self.assertEqual(replace(self.place, directory="").master, f"{host}:{Path.cwd()}")
        self.assertEqual(len(replace(self.place, directory="/a" * 200).master), 200)

    def test_files_that_are_missing_or_open_to_others(self) -> None:
        self.assertEqual(list(self.place.problems(self.relative)), [])
        self.ring_file.path.chmod(0o640)
        self.path.unlink()
        ring, database = self.place.problems(self.relative)
        self.assertIn(f"run: chmod 600 {self.ring_file.path}", ring)
        self.assertIn(f"the database {self.path} does not exist; restore it", database)
        self.assertIn("buildbot-keychain init", database)

    def test_where_the_directory_is_not_known_relative_paths_are_not_looked_at(self) -> None:
        place = replace(self.place, directory="")
        self.assertEqual(list(place.problems(self.relative)), [])
        self.assertEqual(list(place.problems(None)), [])
        (problem,) = replace(place, key_file="/nowhere/ring").problems(self.relative)
        self.assertIn("/nowhere", problem)

    def test_remedies(self) -> None:
        reason = self.place.reason(StoreRolledBack("old; accept the roll-back"))
        self.assertEqual(reason, f"old; accept the roll-back: remove {self.base / 'x.seen'}")
        wrapped = KeyRing.create(NOW).wrapped_for([Passphrase("x", cost=CHEAP)])
        self.ring_file.path.write_bytes(wrapped.to_bytes())
        error = self.assertRaises(KeyRingError, self.place.open, self.relative)
        self.assertIn("; set unlock to what opens it", self.place.reason(error))
        unlock = (PassphraseFrom(file="/a"),)
        self.assertNotIn("set unlock", replace(self.place, unlock=unlock).reason(error))

    def test_the_file_of_what_was_seen_is_named_after_the_provider(self) -> None:
        self.assertEqual(default_seen_file("a/b c"), "keychain-a%2Fb%20c.seen")
