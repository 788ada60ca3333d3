from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import Lookup
from buildbot_keychain.details import Requester


class EventTests(SynchronousTestCase):
    def test_the_fast_way_makes_the_same(self) -> None:
        facts: dict[str, Any] = {"secret": "x", "requester": Requester("unknown"), "version": 3}
        made, usual = Lookup.of(**facts), Lookup(**facts)
        self.assertEqual((made, hash(made), repr(made)), (usual, hash(usual), repr(usual)))
        self.assertRaises(FrozenInstanceError, setattr, made, "secret", "y")
