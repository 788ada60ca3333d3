"""What is hidden from everybody, and until when."""

from __future__ import annotations

import gc
from unittest import mock
from weakref import ref

from buildbot_keychain.redaction import packed
from tests.support.inventories import holding, is_open

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


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
