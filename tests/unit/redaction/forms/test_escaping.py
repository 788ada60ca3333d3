"""Forms that are not asked about letters and digits would not change them."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.redaction.forms.escaping import ESCAPING, is_plain
from buildbot_keychain.redaction.forms.spellings import Spelling

PLAIN = st.text(string.ascii_letters + string.digits, min_size=1, max_size=200)


@given(text=PLAIN)
def test_what_escapes_leaves_letters_and_digits_as_they_are(text: str) -> None:
    assert is_plain(text)
    for form in ESCAPING:
        assert set(form(text)) <= {text, Spelling(text)}


@given(text=PLAIN, other=st.characters(exclude_characters=string.ascii_letters + string.digits))
def test_no_other_text_is_plain(text: str, other: str) -> None:
    assert not is_plain(text + other)
    assert not is_plain("")
