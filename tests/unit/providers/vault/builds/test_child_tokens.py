"""Children of the provider's token."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import AccessDenied, ConfigurationError, ProviderError
from buildbot_keychain.providers.vault.builds import AccessDependencies, VaultChildTokens
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    FakeServers,
    context,
    forbidden,
    refused,
    session_of,
    token_answer,
)

CREATE = "auth/token/create"
BUILD = Requester("build", builder="linux", build=3, branch="main", scope="build/17")


class ArgumentTests(SynchronousTestCase):
    """The arguments of `VaultChildTokens`."""

    def test_they_are_shown(self) -> None:
        self.assertEqual(
            repr(VaultChildTokens(["a"], role="r")), "VaultChildTokens(['a'], role='r', ttl=1200)"
        )

    def test_wrong_ones_are_refused(self) -> None:
        for make, reason in (
            (lambda: VaultChildTokens("ci"), "policies must be a list"),
            (lambda: VaultChildTokens(["ci-%(bulider)s"]), "%(bulider)s"),
            (lambda: VaultChildTokens([""]), "not blank"),
            (lambda: VaultChildTokens([5]), "of type int"),  # type: ignore[list-item]
            (lambda: VaultChildTokens(role="a/b"), "role"),
            (lambda: VaultChildTokens(ttl=1), "60 at least"),
        ):
            self.assertIn(reason, str(self.assertRaises(ConfigurationError, make)))


class OpenTests(SynchronousTestCase):
    """`VaultChildTokens.open`."""

    def open(self, access: VaultChildTokens, requester: Requester | None, **answers: Any) -> Any:
        servers: Any = FakeServers(**answers)
        self.servers = servers
        dependencies = AccessDependencies(
            "vault", session_of(servers), servers, succeed, Clock(), lambda: 0.0
        )
        return Deferred.fromCoroutine(access.open(dependencies, context(), requester))

    def error(self, access: VaultChildTokens, answer: Any, kind: type[Exception]) -> str:
        path = CREATE if access.role is None else f"{CREATE}/{access.role}"
        failure = self.failureResultOf(self.open(access, BUILD, **{path: answer}), kind)
        return str(failure.value)

    def test_a_child_that_may_do_what_the_provider_may(self) -> None:
        token = self.successResultOf(
            self.open(VaultChildTokens(), None, **{CREATE: token_answer()})
        )
        self.assertEqual((token.value, token.accessor), ("s.token", "accessor-of-s.token"))
        (sent,) = self.servers.sent
        self.assertEqual(sent.token, "s.own")
        self.assertNotIn("policies", sent.body)
        self.assertEqual((sent.body["ttl"], sent.body["display_name"]), ("1200s", "buildbot"))

    def test_a_child_of_a_role_with_policies_of_its_own(self) -> None:
        access = VaultChildTokens(["ci-%(builder)s", "default"], role="ci", ttl=60)
        self.successResultOf(self.open(access, BUILD, **{f"{CREATE}/ci": token_answer()}))
        (sent,) = self.servers.sent
        self.assertEqual(sent.body["policies"], ["ci-linux", "default"])
        self.assertEqual(sent.body["display_name"], "build-17")
        self.assertEqual(
            sent.body["meta"],
            {"builder": "linux", "build": "3", "branch": "main", "patched": "false"},
        )

    def test_what_is_refused(self) -> None:
        for access, answer, reason in (
            (VaultChildTokens(), forbidden(), "'update' on auth/token/create to the provider's"),
            (VaultChildTokens(role="ci"), forbidden(), "'update' on auth/token/create/ci to"),
            (VaultChildTokens(), refused(VaultRefusal.BAD_REQUEST), "or need a token role"),
            (VaultChildTokens(role="ci"), refused(VaultRefusal.BAD_REQUEST), "role 'ci' exists"),
            (VaultChildTokens(role="ci"), refused(VaultRefusal.NO_MOUNT), "has no mount there"),
        ):
            self.assertIn(reason, self.error(access, answer, AccessDenied))

    def test_a_token_that_cannot_be_revoked(self) -> None:
        answer = token_answer(accessor="")
        self.assertIn("batch token", self.error(VaultChildTokens(), answer, ProviderError))
