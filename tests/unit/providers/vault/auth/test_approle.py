"""AppRole, and secret-ids that come wrapped."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import SECRET_ID, Expiry
from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.providers.vault.auth import Token, VaultAuthenticatorApprole
from buildbot_keychain.providers.vault.auth._login import Login
from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    FakeServers,
    Sent,
    context,
    forbidden,
    refused,
    token_answer,
)

LOGIN, LOOKUP, UNWRAP = "auth/approle/login", "sys/wrapping/lookup", "sys/wrapping/unwrap"


class ApproleTests(SynchronousTestCase):
    """`VaultAuthenticatorApprole.log_in`."""

    def setUp(self) -> None:
        self.servers = FakeServers(
            **{
                LOGIN: token_answer(),
                LOOKUP: {"data": {"creation_path": "auth/approle/role/ci/secret-id"}},
                UNWRAP: {"data": {"secret_id": "unwrapped"}},
            }
        )
        self.memory: dict[str, Any] = {}

    def log_in(self, **arguments: Any) -> Deferred[Any]:
        servers: Any = self.servers
        login = Login(servers, context(), succeed, Clock(), self.memory)
        authenticator = VaultAuthenticatorApprole(" role\n", **arguments)
        return Deferred.fromCoroutine(authenticator.log_in(login))

    def logged_in_with(self) -> Any:
        return self.servers.sent[-1].body

    def test_with_a_secret_id(self) -> None:
        token = self.successResultOf(self.log_in(secret_id="secret\n"))
        self.assertEqual(token.value, "s.token")
        self.assertEqual(self.logged_in_with(), {"role_id": "role", "secret_id": "secret"})

    def test_without_one(self) -> None:
        self.successResultOf(self.log_in())
        self.assertEqual(self.logged_in_with(), {"role_id": "role", "secret_id": None})

    def expiries(self, **arguments: Any) -> Any:
        servers: Any = self.servers
        login = Login(servers, context(), succeed, Clock(), self.memory)
        authenticator = VaultAuthenticatorApprole("role", **arguments)
        token = Token("s.own", Term(0.0))
        return self.successResultOf(Deferred.fromCoroutine(authenticator.expiries(login, token)))

    def test_it_is_known_when_the_secret_id_of_a_named_role_ends(self) -> None:
        path = "auth/approle/role/ci/secret-id/lookup"
        times = {"creation_time": "2023-11-14T22:13:20Z", "expiration_time": "2023-11-15T22:13:20Z"}
        self.servers.answers[path] = {"data": times}
        remedy = "give the provider another one: the secret-id is of the role ci"
        expiry = Expiry(SECRET_ID, "the secret-id", 1_700_086_400.0, remedy, 86_400.0)
        self.assertEqual(self.expiries(secret_id="secret", role_name="ci"), [expiry])
        sent = self.servers.sent[-1]
        self.assertEqual((sent.token, sent.body), ("s.own", {"secret_id": "secret"}))
        self.assertEqual(self.expiries(secret_id="secret"), [])
        self.assertEqual(self.expiries(role_name="ci"), [])
        times["expiration_time"] = "0001-01-01T00:00:00Z"
        self.assertEqual(self.expiries(secret_id="secret", role_name="ci"), [])
        self.servers.answers[path] = forbidden()
        self.assertEqual(self.expiries(secret_id="secret", role_name="ci"), [])
        self.memory["secret_id"] = (b"digest", "unwrapped")
        self.expiries(secret_id="wrapping", wrapped=True, role_name="ci")
        self.assertEqual(self.servers.sent[-1].body, {"secret_id": "unwrapped"})

    def test_a_wrapped_one_is_checked_and_unwrapped_once(self) -> None:
        for _ in range(2):
            self.successResultOf(self.log_in(secret_id="wrapping", wrapped=True))
            self.assertEqual(self.logged_in_with()["secret_id"], "unwrapped")
        self.assertEqual(self.servers.paths(), [LOOKUP, UNWRAP, LOGIN, LOGIN])
        self.assertEqual(self.servers.sent[0].body, {"token": "wrapping"})
        self.assertEqual(self.servers.sent[1], Sent(UNWRAP, "wrapping", {}, False))

    def test_another_wrapping_token_is_unwrapped_too(self) -> None:
        self.successResultOf(self.log_in(secret_id="wrapping", wrapped=True))
        self.successResultOf(self.log_in(secret_id="another", wrapped=True))
        self.assertEqual(self.servers.paths().count(UNWRAP), 2)

    def test_one_that_was_unwrapped_before_is_an_alarm(self) -> None:
        self.servers.answers[LOOKUP] = refused(VaultRefusal.BAD_REQUEST)
        failure = self.failureResultOf(
            self.log_in(secret_id="wrapping", wrapped=True), AccessDenied
        )
        self.assertIn("somebody has the secret-id", failure.getErrorMessage())
        self.assertEqual(self.servers.paths(), [LOOKUP])

    def test_one_that_somebody_else_made_is_not_unwrapped(self) -> None:
        for made, role_name in (
            ("sys/wrapping/wrap", None),
            ("auth/approle/role/other/secret-id", "ci"),
            ("auth/other/role/ci/secret-id", None),
            ("auth/approle/role/a/b/secret-id", None),
        ):
            self.servers.answers[LOOKUP] = {"data": {"creation_path": made}}
            failure = self.failureResultOf(
                self.log_in(secret_id="wrapping", wrapped=True, role_name=role_name), AccessDenied
            )
            self.assertIn(f"was made by '{made}'", failure.getErrorMessage())
        self.assertNotIn(UNWRAP, self.servers.paths())

    def test_one_without_a_secret_id(self) -> None:
        self.servers.answers[UNWRAP] = {"data": {}}
        failure = self.failureResultOf(
            self.log_in(secret_id="wrapping", wrapped=True), AccessDenied
        )
        self.assertIn("does not hold a secret-id", failure.getErrorMessage())
