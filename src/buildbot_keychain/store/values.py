"""A secret as users of the store have it: its value, and what is known of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from buildbot_keychain import utf8
from buildbot_keychain.errors import StoreError
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.metadata import Metadata

MAX_SIZE = 1 << 20
"""Bytes of a value."""

HOUR = 3600
"""Seconds: to which the last use of a secret is known."""


@dataclass(frozen=True)
class Keep:
    """Which versions are kept besides the current one.

    :param count: how many of the newest, the current one included.
    :param age: seconds; older ones are removed even if they are fewer. ``None`` for any age.
    """

    count: int = 10
    age: int | None = None


@dataclass(frozen=True)
class Description:
    """A version of a secret, without its value.

    :param current: whether it is the version that a lookup without a number finds.
    :param deleted: seconds since the epoch when the secret was deleted; 0 while it is not.
    :param used: seconds since the epoch when the secret was last used, by the hour; 0 if never.
    :param revision: of the secret as a whole: another text after each change, by whomever, even
        where all is as it was before.
    """

    name: str
    version: int
    current: bool
    deleted: int
    used: int
    metadata: Metadata
    revision: str = ""


@dataclass(frozen=True)
class Deleted:
    """A secret that was deleted, and can be brought back until it is purged.

    :param known: what is known of the version that was the current one.
    :param versions: how many versions of it are kept.
    """

    known: Description
    versions: int


@secretive
@dataclass(frozen=True)
class Value:
    """A value, which is not shown.

    :param content: its bytes; of a text, in UTF-8.
    """

    content: bytes = field(repr=False)
    version: int
    metadata: Metadata

    @property
    def text(self) -> str:
        """The value as a text.

        :raise StoreError: when it was stored as bytes that are not UTF-8.
        """
        text = utf8.decode(self.content)
        if text is None:
            raise StoreError("the value is not a text")
        return text


def without_line_end(text: str) -> str:
    """Return a text of one line without its line end, and one of several lines as it is.

    A password never has a line end, and whoever writes one to a file adds it; private keys and
    certificates need their last one.
    """
    line = text.removesuffix("\n").removesuffix("\r")
    return text if "\n" in line else line


def content_of_file(content: bytes) -> str | bytes:
    """Return the value of a file: a text `without_line_end`, or its bytes if it is no text."""
    value = utf8.text_or_bytes(content)
    return without_line_end(value) if isinstance(value, str) else value


def content_of(value: str | bytes) -> tuple[Kind, bytes]:
    """Return the kind and the bytes of a value.

    :raise StoreError: when it is too long, or not valid Unicode.
    """
    kind = Kind.TEXT if isinstance(value, str) else Kind.BYTES
    if isinstance(value, str):
        if not utf8.is_encodable(value):
            raise StoreError("the value is not valid Unicode; store it as bytes")
        value = value.encode("utf-8")
    if len(value) > MAX_SIZE:
        msg = f"the value is longer than {MAX_SIZE >> 20} MiB"
        raise StoreError(msg)
    return kind, value
