from __future__ import annotations

from dataclasses import replace

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.attention import (
    CERTIFICATE,
    EXPIRED,
    EXPIRES,
    SECRET,
    TOO_OLD,
    Attention,
    AttentionList,
)
from buildbot_keychain.audit import AuditTrail, Event, Warned
from buildbot_keychain.redaction import Redactor
from tests.support.logged import lines_logged

DAY = 86_400.0

CLIENT = Attention(CERTIFICATE, EXPIRES, "vault", "/etc/client.pem", 20 * DAY, "replace the file")
OLD = Attention(SECRET, TOO_OLD, "files", "token", 5 * DAY, "store a new value")


class AttentionListTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        trail = AuditTrail(Redactor(), reactor=self.clock)
        self.events: list[Event] = []
        trail.observe(self.events.append)
        self.attention = AttentionList(trail, self.clock.seconds)
        self.logged = lines_logged(self)

    def warnings(self) -> list[str]:
        found = self.logged[:]
        self.logged.clear()
        return found

    def test_what_is_new_is_warned_of_once_and_again_each_day(self) -> None:
        self.clock.advance(10 * DAY)
        self.attention.put("vault", [CLIENT])
        self.assertEqual(
            " ".join(self.warnings()),
            "provider 'vault': the certificate '/etc/client.pem' expires on 1970-01-21 00:00 UTC; "
            "replace the file",
        )
        event = Warned(
            EXPIRES,
            CERTIFICATE,
            provider="vault",
            detail="/etc/client.pem",
            when=20 * DAY,
            remedy="replace the file",
        )
        self.assertEqual(self.events, [event])
        for hours, warned in ((1, 0), (22, 0), (1, 1), (23, 0), (1, 1)):
            self.clock.advance(hours * 3600)
            self.attention.put("vault", [CLIENT])
            self.assertEqual(len(self.warnings()), warned)
        self.assertEqual(self.events, [event])
        self.assertEqual(self.attention.items, (replace(CLIENT, since=10 * DAY),))

    def test_what_becomes_worse_is_new(self) -> None:
        self.attention.put("vault", [CLIENT])
        self.warnings()
        self.attention.put("vault", [replace(CLIENT, problem=EXPIRED)])
        self.assertIn("has expired on 1970-01-21", self.warnings()[0])
        self.assertEqual([vars(event)["problem"] for event in self.events], [EXPIRES, EXPIRED])

    def test_what_is_mended_is_gone_and_new_when_it_is_back(self) -> None:
        self.attention.put("vault", [CLIENT])
        self.attention.put("files", [OLD])
        self.assertEqual([item.provider for item in self.attention.items], ["files", "vault"])
        self.assertIn("the secret 'token' is too old since 1970-01-06", self.warnings()[1])
        self.attention.put("vault", [])
        self.assertEqual(self.attention.items, (OLD,))
        self.attention.put("vault", [CLIENT])
        self.assertEqual(len(self.warnings()), 1)
        self.attention.keep(["vault", "other"])
        self.assertEqual(self.attention.items, (CLIENT,))
        secret = Warned(TOO_OLD, SECRET, "token", "files", "", 5 * DAY, "store a new value")
        self.assertEqual(self.events[1], secret)
