"""For whom a secret is looked up."""

from __future__ import annotations

from typing import Any

from buildbot.process.properties import Properties
from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import (
    Asker,
    building,
    looking_up,
    name_looked_up,
    who_asks,
    who_asks_a_provider,
)
from buildbot_keychain.buildbot.builds._requesters import requester_of
from buildbot_keychain.details import Requester
from tests.support.builds import FakeBuild
from tests.unit.buildbot.builds.test_stack import working


class WhoAsksTests(SynchronousTestCase):
    """`who_asks`."""

    def setUp(self) -> None:
        self.build = FakeBuild()
        self.service = working(BuildbotService, "reporter")
        self.properties = Properties()

    def in_service(self) -> Asker:
        found: Asker = self.service.work(lambda: who_asks(self.properties))
        return found

    def test_the_build_of_the_properties_comes_first(self) -> None:
        other: Any = FakeBuild()
        self.properties.build = self.build
        with building(other):
            self.assertIs(self.in_service().build, self.build)
        self.assertEqual(self.in_service().requester, requester_of(self.build))

    def test_then_the_service_that_is_at_work(self) -> None:
        with building(self.build):
            asker = self.in_service()
        self.assertIsNone(asker.build)
        self.assertEqual((asker.requester.kind, asker.requester.service), ("service", "reporter"))

    def test_then_who_rendered_with_them_before(self) -> None:
        first = self.in_service()
        with building(self.build):
            self.assertEqual(who_asks(self.properties), first)
            self.assertIs(who_asks(Properties()).build, self.build)

    def test_then_the_build_whose_step_runs(self) -> None:
        with building(self.build):
            self.assertIs(who_asks(self.properties).build, self.build)
            self.assertIs(who_asks(None).build, self.build)
            with building(None):
                self.assertEqual(who_asks(None).requester, Requester("unknown"))

    def test_parts_that_ask_for_nobody(self) -> None:
        with building(self.build):
            asker = working(BuildbotService.__mro__[1]).work(lambda: who_asks(self.properties))
        self.assertEqual(asker.requester, Requester("unknown"))

    def test_otherwise_it_is_unknown(self) -> None:
        self.assertEqual(who_asks(self.properties), Asker())
        self.assertEqual(who_asks(None).requester, Requester("unknown"))

    def test_what_a_step_starts_is_its_builds(self) -> None:
        """Also after it has waited, whoever makes it go on; and nothing else is."""
        waiting: Deferred[None] = Deferred()

        @inlineCallbacks
        def step() -> Any:
            yield waiting
            return who_asks(None)

        with building(self.build):
            running = step()
        self.assertIsNone(who_asks(None).build)
        with building(FakeBuild()):
            waiting.callback(None)
        self.assertIs(self.successResultOf(running).build, self.build)


class WhoAsksAProviderTests(SynchronousTestCase):
    """`who_asks_a_provider`."""

    def test_the_build_unless_it_is_by_a_lookup(self) -> None:
        build: Any = FakeBuild()
        with building(build):
            self.assertIs(who_asks_a_provider().build, build)
            with looking_up("token"):
                self.assertEqual(who_asks_a_provider(), Asker())
                self.assertEqual(who_asks(None), Asker())
                self.assertEqual(name_looked_up(), "token")
            self.assertIsNone(name_looked_up())
            self.assertIs(who_asks_a_provider().build, build)
