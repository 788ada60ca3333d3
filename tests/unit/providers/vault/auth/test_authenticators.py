from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.plugins import util
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers import vault
from buildbot_keychain.providers.vault import (
    VaultAuthenticatorApprole,
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
)
from buildbot_keychain.providers.vault.auth._login import Login
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.vault.fake_servers import (
    LOOKUP_SELF,
    FakeServers,
    Sent,
    context,
    token_answer,
)

HIDDEN = "correct-horse"


def each(secret: Any, mount: str = "there") -> list[Any]:
    return [
        VaultAuthenticatorToken(secret),
        VaultAuthenticatorTokenFile("/run/token"),
        VaultAuthenticatorApprole(secret, secret, mount=mount),
        VaultAuthenticatorApprole(secret, secret, wrapped=True, role_name="r", mount=mount),
        VaultAuthenticatorKubernetes("r", mount=mount),
        VaultAuthenticatorJwt("r", secret, mount=mount),
        VaultAuthenticatorCert("r", mount=mount),
        VaultAuthenticatorUserpass("u", secret, mount=mount),
        VaultAuthenticatorLdap("u", secret, mount=mount),
    ]


class AuthenticatorTests(SynchronousTestCase):
    def test_the_list_is_complete(self) -> None:
        names = {name for name in vault.__all__ if name.startswith("VaultAuthenticator")}
        self.assertEqual({type(one).__name__ for one in each("x")}, names)

    def test_they_compare_by_what_they_say(self) -> None:
        for secret in ("x", Secret("file!x"), Interpolate("%(secret:x)s")):
            for left in each(secret):
                same = [right for right in each(secret) if left == right]
                self.assertEqual(len(same), 1, left)
                self.assertEqual(hash(left), hash(same[0]))
        for one, other in zip(each("x"), each("y"), strict=True):
            has_secret = type(one) not in {
                VaultAuthenticatorTokenFile,
                VaultAuthenticatorKubernetes,
                VaultAuthenticatorCert,
            }
            self.assertIs(one != other, has_secret, one)
        self.assertNotEqual(each(Secret("a"))[0], each(Secret("b"))[0])

    def test_they_show_nothing_secret(self) -> None:
        for authenticator in each(HIDDEN):
            for text in (repr(authenticator), str(authenticator), f"{authenticator}"):
                self.assertNotIn(HIDDEN, text)
        shown = repr(VaultAuthenticatorApprole(HIDDEN, HIDDEN, mount="ci/roles"))
        self.assertEqual(
            shown, "VaultAuthenticatorApprole(wrapped=False, role_name=None, mount='ci/roles')"
        )

    def test_arguments_are_checked_and_not_shown(self) -> None:
        for make, option in (
            (lambda: VaultAuthenticatorToken(None), "token"),
            (lambda: VaultAuthenticatorToken(" "), "token"),
            (lambda: VaultAuthenticatorToken(f"{HIDDEN} two"), "token"),
            (lambda: VaultAuthenticatorToken(HIDDEN.encode()), "token"),
            (lambda: VaultAuthenticatorTokenFile(""), "path"),
            (lambda: VaultAuthenticatorTokenFile(Secret("x")), "path"),  # type: ignore[arg-type]
            (lambda: VaultAuthenticatorApprole(None, HIDDEN), "role_id"),
            (lambda: VaultAuthenticatorApprole(HIDDEN, ""), "secret_id"),
            (lambda: VaultAuthenticatorApprole(HIDDEN, wrapped=True), "secret_id"),
            (lambda: VaultAuthenticatorApprole(HIDDEN, HIDDEN, wrapped=1), "wrapped"),  # type: ignore[arg-type]
            (lambda: VaultAuthenticatorApprole(HIDDEN, HIDDEN, mount="../sys"), "mount"),
            (lambda: VaultAuthenticatorApprole(HIDDEN, HIDDEN, mount="a?b"), "mount"),
            (lambda: VaultAuthenticatorApprole(HIDDEN, HIDDEN, role_name="a/b"), "role_name"),
            (lambda: VaultAuthenticatorKubernetes(""), "role"),
            (lambda: VaultAuthenticatorKubernetes("r", jwt_path=""), "jwt_path"),
            (lambda: VaultAuthenticatorJwt("r", None), "jwt"),
            (lambda: VaultAuthenticatorUserpass("..", HIDDEN), "username"),
            (lambda: VaultAuthenticatorUserpass("u", 5), "password"),
        ):
            error = self.assertRaises(ConfigurationError, make)
            self.assertRegex(str(error), f": {option} (must be|is blank)")
            self.assertNotIn(HIDDEN, str(error))

    def test_renderables_of_buildbots_that_compare_to_no_bool_are_different(self) -> None:
        one, other = (VaultAuthenticatorToken(util.Interpolate("%(secret:x)s")) for _ in "ab")
        self.assertNotEqual(one, other)
        self.assertEqual(one, one)
        self.assertEqual(hash(one), hash(other))


class LogInTests(SynchronousTestCase):
    """The request that each way to log in makes."""

    def log_in(self, authenticator: Any, servers: FakeServers) -> Any:
        untyped: Any = servers
        login = Login(untyped, context(), succeed, Clock(), {})
        return self.successResultOf(Deferred.fromCoroutine(authenticator.log_in(login)))

    def file(self, text: str) -> str:
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

    def test_requests(self) -> None:
        for authenticator, path, body in (
            (
                VaultAuthenticatorKubernetes("r", jwt_path=self.file(" e.y.J\n")),
                "auth/kubernetes/login",
                {"role": "r", "jwt": "e.y.J"},
            ),
            (
                VaultAuthenticatorJwt("r", "e.y.J\n", mount="oidc"),
                "auth/oidc/login",
                {"role": "r", "jwt": "e.y.J"},
            ),
            (VaultAuthenticatorCert(), "auth/cert/login", {}),
            (VaultAuthenticatorCert("r", mount="ci/cert"), "auth/ci/cert/login", {"name": "r"}),
            (VaultAuthenticatorUserpass("u", " p "), "auth/userpass/login/u", {"password": " p "}),
            (VaultAuthenticatorLdap("u.v", "p"), "auth/ldap/login/u.v", {"password": "p"}),
        ):
            servers = FakeServers(**{path: token_answer()})
            token = self.log_in(authenticator, servers)
            self.assertEqual(token.value, "s.token")
            self.assertEqual(servers.sent, [Sent(path, "", body, False)])

    def test_tokens_that_exist(self) -> None:
        path = self.file("s.given\n")
        Path(path).chmod(0o600)
        for authenticator in (
            VaultAuthenticatorToken("s.given\n"),
            VaultAuthenticatorTokenFile(path),
        ):
            servers = FakeServers(**{LOOKUP_SELF: {"data": {"ttl": 5}}})
            self.assertEqual(self.log_in(authenticator, servers).value, "s.given")
            self.assertEqual(servers.sent, [Sent(LOOKUP_SELF, "s.given")])

    def test_the_stamp_of_a_file_changes_with_it(self) -> None:
        path = Path(self.mktemp())
        authenticator = VaultAuthenticatorTokenFile(path)
        stamps = [authenticator.file_stamp()]
        for text in ("one", "longer"):
            path.write_text(text)
            stamps.append(authenticator.file_stamp())
        self.assertEqual(len(set(stamps)), 3)
        self.assertEqual(authenticator.file_stamp(), stamps[-1])
        self.assertIsNone(VaultAuthenticatorToken("s.given").file_stamp())
