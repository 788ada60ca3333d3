"""Boxes: vectors in both directions, properties, and attacks.

`KEYCHAIN_FUZZ_EXAMPLES` sets the number of examples of each property (default 20).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given, settings
from hypothesis import strategies as st

from buildbot_keychain.errors import DamagedBox, StoreError, WrongKey
from buildbot_keychain.store import envelope
from buildbot_keychain.store.envelope import (
    HEADER_LENGTH,
    OVERHEAD,
    Kind,
    Purpose,
    encode_fields,
    key_id,
    key_id_of,
    open_box,
    pad,
    seal,
    unpad,
)

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="ascii"))
EXAMPLES = int(os.environ.get("KEYCHAIN_FUZZ_EXAMPLES", "20"))
budget = settings(max_examples=EXAMPLES, deadline=None, database=None)

KEYS = st.binary(min_size=32, max_size=32)
FIELDS = st.lists(st.binary(max_size=40), max_size=6)
PURPOSES = st.sampled_from(Purpose)
PLAIN = st.binary(max_size=600)

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PLACE = [b"store", b"secret", b"\0" * 8]
BOX = seal(KEY, Purpose.PAYLOAD, PLACE, pad(Kind.TEXT, b"value"))


def refused(box: bytes, key: bytes = KEY, fields: list[bytes] = PLACE) -> str:
    """Return the name of the error with which a payload is refused."""
    try:
        open_box(key, Purpose.PAYLOAD, fields, box)
    except StoreError as error:
        return type(error).__name__
    return "opened"


@pytest.mark.parametrize(
    "case", [pytest.param(v, id=f"{v['purpose']}-{v['kid']}") for v in VECTORS]
)
class TestVectors:
    def test_both_ways(self, case: dict[str, Any]) -> None:
        key, salt, plain = (bytes.fromhex(case[name]) for name in ("key", "salt", "plain"))
        fields = [bytes.fromhex(field) for field in case["context"]]
        box = bytes.fromhex(case["box"])
        assert key_id(key).hex() == case["kid"]
        assert seal(key, case["purpose"], fields, plain, salt) == box
        assert open_box(key, case["purpose"], fields, box) == plain
        assert len(box) == case["length"]
        assert key_id_of(box) == key_id(key)

    def test_padding_both_ways(self, case: dict[str, Any]) -> None:
        if case["kind"] is None:
            return
        kind, value = case["kind"], bytes.fromhex(case["value"])
        assert pad(kind, value).hex() == case["plain"]
        assert unpad(bytes.fromhex(case["plain"])) == (kind, value)


class TestProperties:
    @budget
    @given(KEYS, PURPOSES, FIELDS, PLAIN)
    def test_what_was_sealed_opens(
        self, key: bytes, purpose: Purpose, fields: list[bytes], plain: bytes
    ) -> None:
        box = seal(key, purpose, fields, plain)
        assert open_box(key, purpose, fields, box) == plain
        assert len(box) == len(plain) + OVERHEAD
        assert seal(key, purpose, fields, plain) != box

    @budget
    @given(KEYS, PURPOSES, FIELDS, PLAIN, st.data())
    def test_every_changed_byte_is_refused(
        self, key: bytes, purpose: Purpose, fields: list[bytes], plain: bytes, data: st.DataObject
    ) -> None:
        box = bytearray(seal(key, purpose, fields, plain))
        box[data.draw(st.integers(0, len(box) - 1))] ^= data.draw(st.integers(1, 255))
        with pytest.raises(StoreError):
            open_box(key, purpose, fields, bytes(box))

    @budget
    @given(KEYS, st.tuples(PURPOSES, FIELDS), st.tuples(PURPOSES, FIELDS), PLAIN)
    def test_it_opens_for_its_purpose_and_place_alone(
        self,
        key: bytes,
        place: tuple[Purpose, list[bytes]],
        other_place: tuple[Purpose, list[bytes]],
        plain: bytes,
    ) -> None:
        box = seal(key, *place, plain)
        if place == other_place:
            return
        with pytest.raises(DamagedBox):
            open_box(key, *other_place, box)

    @budget
    @given(st.binary(max_size=200))
    def test_other_bytes_are_refused(self, found: bytes) -> None:
        for box in (found, BOX[:5] + found, BOX[:HEADER_LENGTH] + found):
            assert refused(box) != "opened"

    @budget
    @given(FIELDS, FIELDS)
    def test_fields_cannot_be_cut_differently(
        self, fields: list[bytes], other_fields: list[bytes]
    ) -> None:
        assert (encode_fields(fields) == encode_fields(other_fields)) == (fields == other_fields)

    @budget
    @given(st.sampled_from(Kind), st.binary(max_size=5000))
    def test_padding(self, kind: Kind, value: bytes) -> None:
        plain = pad(kind, value)
        assert unpad(plain) == (kind, value)
        assert len(plain) >= 256
        assert len(plain) <= max(256, (len(value) + 5) * 1.12)

    @budget
    @given(st.binary(max_size=600))
    def test_what_is_unpadded_pads_to_the_same(self, plain: bytes) -> None:
        try:
            kind, value = unpad(plain)
        except DamagedBox:
            return
        assert pad(kind, value) == plain


class TestBoxes:
    def test_every_bit_counts(self) -> None:
        for at in range(len(BOX) * 8):
            changed = bytearray(BOX)
            changed[at // 8] ^= 1 << at % 8
            assert refused(bytes(changed)) != "opened", at

    def test_every_length_counts(self) -> None:
        assert all(refused(BOX[:length]) != "opened" for length in range(len(BOX)))
        assert refused(BOX + b"\0") == "DamagedBox"

    def test_an_empty_text_can_be_sealed(self) -> None:
        assert open_box(KEY, Purpose.FIELD, [], seal(KEY, Purpose.FIELD, [], b"")) == b""

    def test_what_is_wrong_is_told_apart(self) -> None:
        assert refused(b"") == "NotABox"
        assert refused(b"a plain text" * 20) == "NotABox"
        assert refused(BOX[:4] + b"\2" + BOX[5:]) == "NotABox"
        assert refused(BOX, key=OTHER_KEY) == "WrongKey"
        assert refused(BOX, fields=[*PLACE[:2], b"\0" * 7 + b"\1"]) == "DamagedBox"
        assert refused(BOX[:-1] + bytes([BOX[-1] ^ 1])) == "DamagedBox"
        with pytest.raises(DamagedBox):
            open_box(KEY, Purpose.FIELD, PLACE, BOX)

    def test_messages_name_public_ids_and_no_key_or_value(self) -> None:
        with pytest.raises(WrongKey) as caught:
            open_box(OTHER_KEY, Purpose.PAYLOAD, PLACE, BOX)
        message = str(caught.value)
        assert key_id(KEY).hex() in message
        assert key_id(OTHER_KEY).hex() in message
        for secret in (KEY, OTHER_KEY):
            assert secret.hex() not in message
            assert repr(secret) not in repr(caught.value.args)

    def test_arguments_are_checked(self) -> None:
        for key, purpose, salt in (
            (KEY[:-1], 2, None),
            (b"", 2, None),
            (KEY, 0, None),
            (KEY, 5, None),
            (KEY, 2, bytes(31)),
            (KEY, 2, b""),
        ):
            with pytest.raises(ValueError, match=r"must be|not a valid") as caught:
                seal(key, purpose, PLACE, b"", salt)
            assert KEY[:-1].hex() not in str(caught.value)

    def test_padding_is_strict(self) -> None:
        plain = pad(Kind.TEXT, b"value")
        for other in (
            b"",
            plain[:-1],
            plain + b"\0",
            b"\2" + plain[1:],
            plain[:-1] + b"\1",
            plain[:4] + b"\4" + plain[5:],
            b"\0\xff\xff\xff\xff" + bytes(251),
        ):
            with pytest.raises(DamagedBox):
                unpad(other)


class TestWrongKeys:
    def test_none_of_20_000_opens(self) -> None:
        """Half of them have the right key's id, as if somebody had searched for that."""
        opened = []
        for number in range(10_000):
            key = number.to_bytes(32, "big")
            forged = BOX[:6] + key_id(key) + BOX[14:]
            results = refused(BOX, key=key), refused(forged, key=key)
            if results != ("WrongKey", "DamagedBox"):
                opened.append(number)
        assert opened == []


