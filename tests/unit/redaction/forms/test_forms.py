"""The registry of forms."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.forms import FORMS
from tests.support.form_case import hidden


def test_every_form_survives_anything() -> None:
    for value in ("", "\0", "\ud800", "'", "\\", "x" * 1000, "\n", "\U0010ffff", "\\U99999999"):
        for form in FORMS:
            list(form(value))


def test_a_form_of_ones_own() -> None:
    policy = RedactionPolicy(forms=(*FORMS, lambda value: [value[::-1]]))
    assert hidden("s3cr3t-value", "eulav-t3rc3s", policy) == "<n>"
    assert hidden("s3cr3t-value", "eulav-t3rc3s") == "eulav-t3rc3s"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_normal_forms_of_unicode(form: Literal["NFC", "NFD"], other: Literal["NFC", "NFD"]) -> None:
    value = unicodedata.normalize(form, "gr\xfc\xdfe-\xe9-token")
    text = unicodedata.normalize(other, value)
    assert hidden(value, f"x {text} y") == "x <n> y"
    assert hidden(value, repr(text.encode())) == "b'<n>'"
