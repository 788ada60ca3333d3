from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.auth._token import Token, is_token, looked_up, token_of


def answer(**auth: object) -> dict[str, object]:
    return {"auth": {"client_token": "s.token", **auth}}


class TokenTests(SynchronousTestCase):
    def test_of_a_login(self) -> None:
        token = token_of(answer(lease_duration=60, renewable=True), 100.0)
        assert token is not None
        self.assertEqual(token.due(), 120.0)
        self.assertTrue(token.can_be_renewed)
        self.assertFalse(token.has_ended(159.9))
        self.assertTrue(token.has_ended(160.0))

    def test_for_ever(self) -> None:
        token = token_of(answer(lease_duration=0, renewable=False), 100.0)
        assert token is not None
        self.assertIsNone(token.due())
        self.assertFalse(token.has_ended(1e12))

    def test_renewing_ends_where_it_gains_less_than_half(self) -> None:
        first = token_of(answer(lease_duration=60, renewable=True), 0.0)
        for ttl, goes_on in ((60, True), (31, True), (30, False), (1, False)):
            renewed = token_of(answer(lease_duration=ttl, renewable=True), 20.0, before=first)
            assert renewed is not None
            self.assertIs(renewed.can_be_renewed, goes_on)

    def test_a_login_that_wants_more_gives_none(self) -> None:
        odds: list[dict[str, object]] = [{}, {"auth": None}, {"auth": {}}]
        odds += [answer(client_token=odd) for odd in ("", "a b", None)]
        for odd in odds:
            self.assertIsNone(token_of(odd, 0.0))

    def test_of_a_token_that_was_looked_up(self) -> None:
        token = looked_up("s.token", {"data": {"ttl": 60, "renewable": True}}, 5.0)
        self.assertEqual(token, Token("s.token", 5.0, 60.0, renewable=True, first_ttl=60.0))
        self.assertIsNone(looked_up("s.token", {}, 5.0).due())

    def test_it_is_not_shown(self) -> None:
        self.assertNotIn("s.token", repr(Token("s.token", 0.0)))

    def test_what_can_be_sent(self) -> None:
        for token in ("s.abc", "hvs.CAES_-x", "00000000-0000-0000-0000-000000000000"):
            self.assertTrue(is_token(token))
        for other in ("", " ", "a b", "a\n", "a\r\nX: y", "ü", "a\0", None, b"a"):
            self.assertFalse(is_token(other), ascii(other))
