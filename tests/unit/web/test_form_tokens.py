from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import Refused
from buildbot_keychain.web._form_tokens import LIFE, FormTokens


class FormTokenTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.tokens = FormTokens(b"key", self.clock.seconds)
        self.token = self.tokens.make(b"session", "decide", "1", "d1")

    def check(self, token: str, session: bytes = b"session", *purpose: str) -> None:
        self.tokens.check(token, session, *(purpose or ("decide", "1", "d1")))

    def test_it_holds_for_its_session_and_purpose(self) -> None:
        self.check(self.token)

    def test_it_holds_for_no_other_session_purpose_or_key(self) -> None:
        self.assertRaises(Refused, self.check, self.token, b"another")
        for purpose in (("decide", "2", "d1"), ("decide", "1", "d2"), ("decide", "1d", "1")):
            self.assertRaises(Refused, self.check, self.token, b"session", *purpose)
        others = FormTokens(b"another key", self.clock.seconds)
        token = others.make(b"session", "decide", "1", "d1")
        self.assertRaises(Refused, self.check, token)

    def test_it_expires_and_its_expiry_cannot_be_changed(self) -> None:
        expiry, _, code = self.token.partition(".")
        self.assertRaises(Refused, self.check, f"{int(expiry) + 1}.{code}")
        self.clock.advance(LIFE - 1)
        self.check(self.token)
        self.clock.advance(1)
        self.assertRaises(Refused, self.check, self.token)

    def test_garbage_is_refused(self) -> None:
        for token in ("", ".", "x.y", "1.", f"{self.token}0", "9" * 5000, "1.\xe9", "\u0661.x"):
            self.assertRaises(Refused, self.check, token)
