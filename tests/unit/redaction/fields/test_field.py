"""A field and what is inside of it."""

from __future__ import annotations

from buildbot_keychain.redaction.fields import Field, Role


def test_all_fields_from_the_outside_in() -> None:
    password = Field("s3cret-pw", "password", Role.SECRET)
    address = Field("db://u:s3cret-pw@h", "url", inside=(Field("u"), password))
    assert [each.key for each in Field("", inside=(address,)).all()] == ["", "url", "", "password"]


def test_it_does_not_show_its_text() -> None:
    assert repr(Field("s3cret-pw", "password", Role.SECRET)) == "<Field 'password', secret>"
