from __future__ import annotations

import pyrage
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.exports import ExportError, age_file, sops_arguments
from buildbot_keychain.store.recipients import not_a_recipient
from buildbot_keychain.store.wraps import AgeRecipient


class RecipientTests(SynchronousTestCase):
    def test_a_public_key_is_quoted(self) -> None:
        for text in ("age1nothing", "ssh-rsa"):
            self.assertIn(f"{text!r} is not a public key", not_a_recipient(text))

    def test_a_private_key_that_is_given_by_mistake_is_not_shown(self) -> None:
        private = str(pyrage.x25519.Identity.generate())
        for text in (
            private,
            private.lower(),
            f" {private}",
            f"age1x,{private}",
            f"ssh-rsa {private}",
            f"-----BEGIN OPENSSH PRIVATE KEY-----\n{private}",
        ):
            for kind, refuse in (
                (KeyRingError, lambda text=text: AgeRecipient(text)),
                (ExportError, lambda text=text: age_file([], [text])),
                (ExportError, lambda text=text: sops_arguments([f",{text}"], "json")),
            ):
                error = self.assertRaises(kind, refuse)
                self.assertNotIn(private[20:40].lower(), f"{error}{error.__cause__}".lower())
