"""A service is configured when something that it holds has changed; see the integration tests."""

from __future__ import annotations

from typing import Any

from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.services import ServiceSecrets
from buildbot_keychain.buildbot.services._configuring import name_of_secret
from buildbot_keychain.buildbot.services._held import Held
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError, ProviderUnavailable
from tests.support.services_master import ServicesMaster

ASKER = Asker(part=Requester("service", service="me"))


class _Service(BuildbotService):
    name = "me"

    def checkConfig(self, argument: object = None) -> None:
        pass


class ConfiguringTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.value: Any = "one"
        self.secrets = self.made()
        self.service = _Service()
        self.configured = 0

    def look_up(self, name: str, _requester: Requester) -> Deferred[SecretDetails]:
        """Answer with the value, or fail with it."""
        if isinstance(self.value, KeychainError):
            return fail(self.value)
        return succeed(SecretDetails("provider", name, self.value))

    def made(self) -> ServiceSecrets:
        """Return what is tested, of a master that lets nobody wait."""
        return ServiceSecrets(ServicesMaster(), self.look_up, lambda: False)

    def apply(self, _sibling: object) -> Deferred[None]:
        """Do what Buildbot does."""
        self.service.configured = True
        self.configured += 1
        self.secrets.note("token", ASKER, self.value)
        return succeed(None)

    def configure(self, *arguments: object, apply: Any = None) -> Deferred[Any]:
        """Configure the service as a newly loaded one with these arguments."""
        return self.secrets.configure(self.service, _Service(*arguments), apply or self.apply)

    def test_only_what_has_changed_counts(self) -> None:
        for value, arguments, times in (
            ("one", (), 1),
            ("one", (), 1),
            ("two", (), 2),
            ("two", (), 2),
            ("two", (1,), 3),
            ("two", (1,), 3),
            ("two", (), 4),
        ):
            self.value = value
            self.successResultOf(self.configure(*arguments))
            self.assertEqual(self.configured, times)

    def test_an_outage_takes_nothing_away(self) -> None:
        self.successResultOf(self.configure())
        self.value = ProviderUnavailable("vault", "token", "it is down")
        self.successResultOf(self.configure())
        self.assertEqual(self.configured, 1)
        self.value = "one"
        self.successResultOf(self.configure())
        self.assertEqual(self.configured, 1)

    def test_a_service_that_failed_is_configured_again(self) -> None:
        self.successResultOf(self.configure())
        self.failureResultOf(self.configure(1, apply=lambda _: fail(ValueError())), ValueError)
        self.assertFalse(self.service.configured)
        self.successResultOf(self.configure())
        self.assertEqual(self.configured, 2)

    def test_a_service_that_is_replaced_instead(self) -> None:
        old = lambda _: fail(NotImplementedError())  # noqa: E731 - as Buildbot's own legacy services
        self.failureResultOf(self.configure(apply=old), NotImplementedError)
        held = Held.of(self.service)
        assert held is not None
        self.assertIsNotNone(held.arguments)

    def test_outside_of_a_configuration_nothing_is_noted(self) -> None:
        self.secrets.note("token", ASKER, "one")
        self.successResultOf(self.configure(apply=lambda _: succeed(None)))
        held = Held.of(self.service)
        assert held is not None
        self.assertEqual(held.digests, {})

    def test_digests_differ_between_processes(self) -> None:
        digests = []
        for _ in range(2):
            self.secrets, self.service = self.made(), _Service()
            self.successResultOf(self.configure())
            digests.append(self.service.keychain_held.digests["token"][1])
        self.assertNotEqual(*digests)

    def test_names_are_shown_on_one_line(self) -> None:
        self.assertEqual(name_of_secret("a\nb"), r"`a\nb`")
