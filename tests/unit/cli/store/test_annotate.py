"""``buildbot-keychain annotate`` and ``tag``."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.cli.store import _names
from buildbot_keychain.store.metadata import Metadata
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW


class AnnotateTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", "x", description="old", tags=["a", "b"])

    def metadata(self) -> Metadata:
        known = self.open().secrets.describe("a")
        assert known is not None
        self.assertEqual(known.version, 1)
        return known.metadata

    def change(self, *words: str) -> str:
        ended = self.run_command(*words)
        self.assertEqual((ended.status, ended.out), (0, ""))
        return ended.err

    def test_what_is_given_is_changed(self) -> None:
        message = self.change("annotate", "a", "--expires", "1d", "--allowed", "x-*")
        self.assertEqual(message, "buildbot-keychain: a: version 1 is edited\n")
        known = self.metadata()
        self.assertEqual((known.expires, known.allowed), (NOW + 86_400, ("x-*",)))
        self.assertEqual((known.description, known.tags, known.redact), ("old", ("a", "b"), True))

    def test_what_is_taken_back(self) -> None:
        self.change("annotate", "a", "--expires", "1d", "--no-redact", "--allowed", "x")
        self.change("annotate", "a", "--expires", "never", "--redact", "--allow-all")
        known = self.metadata()
        self.assertEqual((known.expires, known.redact, known.allowed), (None, True, None))
        self.change("annotate", "a", "--description", "")
        self.assertEqual(self.metadata().description, "")

    def test_nothing_to_change(self) -> None:
        self.assertFails(2, "nothing to change", "annotate", "a")
        self.assertFails(2, "nothing to change", "tag", "a")

    def test_what_is_wrong(self) -> None:
        self.assertFails(2, "--expires must be", "annotate", "a", "--expires", "soon")
        self.assertFails(4, "is not in the store", "annotate", "x", "--expires", "1d")
        self.assertFails(4, "is not in the store", "tag", "x", "b")

    def test_tags(self) -> None:
        message = self.change("tag", "a", "c", "b", "--remove", "a", "--remove", "none")
        self.assertEqual(message, "buildbot-keychain: a: b, c\n")
        self.assertEqual(self.metadata().tags, ("b", "c"))
        self.assertIn("no tags", self.change("tag", "a", "--remove", "b", "--remove", "c"))

    def test_tags_that_somebody_else_adds_meanwhile_stay(self) -> None:
        describe = _names.require_description

        def raced(secrets: Any, name: str) -> Any:
            known = describe(secrets, name)
            self.open().secrets.edit(name, now=NOW, tags=["theirs"])
            return known

        self.patch(_names, "require_description", raced)
        self.assertIn("ours, theirs", self.change("tag", "a", "ours"))
