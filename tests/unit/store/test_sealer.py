from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    DamagedBox,
    NotABox,
    StoreError,
    StoreRolledBack,
    WrongKey,
)
from buildbot_keychain.store.envelope import Kind, Purpose, pad, seal
from buildbot_keychain.store.sealer import is_sealed
from tests.support.sealers import KEY, STORE_ID, ReportingSealer

CANARY = "s3cr3t-canary"


class SealTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.sealer = ReportingSealer()

    def test_what_is_sealed_comes_back(self) -> None:
        for value in (CANARY, "", "ä\n\x00", b"", b"\xff\x00", CANARY.encode()):
            sealed = self.sealer.seal("token", value)
            self.assertEqual(self.sealer.unseal("token", sealed), value)
            self.assertTrue(is_sealed(sealed))
            self.assertTrue(sealed.isascii())
            self.assertNotIn(CANARY, sealed)

    @settings(max_examples=200, deadline=None)
    @given(
        st.text(st.characters(codec="utf-8")) | st.binary(),
        st.text(st.characters(codec="utf-8")),
        st.integers(0, (1 << 63) - 1),
    )
    def test_any_value_field_and_counter(
        self, value: str | bytes, field: str, counter: int
    ) -> None:
        sealed = self.sealer.seal(field, value, counter)
        self.assertEqual(self.sealer.unseal(field, sealed, oldest=counter), value)

    def test_two_seals_of_a_value_differ(self) -> None:
        self.assertNotEqual(self.sealer.seal("a", CANARY), self.sealer.seal("a", CANARY))

    def test_its_length_says_little(self) -> None:
        lengths = {len(self.sealer.seal("a", "x" * length)) for length in range(252)}
        self.assertEqual(len(lengths), 1)

    def test_the_format(self) -> None:
        """As docs/reference/store-format.md describes it."""
        context = [STORE_ID, b"plug-in", b"token", b"service", (7).to_bytes(8, "big")]
        box = seal(KEY, Purpose.FIELD, context, pad(Kind.TEXT, CANARY.encode()))
        text = f"bbk1:7:{urlsafe_b64encode(box).decode().rstrip('=')}"
        self.assertEqual(self.sealer.unseal("token", text), CANARY)

    def test_values_and_counters_that_cannot_be(self) -> None:
        self.assertRaises(ValueError, self.sealer.seal, "a", f"{CANARY}\ud800")
        for counter in (-1, 1 << 63):
            self.assertRaises(ValueError, self.sealer.seal, "a", CANARY, counter)
        self.assertEqual(self.sealer.writes.places, set())

    def test_it_shows_no_key(self) -> None:
        self.assertEqual(repr(self.sealer), "Sealer('plug-in', 'service')")


class UnsealTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.sealer = ReportingSealer()
        self.sealed = self.sealer.seal("token", CANARY, 3)

    def error(self, kind: type[StoreError], sealer: ReportingSealer, field: str, text: str) -> str:
        error = self.assertRaises(kind, sealer.unseal, field, text)
        self.assertNotIn(CANARY, str(error))
        self.assertIs(type(error), kind)
        return str(error)

    def test_it_opens_in_its_place_only(self) -> None:
        message = self.error(DamagedBox, self.sealer, "other", self.sealed)
        self.assertIn("the field 'other' of 'service': it was changed, or moved", message)
        for sealer in (
            ReportingSealer("other"),
            ReportingSealer(owner="other"),
            ReportingSealer(store_id=b"o" * 16),
        ):
            self.error(DamagedBox, sealer, "token", self.sealed)
        self.error(WrongKey, ReportingSealer(key=b"o" * 32), "token", self.sealed)

    def test_names_are_kept_apart(self) -> None:
        sealed = ReportingSealer("a", "bc").seal("d", CANARY)
        self.error(DamagedBox, ReportingSealer("ab", "c"), "d", sealed)
        self.error(DamagedBox, ReportingSealer("a", "d"), "bc", sealed)

    def test_every_changed_bit_is_noticed(self) -> None:
        prefix, counter, encoded = self.sealed.split(":")
        box = bytearray(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        for bit in range(0, len(box) * 8, 7):
            box[bit // 8] ^= 1 << bit % 8
            text = f"{prefix}:{counter}:{urlsafe_b64encode(box).decode().rstrip('=')}"
            self.assertRaises(StoreError, self.sealer.unseal, "token", text)
            box[bit // 8] ^= 1 << bit % 8

    def test_a_changed_counter_is_noticed(self) -> None:
        for counter in ("4", "0", "33"):
            text = self.sealed.replace(":3:", f":{counter}:")
            self.error(DamagedBox, self.sealer, "token", text)

    def test_what_is_not_of_that_form(self) -> None:
        for text in ("bbk1:", "bbk1:3:", self.sealed + "=", self.sealed + "\n", self.sealed[:13]):
            self.error(NotABox, self.sealer, "token", text)
        for counter in ("03", "-3", "", "x", str(1 << 63), "9" * 50):
            text = self.sealed.replace(":3:", f":{counter}:")
            self.error(NotABox, self.sealer, "token", text)

    def test_an_older_text_is_refused_where_the_counter_is_known(self) -> None:
        self.assertEqual(self.sealer.unseal("token", self.sealed, oldest=3), CANARY)
        error = self.assertRaises(
            StoreRolledBack, self.sealer.unseal, "token", self.sealed, oldest=4
        )
        self.assertIn("the field 'token' of 'service' is older than it was", str(error))


class PlainTextTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.sealer = ReportingSealer()

    def test_a_plain_text_is_refused(self) -> None:
        for text in (CANARY, "", "BBK1:0:x"):
            error = self.assertRaises(NotABox, self.sealer.unseal, "token", text)
            self.assertIn("is not sealed; accept a plain text once with migrate=True", str(error))
            self.assertNotIn(CANARY, str(error))

    def test_it_is_accepted_and_reported_for_a_migration(self) -> None:
        for _ in range(2):
            self.assertEqual(self.sealer.unseal("token", CANARY, migrate=True), CANARY)
        report = "the field 'token' of 'service' is a plain text, which is sealed when it is saved"
        self.assertEqual(self.sealer.reported, [report] * 2)

    def test_not_after_the_field_was_sealed(self) -> None:
        self.sealer.seal("token", CANARY)
        error = self.assertRaises(NotABox, self.sealer.unseal, "token", CANARY, migrate=True)
        self.assertIn("was before: somebody has replaced it", str(error))
        self.assertEqual(self.sealer.reported, [])
        self.assertEqual(self.sealer.unseal("other", CANARY, migrate=True), CANARY)

    def test_what_claims_to_be_sealed_is_no_plain_text(self) -> None:
        self.assertRaises(NotABox, self.sealer.unseal, "token", "bbk1:x", migrate=True)