class TestCommitment:
    """AES-GCM alone opens one ciphertext under two keys that its maker has chosen."""

    def test_one_ciphertext_under_two_keys(self) -> None:
        """With a collision of key ids too, which costs somebody 2**32 attempts."""
        salt, kid = bytes(32), bytes(8)
        with mock.patch.object(envelope, "key_id", return_value=kid):
            derived = [envelope._derive(key, salt, b"\2", PLACE) for key in (KEY, OTHER_KEY)]
            header = b"BBK1\1\2" + kid + salt + derived[0][1]
            encryption_keys = derived[0][0], derived[1][0]
            sealed = opens_under_both(encryption_keys, header, length=256)
            plain = [AESGCM(key).decrypt(bytes(12), sealed, header) for key in encryption_keys]
            assert plain[0] != plain[1]
            assert open_box(KEY, Purpose.PAYLOAD, PLACE, header + sealed) == plain[0]
            with pytest.raises(DamagedBox, match="moved"):
                open_box(OTHER_KEY, Purpose.PAYLOAD, PLACE, header + sealed)


def opens_under_both(keys: tuple[bytes, bytes], additional: bytes, length: int) -> bytes:
    """Return a ciphertext of `length` bytes and a tag that AES-GCM accepts under both keys.

    The tag is a polynomial over the blocks, in a point that the key determines, so both keys give
    the same tag if one block is solved for (Dodis and others, "Fast Message Franking from
    Invisible Salamanders", CRYPTO 2018).
    The nonce is 12 zero bytes.
    """
    blocks = [additional[at : at + 16].ljust(16, b"\0") for at in range(0, len(additional), 16)]
    free = len(blocks)
    blocks += [bytes(16)] * (length // 16)
    blocks.append((len(additional) * 8).to_bytes(8, "big") + (length * 8).to_bytes(8, "big"))
    numbers = [int.from_bytes(block, "big") for block in blocks]
    points, tags = [], []
    for key in keys:
        encryptor = Cipher(AES(key), ECB()).encryptor()
        points.append(int.from_bytes(encryptor.update(bytes(16)), "big"))
        tag = int.from_bytes(encryptor.update(bytes(15) + b"\1"), "big")
        for power, number in zip(range(len(numbers), 0, -1), numbers, strict=True):
            tag ^= times(number, to_the(points[-1], power))
        tags.append(tag)
    power = len(numbers) - free
    factors = [to_the(point, power) for point in points]
    block = times(tags[0] ^ tags[1], to_the(factors[0] ^ factors[1], 2**128 - 2))
    tag = tags[0] ^ times(block, factors[0])
    return block.to_bytes(16, "big").ljust(length, b"\0") + tag.to_bytes(16, "big")


def times(one: int, other: int) -> int:
    """Return a product in the field of GCM (NIST SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (0xE1 << 120 if other & 1 else 0)
    return product


def to_the(number: int, power: int) -> int:
    product = 1 << 127
    while power:
        if power & 1:
            product = times(product, number)
        number = times(number, number)
        power >>= 1
    return product
