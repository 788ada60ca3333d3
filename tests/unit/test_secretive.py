"""Classes whose objects hold secrets."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import NamedTuple

from twisted.spread.jelly import jelly
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.secretive import secretive

VALUE = "q8ZkV2mXw4LrT9sYbN6cJ3"


@secretive
@dataclass(frozen=True, repr=False)
class Data:
    """A data class."""

    value: str


@secretive
class Pair(NamedTuple):
    """A named tuple."""

    value: str


@secretive
class Named:
    """A class with a text of its own."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<Named: ci/db>"


class SecretiveTests(SynchronousTestCase):
    """`secretive`."""

    def test_they_show_their_class(self) -> None:
        for made, shown in (
            (Data(VALUE), "<Data>"),
            (Pair(VALUE), "<Pair>"),
            (Named(VALUE), "<Named: ci/db>"),
        ):
            self.assertEqual([repr(made), str(made), f"{made}"], [shown] * 3)
            self.assertEqual(made.value, VALUE)

    def test_they_are_not_sent_or_stored(self) -> None:
        for made in (Data(VALUE), Pair(VALUE), Named(VALUE)):
            for send in (pickle.dumps, copy.deepcopy):
                error = self.assertRaises(TypeError, send, made)
                self.assertIn("holds secrets and must not be pickled", str(error))
                self.assertNotIn(VALUE, str(error))
            self.assertRaises((TypeError, AttributeError), jelly, made)
