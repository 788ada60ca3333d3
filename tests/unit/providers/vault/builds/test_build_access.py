"""The facts about a requester that a server is given, and what both kinds of access share."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.vault.auth import Token
from buildbot_keychain.providers.vault.builds import VaultBuildJwt, VaultChildTokens
from buildbot_keychain.providers.vault.builds._build_access import (
    fill_in,
    revocable_token,
)
from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.providers.vault.transport import RequestContext


class BuildAccessTests(SynchronousTestCase):
    """What `VaultChildTokens` and `VaultBuildJwt` share."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.context = RequestContext("vault", "p", self.clock, 1.0)

    def test_they_compare_by_their_arguments(self) -> None:
        self.assertEqual(VaultChildTokens(["a"], role="r"), VaultChildTokens(("a",), role="r"))
        self.assertNotEqual(VaultChildTokens(["a"]), VaultChildTokens(["b"]))
        jwt = VaultBuildJwt("a", "key", issuer="i")
        self.assertNotEqual(VaultChildTokens(["a"]), jwt)
        self.assertEqual(hash(jwt), hash(VaultBuildJwt("a", "key", issuer="i")))

    def test_a_template_that_cannot_be_filled_in_is_an_error(self) -> None:
        requester = Requester("build", builder="linux")
        self.assertEqual(
            fill_in("ci-%(builder)s", requester, self.context, names="role"), "ci-linux"
        )
        error = self.assertRaises(
            ProviderError, fill_in, "%(branch)s", requester, self.context, names="role"
        )
        self.assertIn("needs the branch", str(error))

    def test_a_token_without_an_accessor_cannot_be_revoked(self) -> None:
        auth = {"client_token": "s.token", "accessor": "a", "lease_duration": 60}
        token = revocable_token({"auth": auth}, self.clock, self.context)
        self.assertEqual(token, Token("s.token", Term(0.0, 60.0, False, 60.0), "a"))
        answers: tuple[dict[str, object], ...] = ({}, {"auth": {**auth, "accessor": ""}})
        for answer in answers:
            error = self.assertRaises(
                ProviderError, revocable_token, answer, self.clock, self.context
            )
            self.assertIn("cannot be revoked", str(error))
            self.assertNotIn("s.token", str(error))
