"""What a master's parts look up that are no builds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._configured import ConfiguredProviders
from buildbot_keychain.buildbot._parts import PartLookups, all_of
from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError, ProviderUnavailable
from buildbot_keychain.uses import DATABASE, HOOKS, LOGINS
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider

VAULT = DictProvider("vault", {})


class PartLookupTests(SynchronousTestCase):
    def setUp(self) -> None:
        master = FakeMaster(VAULT)
        providers = ConfiguredProviders(master, lambda: None)
        self.is_down = False
        self.asked: list[bool] = []
        self.parts = PartLookups(master, providers, self.look_up, lambda: None)

    def look_up(
        self, name: str, requester: Requester | None, choose: Callable[[Any], Any] = all_of
    ) -> Deferred[SecretDetails]:
        """Answer, and note whether the provider itself is to be asked."""
        self.asked.append(choose((VAULT,)) == (VAULT,))
        if self.is_down:
            return fail(ProviderUnavailable("vault", name, "it is down"))
        return succeed(SecretDetails("vault", name, "value"))

    def get_for(self, service: str) -> Deferred[SecretDetails]:
        asker = Asker(part=Requester("service", service=service))
        return Deferred.fromCoroutine(self.parts.get_for("a", asker))

    def test_logins_and_hooks_ask_no_provider_in_vain(self) -> None:
        self.is_down = True
        for service in (LOGINS, LOGINS, f"{HOOKS}github"):
            self.failureResultOf(self.get_for(service), ProviderUnavailable)
        self.assertEqual(self.asked, [True, False, False])

    def test_others_ask_it_all_the_same(self) -> None:
        self.is_down = True
        for service in (LOGINS, "other", "other"):
            self.failureResultOf(self.get_for(service), ProviderUnavailable)
        self.assertEqual(self.asked, [True, True, True])

    def test_one_that_answers_a_service_that_has_waited_is_asked_again(self) -> None:
        self.is_down = True
        self.failureResultOf(self.get_for(LOGINS), ProviderUnavailable)
        self.is_down = False
        self.successResultOf(self.parts._get_after_outage("a", Requester("service")))
        self.assertEqual(self.successResultOf(self.get_for(LOGINS)).value, "value")
        self.assertEqual(self.asked, [True, True, True])

    def test_what_the_database_needs_is_said_in_its_words(self) -> None:
        self.is_down = True
        error = self.failureResultOf(self.get_for(DATABASE), KeychainError).value
        self.assertEqual(str(error), "c['db']['db_url'] needs `a`: provider 'vault': it is down")
