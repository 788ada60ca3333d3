from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.www.auth import (
    CustomAuth,
    HTPasswdAuth,
    NoAuth,
    RemoteUserAuth,
    UserInfoProviderBase,
    UserPasswordAuth,
)
from buildbot.www.oauth2 import GitHubAuth
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www._accounts import account_of


class Directory(UserInfoProviderBase):
    """As LDAP is one: it knows who there is, and the groups of this moment."""

    def getUserInfo(self, username: str) -> Deferred[dict[str, Any]]:
        if username != "rolf":
            return fail(KeyError(username))
        return succeed({"email": "rolf@example.org", "groups": ["release"]})


class Own(CustomAuth):
    def check_credentials(self, username: bytes, password: bytes) -> bool:
        return True


class AccountTests(SynchronousTestCase):
    def account(self, auth: Any, name: str = "rolf") -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.successResultOf(
            Deferred.fromCoroutine(account_of(auth, name))
        )
        return found

    def test_of_a_list_of_passwords(self) -> None:
        auth = UserPasswordAuth({"rolf": "pw"})
        self.assertEqual(self.account(auth), {"username": "rolf", "email": "rolf"})
        self.assertIsNone(self.account(auth, "nina"))

    def test_of_a_file_of_passwords(self) -> None:
        path = Path(self.mktemp())
        path.write_text("rolf:x\n")
        auth = HTPasswdAuth(str(path))
        self.assertEqual(self.account(auth), {"username": "rolf", "email": "rolf"})
        self.assertIsNone(self.account(auth, "nina"))

    def test_of_a_directory(self) -> None:
        for auth in (
            RemoteUserAuth(userInfoProvider=Directory()),
            Own(userInfoProvider=Directory()),
            UserPasswordAuth({"rolf": "pw", "nina": "pw"}, userInfoProvider=Directory()),
        ):
            account = self.account(auth)
            assert account is not None
            self.assertEqual(account["groups"], ["release"])
            self.assertIsNone(self.account(auth, "nina"))

    def test_where_nobody_can_tell(self) -> None:
        for auth in (RemoteUserAuth(), Own(), NoAuth(), GitHubAuth("id", "secret")):
            self.assertIsNone(self.account(auth))
