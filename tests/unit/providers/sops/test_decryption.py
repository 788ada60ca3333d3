"""Whatever is changed in a file, the result is what sops wrote or an error."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops._ciphertext import DecryptedValue
from buildbot_keychain.providers.sops._decryption import decrypt_document
from buildbot_keychain.providers.sops._document import parse
from buildbot_keychain.providers.sops._errors import SopsError, SopsNotTrusted
from tests.support.sops.writer import SopsWriter

LEAVES = st.text(max_size=20) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none()
KEYS = st.text(alphabet="abc:/é_", min_size=1, max_size=4).filter(lambda key: key != "sops")
TREES = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner)),
    max_size=5,
)
VALUES = {"a": "first", "b": {"c": "second", "d": ["x", "y", {"e": "z"}]}, "n": 5, "f": True}


def served(text: str, writer: SopsWriter) -> dict[str, bytes]:
    """Return each value that is served, by its name."""
    leaves = decrypt_document(parse(text, "json"), Identities(writer.key_file))
    return {name: leaf.content for name, leaf in leaves.items() if isinstance(leaf, DecryptedValue)}


def leaves_of(node: Any, name: str = "") -> dict[str, Any]:
    """Return each leaf of a plain tree, by its name."""
    items: Any = node.items() if isinstance(node, dict) else enumerate(node)
    found: dict[str, Any] = {}
    for key, value in items:
        inner = f"{name}{key}"
        if isinstance(value, (dict, list)):
            found.update(leaves_of(value, f"{inner}/"))
        elif value is not None:
            found[inner] = value
    return found


class RoundTripTests(SynchronousTestCase):
    @given(TREES)
    @settings(deadline=None, max_examples=50)
    def test_what_was_written_is_read(self, values: dict[str, Any]) -> None:
        writer = SopsWriter()
        expected = leaves_of(values)
        found = served(writer.json(values), writer)
        for name, content in found.items():
            self.assertEqual(content, str(expected[name]).encode())
        # Of two values with one name, neither is served.
        self.assertLessEqual(set(found), set(expected))

    def test_what_is_not_encrypted_is_not_served(self) -> None:
        writer = SopsWriter()
        for only in (False, True):
            text = writer.json(
                {"a": "secret", "b_unencrypted": "public", "c": {"d": "secret"}},
                encrypt=lambda path: not path[-1].endswith("_unencrypted"),
                mac_only_encrypted=only,
            )
            self.assertEqual(served(text, writer), {"a": b"secret", "c/d": b"secret"})


class TamperingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.writer = SopsWriter()
        self.text = self.writer.json(VALUES)
        self.good = served(self.text, self.writer)

    def assert_rejected(self, tree: dict[str, Any]) -> str:
        error = self.assertRaises(SopsNotTrusted, served, json.dumps(tree), self.writer)
        self.assertIn("was changed by something other than sops", error.reason)
        self.assertIn("restore it from version control", error.reason)
        return error.reason

    def test_no_changed_byte_gives_another_value(self) -> None:
        raw = self.text.encode()
        rejected = 0
        for position in range(len(raw)):
            for change in (0x01, 0x20):
                changed = bytearray(raw)
                changed[position] ^= change
                try:
                    found = served(changed.decode("utf-8", "replace"), self.writer)
                except SopsError:
                    rejected += 1
                else:
                    self.assertEqual(found, self.good, position)
        # The other bytes are white space, sops's rules and the name of the recipient.
        self.assertGreater(rejected, len(raw))

    @given(st.data())
    @settings(deadline=None, max_examples=200)
    def test_no_cut_or_doubled_piece_gives_another_value(self, data: st.DataObject) -> None:
        start, end = sorted(data.draw(st.integers(0, len(self.text))) for _ in range(2))
        piece = data.draw(st.sampled_from(["", self.text[start:end] * 2]))
        try:
            found = served(self.text[:start] + piece + self.text[end:], self.writer)
        except SopsError:
            return
        self.assertEqual(found, self.good)

    def test_a_value_cannot_be_moved(self) -> None:
        tree = json.loads(self.text)
        tree["a"], tree["b"]["c"] = tree["b"]["c"], tree["a"]
        self.assertIn("'a' cannot be decrypted", self.assert_rejected(tree))

    def test_values_of_a_list_cannot_change_places(self) -> None:
        tree = json.loads(self.text)
        tree["b"]["d"][0], tree["b"]["d"][1] = tree["b"]["d"][1], tree["b"]["d"][0]
        self.assertIn("the MAC does not match", self.assert_rejected(tree))

    def test_a_value_cannot_be_removed_or_blanked_or_replaced(self) -> None:
        for change in (None, "", "other", 7):
            tree = json.loads(self.text)
            tree["a"] = change
            self.assertIn("the MAC does not match", self.assert_rejected(tree))

    def test_an_older_value_cannot_be_put_back(self) -> None:
        older = json.loads(self.writer.json({**VALUES, "a": "older"}))
        tree = json.loads(self.text)
        tree["a"] = older["a"]
        self.assertIn("the MAC does not match", self.assert_rejected(tree))

    def test_the_mac_of_another_time_is_rejected(self) -> None:
        tree = json.loads(self.text)
        tree["sops"]["lastmodified"] = "2025-01-02T03:04:05Z"
        self.assertIn("its MAC cannot be decrypted", self.assert_rejected(tree))

    def test_mac_only_encrypted_cannot_be_switched(self) -> None:
        tree = json.loads(self.text)
        tree["sops"]["mac_only_encrypted"] = True
        self.assertIn("the MAC does not match", self.assert_rejected(tree))

    def test_a_plain_value_that_is_added_is_never_served(self) -> None:
        tree = json.loads(self.writer.json(VALUES, mac_only_encrypted=True))
        tree["deploy_token"] = "planted"
        self.assertNotIn("deploy_token", served(json.dumps(tree), self.writer))

    def test_names_with_lone_surrogates(self) -> None:
        tree = json.loads(self.text)
        tree["\ud800"] = tree.pop("a")
        self.assertIn("cannot be decrypted", self.assert_rejected(tree))
        tree = json.loads(self.text)
        tree["x_unencrypted"] = "\udc00"
        self.assertIn("the MAC does not match", self.assert_rejected(tree))
        for key in ("mac", "lastmodified"):
            tree = json.loads(self.text)
            tree["sops"][key] += "\udc00"
            self.assertIn("its MAC cannot be decrypted", self.assert_rejected(tree))
        tree = json.loads(self.text)
        tree["sops"]["age"][0] = {"recipient": "\udc00", "enc": "\udc00"}
        error = self.assertRaises(SopsError, served, json.dumps(tree), self.writer)
        self.assertIn(r"is encrypted for '\udc00'; none of the", error.reason)
