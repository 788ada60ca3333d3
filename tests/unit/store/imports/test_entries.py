from __future__ import annotations

import copy
import pickle

from twisted.spread import jelly
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import ImportedSecret, ImportProblem

CANARY = "s3cr3t-canary"


class ImportedSecretTests(SynchronousTestCase):
    def test_only_value_shows_the_value(self) -> None:
        for value in (CANARY, CANARY.encode()):
            secret = ImportedSecret("a", value, "there")
            self.assertEqual(secret.value, value)
            for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>400}"):
                self.assertNotIn(CANARY, shown)
                self.assertIn("a", shown)
            for leave in (pickle.dumps, copy.copy, copy.deepcopy, jelly.jelly):
                self.assertRaises(TypeError, leave, secret)

    def test_the_kind_is_that_of_the_value(self) -> None:
        self.assertEqual(ImportedSecret("a", "x", "there").kind, "text")
        self.assertEqual(ImportedSecret("a", b"x", "there").kind, "bytes")


class ImportProblemTests(SynchronousTestCase):
    def test_it_reads_as_a_sentence(self) -> None:
        problem = ImportProblem("a.xml", "is not XML", "correct it")
        self.assertEqual(str(problem), "a.xml: is not XML; correct it")
