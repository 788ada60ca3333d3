"""Key pairs that sign tokens."""

from __future__ import annotations

import jwt
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.signing_keys import make_private_key, public_key_of


class SigningKeyTests(SynchronousTestCase):
    def test_of_every_algorithm(self) -> None:
        for algorithm in ("EdDSA", "ES256", "ES384", "ES512", "RS256", "PS256"):
            private = make_private_key(algorithm)
            self.assertNotEqual(private, make_private_key(algorithm))
            token = jwt.encode({"a": 1}, private, algorithm)
            self.assertEqual(jwt.decode(token, public_key_of(private), [algorithm]), {"a": 1})

    def test_what_is_not_a_private_key(self) -> None:
        for text in ("", "canary", public_key_of(make_private_key("EdDSA"))):
            error = self.assertRaises(ValueError, public_key_of, text)
            self.assertNotIn("canary", str(error))
