from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.web import IStores
from buildbot_keychain.web.host_stores import Description, Stored
from tests.support.page_stores import StoresOnDisk


class StoredTests(SynchronousTestCase):
    def test_its_name_is_of_that_store_alone(self) -> None:
        known = Description("a/b", 1, True, 0, 0, Metadata(0))
        self.assertEqual(Stored("vault", known, (known,), ()).name, "vault!a/b")

    def test_the_stores_of_tests_are_like_those_of_hosts(self) -> None:
        verifyObject(IStores, StoresOnDisk())
