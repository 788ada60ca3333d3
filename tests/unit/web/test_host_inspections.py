from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain import inspection
from buildbot_keychain.web import IInspections
from buildbot_keychain.web.host_inspections import LEVELS
from tests.support.inspections_in_memory import InspectionsInMemory


class InspectionsTests(SynchronousTestCase):
    def test_those_of_tests_are_like_those_of_a_host(self) -> None:
        verifyObject(IInspections, InspectionsInMemory())

    def test_levels_are_those_of_findings(self) -> None:
        self.assertEqual(LEVELS, (inspection.PROBLEM, inspection.UNCHECKED, inspection.NOTE))
