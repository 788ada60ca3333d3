"""What a build keeps of what it was given; when it is given it again is tried on a real master."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._given_again import _KEPT_BY, _OfBuild, given_again

CANARY = "canary-tr0ub4dor&3"


class Again:
    """Stands in for a `GivenAgain`: gives each text again while `holds`."""

    holds = True

    def details(self, _build: object, given: str) -> str | None:
        return given if self.holds else None


class GivenAgainTests(SynchronousTestCase):
    def setUp(self) -> None:
        again: Any = Again()
        kept: Any = _OfBuild(again)
        kept.given["token"] = CANARY
        self.again, self.kept = again, kept
        self.build = self.build_with(**{_KEPT_BY: self.kept})

    def build_with(self, **attributes: Any) -> Any:
        return SimpleNamespace(finished=False, getProperties=Properties, **attributes)

    def test_what_a_build_was_given_under_that_name(self) -> None:
        self.assertEqual(given_again(self.build, "token"), CANARY)
        self.assertIsNone(given_again(self.build, "other"))
        self.assertIsNone(given_again(self.build_with(), "token"))

    def test_a_build_that_has_ended_is_given_nothing(self) -> None:
        self.build.finished = True
        self.assertIsNone(given_again(self.build, "token"))

    def test_what_holds_no_more_is_forgotten(self) -> None:
        self.again.holds = False
        self.assertIsNone(given_again(self.build, "token"))
        self.again.holds = True
        self.assertIsNone(given_again(self.build, "token"))

    def test_copies_of_a_build_have_nothing(self) -> None:
        self.assertEqual(copy.copy(self.kept), {})
        self.assertEqual(copy.deepcopy(self.kept), {})
        self.assertNotIn(CANARY.encode(), pickle.dumps(self.kept))
