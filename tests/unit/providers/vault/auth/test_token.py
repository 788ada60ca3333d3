"""Tokens: how they are read from answers, and what can be sent as one."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.auth._token import (
    Token,
    is_token,
    looked_up_token,
    parse_renewed_token,
    parse_token,
)
from buildbot_keychain.providers.vault.renewal import Term


def answer(**auth: object) -> dict[str, object]:
    return {"auth": {"client_token": "s.token", **auth}}


class TokenTests(SynchronousTestCase):
    """Tokens in answers."""

    def test_of_a_login(self) -> None:
        token = parse_token(answer(lease_duration=60, renewable=True, accessor="a"), 100.0)
        self.assertEqual(token, Token("s.token", Term(100.0, 60.0, True, 60.0), "a"))

    def test_without_an_end(self) -> None:
        token = parse_token(answer(lease_duration=0, renewable=False), 100.0)
        self.assertEqual(token, Token("s.token", Term(100.0)))

    def test_of_a_renewal(self) -> None:
        token = Token("s.token", Term(0.0, 60.0, True, 60.0), "a")
        renewed = parse_renewed_token(token, answer(lease_duration=40, renewable=True), 20.0)
        self.assertEqual(renewed, Token("s.token", Term(20.0, 40.0, True, 60.0), "a"))
        self.assertIsNone(parse_renewed_token(token, {}, 20.0))

    def test_a_login_that_wants_more_returns_none(self) -> None:
        odds: list[dict[str, object]] = [{}, {"auth": None}, {"auth": {}}]
        odds += [answer(client_token=odd) for odd in ("", "a b", None)]
        for odd in odds:
            self.assertIsNone(parse_token(odd, 0.0))

    def test_of_a_token_that_was_looked_up(self) -> None:
        token = looked_up_token("s.token", {"data": {"ttl": 60, "renewable": True}}, 5.0)
        self.assertEqual(token, Token("s.token", Term(5.0, 60.0, True, 60.0)))
        self.assertEqual(looked_up_token("s.token", {}, 5.0).term, Term(5.0))

    def test_it_is_not_shown(self) -> None:
        self.assertNotIn("s.token", repr(Token("s.token", Term(0.0))))

    def test_what_can_be_sent(self) -> None:
        for token in ("s.abc", "hvs.CAES_-x", "00000000-0000-0000-0000-000000000000"):
            self.assertTrue(is_token(token))
        for other in ("", " ", "a b", "a\n", "a\r\nX: y", "ü", "a\0", None, b"a"):
            self.assertFalse(is_token(other), ascii(other))
