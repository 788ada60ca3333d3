"""What is hidden from everybody, and until when."""

from __future__ import annotations

import gc
from unittest import mock
from weakref import ref

from buildbot_keychain.redaction import RedactionPolicy, packed
from buildbot_keychain.redaction.audience import Audience
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching.scanner import TIERS

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def holding(**secrets: str) -> Inventory:
    result = Inventory(RedactionPolicy.build_log(), TIERS[0])
    for name, value in secrets.items():
        result.add(name, value)
    return result


def is_open(known: Inventory, text: str) -> bool:
    """Return whether a text is hidden from everybody."""
    return Audience(known, frozenset()).redact(text) != text


def test_versions_that_share_too_much_are_hidden_from_nobody_but_those_they_were_given_to() -> None:
    known = holding(a=f"{ONE}-1", c=TWO)
    assert is_open(known, f"{ONE}-1")
    assert is_open(known, TWO)
    known.add("a", f"{ONE}-2")
    assert not is_open(known, f"{ONE}-1")
    assert not is_open(known, f"{ONE}-2")
    assert is_open(known, TWO)


def test_what_is_hidden_from_everybody_no_longer_is_not_kept() -> None:
    known = holding(a=f"{ONE}-1", c=TWO)
    assert is_open(known, f"{ONE}-1")
    texts = ref(known.secrets[0].open_texts)
    known.add("a", f"{ONE}-2")
    assert not is_open(known, f"{ONE}-1")
    gc.collect()
    assert texts() is None


def test_what_is_added_has_its_words_before_a_text_needs_them() -> None:
    known = holding(a=ONE)
    with mock.patch.object(packed, "anchors_of") as found:
        assert is_open(known, ONE)
    found.assert_not_called()
