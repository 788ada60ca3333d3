from __future__ import annotations

from unittest import TestCase

from buildbot_keychain.approvals import Demand, asked_of


class DemandTests(TestCase):
    def test_who_is_asked(self) -> None:
        one, two = Demand(("managers",)), Demand(("managers", "owners"), 2)
        self.assertEqual(asked_of([one]), "managers")
        self.assertEqual(asked_of([one, two]), "managers and 2 people of managers or owners")
