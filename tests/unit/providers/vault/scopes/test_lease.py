"""What an engine's answer holds, and for how long."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import InvalidSecret, ProviderError
from buildbot_keychain.providers.vault.scopes._lease import Lease, parse_lease
from buildbot_keychain.providers.vault.secrets._names import DynamicName
from buildbot_keychain.providers.vault.transport._request_context import RequestContext


def answer(**more: Any) -> dict[str, Any]:
    return {"lease_id": "l/1", "lease_duration": 90, "renewable": True, "data": {"a": "b"}, **more}


def leased(**more: Any) -> Lease:
    lease = parse_lease(answer(**more), now=10.0, wall_clock=1000.0)
    assert lease is not None
    return lease


class LeaseTests(SynchronousTestCase):
    """`Lease`."""

    def text(self, lease: Lease, field: str | None) -> str:
        context = RequestContext("vault", "p", Clock(), 1.0)
        return lease.text(DynamicName("p", None, field), context)

    def test_it_is_renewed_before_half_of_its_life_is_gone(self) -> None:
        lease = leased()
        due = lease.term.due
        assert due is not None
        self.assertTrue(10.0 < due < 55.0)
        self.assertFalse(lease.term.has_ended(99.9))
        self.assertTrue(lease.term.has_ended(100.0))
        renewed = lease.renewed({"lease_duration": 90, "renewable": True}, 50.0)
        self.assertEqual(
            (renewed.term.obtained, renewed.id, renewed.fields), (50.0, "l/1", {"a": "b"})
        )

    def test_near_its_longest_life_it_is_left_to_end(self) -> None:
        last = leased().renewed({"lease_duration": 30, "renewable": True}, 50.0)
        self.assertFalse(last.term.can_be_renewed)
        self.assertTrue(last.term.has_ended(80.0))
        self.assertFalse(leased(renewable=False).term.can_be_renewed)
        self.assertFalse(leased(lease_id="").term.can_be_renewed)

    def test_what_has_no_lease_may_say_when_it_ends(self) -> None:
        data = {"certificate": "c", "expiration": 1600}
        self.assertEqual(leased(lease_id="", lease_duration=0, data=data).term.ttl, 600.0)
        self.assertEqual(leased(lease_id="", lease_duration=0).term.ttl, 0.0)
        self.assertFalse(leased(lease_id="", lease_duration=0).term.has_ended(1e9))

    def test_no_answer_is_no_lease(self) -> None:
        nothing: tuple[Any, ...] = (None, {}, "text", [])
        for data in nothing:
            self.assertIsNone(parse_lease(answer(data=data), 0.0, 0.0))

    def test_fields(self) -> None:
        lease = leased(data={"one": "1", "chain": ["x", "y"], "number": 3})
        self.assertEqual(self.text(lease, "one"), "1")
        self.assertEqual(self.text(lease, "chain"), "x\ny")
        self.assertEqual(self.text(leased(), None), "b")
        self.assertRaises(InvalidSecret, self.text, lease, "number")
        for field in (None, "two"):
            error = self.assertRaises(ProviderError, self.text, lease, field)
            self.assertIn("chain, number, one", str(error))

    def test_it_shows_no_field(self) -> None:
        self.assertNotIn("canary", repr(leased(data={"password": "canary"})))
