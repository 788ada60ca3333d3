"""A service is configured when something that it holds has changed; see the integration tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.interfaces import IRenderable
from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.services import ServiceSecrets
from buildbot_keychain.buildbot.services._held import Held
from buildbot_keychain.buildbot.services._waiting import MissingSecretsError
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError, ProviderUnavailable, SecretNotFound
from tests.support.services_master import ServicesMaster

DUE = ("provider", "token")
ASKER = Asker(part=Requester("service", service="me"))


class _Service(BuildbotService):
    name = "me"

    def checkConfig(self, argument: object = None) -> None:
        pass


class ConfiguringTestCase(SynchronousTestCase):
    """A service, and a secret that it holds."""

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
        return ServiceSecrets(ServicesMaster(), self.look_up, self.look_up, lambda: False)

    def apply(self, _sibling: object) -> Deferred[None]:
        """Do what Buildbot does."""
        self.service.configured = True
        self.configured += 1
        self.secrets.note("token", ASKER, SecretDetails("provider", "token", self.value))
        return succeed(None)

    def configure(self, *arguments: object, apply: Any = None) -> Deferred[Any]:
        """Configure the service as a newly loaded one with these arguments."""
        return self.secrets.configure(self.service, _Service(*arguments), apply or self.apply)


class ConfiguringTests(ConfiguringTestCase):
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

    def test_nobody_waits_for_a_secret_because_of_another_error(self) -> None:
        def apply(_sibling: object) -> Deferred[None]:
            self.secrets.note_problem("late", ASKER, SecretNotFound("late", ("files",)))
            return fail(KeyError("another mistake"))

        master = ServicesMaster()
        self.secrets = ServiceSecrets(master, self.look_up, self.look_up, lambda: True)
        self.failureResultOf(self.configure(apply=apply), KeyError)

    def test_a_service_that_is_replaced_instead(self) -> None:
        def apply(sibling: object) -> Deferred[None]:
            self.apply(sibling)
            return fail(NotImplementedError())  # as Buildbot's own legacy services

        def configure(sibling: object) -> None:
            configured = self.secrets.configure(self.service, sibling, apply)
            self.failureResultOf(configured, NotImplementedError)

        configure(self.service)
        self.value = "two"
        for _ in range(2):  # until it is replaced, it has not been given the value
            configure(_Service())
        self.assertEqual(self.configured, 3)

    def test_outside_of_a_configuration_nothing_is_noted(self) -> None:
        self.secrets.note("token", ASKER, SecretDetails("provider", "token", "one"))
        self.successResultOf(self.configure(apply=lambda _: succeed(None)))
        held = Held.of(self.service)
        assert held is not None
        self.assertEqual(held.answers, {})

    def test_digests_differ_between_processes(self) -> None:
        digests = []
        for _ in range(2):
            self.secrets, self.service = self.made(), _Service()
            self.successResultOf(self.configure())
            digests.append(self.service.keychain_held.answers["token"].digest)
        self.assertNotEqual(*digests)


class RefreshTests(ConfiguringTestCase):
    """Checks without a reconfiguration."""

    def setUp(self) -> None:
        super().setUp()
        self.master = ServicesMaster()
        self.secrets = ServiceSecrets(self.master, self.look_up, self.look_up, lambda: False)
        self.successResultOf(self.service.setServiceParent(self.master))
        # As the patch does, which acts for masters with a keychain.
        configure = self.secrets.configure
        self.patch(
            self.service,
            "reconfigServiceWithSibling",
            lambda sibling: configure(self.service, sibling, self.apply),
        )

    def refresh(self, due: bool = True) -> Deferred[None]:
        """Check the secret if it is due."""
        return self.secrets.refresh(lambda source, name: due and (source, name) == DUE)

    def begun(self) -> Deferred[None]:
        """Return a check that has found a change, and waits for the lock that the test holds."""
        self.successResultOf(self.configure())
        self.value = "two"
        self.successResultOf(self.master.initLock.acquire())
        return self.refresh()

    def test_what_services_hold(self) -> None:
        self.assertEqual(list(self.secrets.held()), [])
        self.successResultOf(self.configure())
        ((service, name, source),) = self.secrets.held()
        self.assertIn("me", service)
        self.assertEqual((name, source), ("token", "provider"))

    def test_a_change_is_given_once(self) -> None:
        self.successResultOf(self.configure())
        for value, due, times in (
            ("one", True, 1),
            ("two", False, 1),
            ("two", True, 2),
            ("two", True, 2),
            (ProviderUnavailable("provider", "token", "it is down"), True, 2),
            (SecretNotFound("token", ("provider",)), True, 2),
            ("one", True, 3),
        ):
            self.value = value
            self.successResultOf(self.refresh(due=due))
            self.assertEqual(self.configured, times)
        # And a reconfiguration finds nothing to do.
        self.successResultOf(self.configure())
        self.assertEqual(self.configured, 3)

    def test_a_reconfiguration_meanwhile_does_it(self) -> None:
        refreshed = self.begun()
        self.successResultOf(self.configure())
        self.master.initLock.release()
        self.successResultOf(refreshed)
        self.assertEqual(self.configured, 2)

    def test_a_service_that_is_removed_meanwhile(self) -> None:
        refreshed = self.begun()
        self.successResultOf(self.service.disownServiceParent())
        self.master.initLock.release()
        self.successResultOf(refreshed)
        self.assertEqual(self.configured, 1)

    def test_a_master_that_stops_meanwhile(self) -> None:
        refreshed = self.begun()
        self.successResultOf(self.master.stopService())
        self.master.initLock.release()
        self.successResultOf(refreshed)
        self.assertEqual(self.configured, 1)

    def test_two_checks_at_once_are_one(self) -> None:
        checks = [self.begun(), self.refresh()]
        self.master.initLock.release()
        for check in checks:
            self.successResultOf(check)
        self.assertEqual(self.configured, 2)


@implementer(IRenderable)
class _Missing:
    """An argument whose secret is missing, until it is not."""

    def __init__(self, secrets: ServiceSecrets) -> None:
        self.secrets = secrets
        self.error: KeychainError | None = SecretNotFound("client", ("files",))
        self.spared: list[bool] = []

    def getRenderingFor(self, _properties: object) -> str:
        """Do what a lookup does."""
        self.spared.append(self.secrets.spares_providers)
        if self.error is not None:
            asker = Asker(part=Requester("service", service="auth"))
            self.secrets.note_problem("client", asker, self.error)
            raise self.error
        return "value"


class LoginTests(SynchronousTestCase):
    """What people log in by."""

    def setUp(self) -> None:
        self.master = ServicesMaster()
        self.secrets = ServiceSecrets(
            self.master, lambda *_: fail(ValueError()), lambda *_: fail(ValueError()), lambda: True
        )
        self.missing = _Missing(self.secrets)
        self.auth = SimpleNamespace(clientId="plain", clientSecret=self.missing)
        self.configured = 0

    def apply(self) -> None:
        """Do what Buildbot does."""
        self.configured += 1

    def configure(self) -> Deferred[None]:
        """Have the web service configured."""
        return self.secrets.configure_web(self.auth, self.apply)

    def test_a_master_does_not_start_without_it(self) -> None:
        failure = self.failureResultOf(self.configure(), MissingSecretsError)
        self.assertRegex(str(failure.value), r"^c\['www'\]\['auth'\] needs `client`: ")
        self.assertEqual(self.configured, 0)

    def test_a_provider_that_did_not_answer_lately_is_asked(self) -> None:
        """A service's lookup would fail at once, and the master would not start."""
        self.missing.error = None
        self.successResultOf(self.configure())
        spared: list[bool] = []

        def apply(_sibling: object) -> None:
            spared.append(self.secrets.spares_providers)

        service = _Service()
        self.successResultOf(self.secrets.configure(service, service, apply))
        self.assertEqual((self.missing.spared, spared), ([False], [True]))

    def test_a_master_that_runs_goes_on(self) -> None:
        self.missing.error = None
        self.successResultOf(self.configure())
        self.missing.error = SecretNotFound("client", ("files",))
        self.successResultOf(self.configure())
        self.assertEqual(self.configured, 2)

    def test_the_first_configuration_with_a_keychain_may_be_a_later_one(self) -> None:
        self.master.reconfig_active = 1.0
        self.successResultOf(self.configure())
        self.assertEqual(self.configured, 1)
