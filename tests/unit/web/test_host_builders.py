from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.policy import Outcome
from buildbot_keychain.web import IBuilders
from buildbot_keychain.web.host_builders import ALLOWED, DENIED, DIFFERENCES, ONLY, REFUSED, Cell
from tests.support.builders_in_memory import BuildersInMemory
from tests.support.secrets_in_memory import SecretsInMemory

MAY, MAY_NOT, ASKED = Outcome.ALLOWED, Outcome.DENIED, Outcome.NEEDS_APPROVAL


class CellTests(SynchronousTestCase):
    def test_which_it_is_one_of(self) -> None:
        for cell, expected in (
            (Cell(MAY), {ALLOWED, DIFFERENCES}),
            (Cell(MAY, given=1), {ALLOWED}),
            (Cell(ASKED, refused=1), {ALLOWED, DIFFERENCES, REFUSED}),
            (Cell(MAY_NOT), {DENIED}),
            (Cell(MAY_NOT, given=1, refused=2), {DENIED, DIFFERENCES, REFUSED}),
            (Cell(MAY, denied_by_provider=True), {DENIED}),
        ):
            self.assertTrue(cell.is_one_of(""))
            self.assertEqual({only for only in ONLY if cell.is_one_of(only)}, expected, cell)


class BuildersTests(SynchronousTestCase):
    def test_those_of_tests_are_like_those_of_a_host(self) -> None:
        verifyObject(IBuilders, BuildersInMemory(SecretsInMemory()))
