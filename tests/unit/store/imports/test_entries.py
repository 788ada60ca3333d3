from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import ImportedSecret, ImportProblem
from buildbot_keychain.store.imports._entries import NotRead
from tests.support.secretive_objects import assert_is_not_sent

CANARY = "s3cr3t-canary"


class ImportedSecretTests(SynchronousTestCase):
    def test_only_value_shows_the_value(self) -> None:
        for value in (CANARY, CANARY.encode()):
            secret = ImportedSecret("a", value, "there")
            self.assertEqual(secret.value, value)
            for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>400}"):
                self.assertNotIn(CANARY, shown)
                self.assertIn("a", shown)
            assert_is_not_sent(self, secret)

    def test_the_kind_is_that_of_the_value(self) -> None:
        self.assertEqual(ImportedSecret("a", "x", "there").kind, "text")
        self.assertEqual(ImportedSecret("a", b"x", "there").kind, "bytes")


class ImportProblemTests(SynchronousTestCase):
    def test_it_reads_as_a_sentence(self) -> None:
        problem = ImportProblem("a.xml", "is not XML", "correct it")
        self.assertEqual(str(problem), "a.xml: is not XML; correct it")

    def test_of_what_is_not_read(self) -> None:
        found = NotRead("is a link", "import what it points to")
        self.assertEqual(str(found), "is a link; import what it points to")
        expected = ImportProblem("a.xml", "is a link", "import what it points to")
        self.assertEqual(found.at("a.xml"), expected)
