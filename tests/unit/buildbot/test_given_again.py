"""What a build keeps of what it was given; when it is given it again is tried on a real master."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._given_again import _KEPT_BY, _Given, _OfBuild, given_again
from buildbot_keychain.details import SecretDetails

CANARY = "canary-tr0ub4dor&3"


class Again:
    """Stands in for a `GivenAgain`: all depends on the same while `same`."""

    same = True

    def __init__(self) -> None:
        self.recorded: list[tuple[object, object]] = []

    def holds(self, _build: object, _circumstances: object) -> bool:
        return self.same

    def record(self, recorded: object, details: object) -> None:
        self.recorded.append((recorded, details))


class GivenAgainTests(SynchronousTestCase):
    def setUp(self) -> None:
        again: Any = Again()
        self.details: Any = SecretDetails("files", "token", CANARY)
        unused: Any = None
        given = _Given(self.details, ("token", "files", 1), unused, None, unused)
        self.again, self.kept = again, _OfBuild(again)
        self.kept.given["token"] = given
        self.build = self.build_with(**{_KEPT_BY: self.kept})

    def build_with(self, **attributes: Any) -> Any:
        return SimpleNamespace(finished=False, getProperties=Properties, **attributes)

    def test_what_a_build_was_given_under_that_name(self) -> None:
        self.assertIs(given_again(self.build, "token"), self.details)
        self.assertEqual(self.again.recorded, [(None, self.details)])
        self.assertIsNone(given_again(self.build, "other"))
        self.assertIsNone(given_again(self.build_with(), "token"))

    def test_a_build_that_has_ended_is_given_nothing(self) -> None:
        self.build.finished = True
        self.assertIsNone(given_again(self.build, "token"))

    def test_what_holds_no_more_is_forgotten(self) -> None:
        self.again.same = False
        self.assertIsNone(given_again(self.build, "token"))
        self.again.same = True
        self.assertIsNone(given_again(self.build, "token"))

    def test_copies_of_a_build_have_nothing(self) -> None:
        self.assertEqual(copy.copy(self.kept), {})
        self.assertEqual(copy.deepcopy(self.kept), {})
        self.assertNotIn(CANARY.encode(), pickle.dumps(self.kept))
