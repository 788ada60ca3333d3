from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.web import IBuilds
from tests.support.builds_in_memory import BuildsInMemory


class BuildsTests(SynchronousTestCase):
    def test_those_of_tests_are_like_those_of_a_host(self) -> None:
        verifyObject(IBuilds, BuildsInMemory())
