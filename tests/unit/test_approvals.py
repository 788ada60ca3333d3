from __future__ import annotations

from unittest import TestCase

from buildbot_keychain.approvals import Demand, asked_of, person_key


class DemandTests(TestCase):
    def test_who_is_asked(self) -> None:
        one, two = Demand(("managers",)), Demand(("managers", "owners"), 2)
        self.assertEqual(asked_of([one]), "managers")
        self.assertEqual(asked_of([one, two]), "managers and 2 people of managers or owners")


class PersonTests(TestCase):
    def test_all_spellings_of_a_name_are_one_person(self) -> None:
        for spelling in (" Rita\tX ", "RITA X", "rita\u00a0x", "\uff32ita X"):
            self.assertEqual(person_key(spelling), person_key("rita x"), spelling)
        self.assertNotEqual(person_key("rita x"), person_key("ritax"))
