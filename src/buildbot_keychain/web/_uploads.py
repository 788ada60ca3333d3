"""Reads forms that have files in them: ``multipart/form-data`` (RFC 7578), in memory alone.

Each part is a field or a file; `parse` takes each once, and nothing unknown among them. It is not
Twisted's reader, which keeps what it has read for as long as the request lives, and not that of the
standard library, which is for mail. No error shows anything of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from buildbot_keychain import utf8
from buildbot_keychain.web._refusals import Refused

_CHARACTERS = r"[\w'()+,./:=?-]{1,70}"
_BOUNDARY = re.compile(
    rf'multipart/form-data\s*;\s*boundary=(?:"({_CHARACTERS})"|({_CHARACTERS}))\s*',
    re.ASCII | re.IGNORECASE,
)
_NAMED = re.compile(rb'Content-Disposition: *form-data; *name="([^"\r\n]*)"(.*)', re.IGNORECASE)
_MOST_HEADERS = 1024
"""Bytes before the content of a part."""


def parse(content_type: str, body: bytes, names: Collection[str]) -> dict[str, str | bytes]:
    """Return the fields, which must be these: a file as bytes, anything else as text.

    :param content_type: the header of the request.
    """
    pairs = parse_all(content_type, body, len(names))
    fields = dict(pairs)
    if len(fields) != len(pairs) or set(fields) != set(names):
        raise Refused(400, f"The form must have these and no others, once: {', '.join(names)}.")
    return fields


def parse_all(content_type: str, body: bytes, most: int) -> list[tuple[str, str | bytes]]:
    """Return the names and contents of all parts, in their order, as `parse` does.

    :param most: how many there may be.
    """
    found = _BOUNDARY.fullmatch(content_type)
    if found is None:
        raise Refused(415, "Send the form as multipart/form-data.")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("ascii")
    parts = (b"\r\n" + body).split(delimiter, most + 2)
    if len(parts) > most + 2 or parts[0] or parts[-1].rstrip(b"\r\n ") != b"--":
        raise _unreadable()
    return [_field(part) for part in parts[1:-1]]


def _field(part: bytes) -> tuple[str, str | bytes]:
    head, separator, content = part.partition(b"\r\n\r\n")
    if not separator or len(head) > _MOST_HEADERS or not head.startswith(b"\r\n"):
        raise _unreadable()
    named = [match for match in map(_NAMED.fullmatch, head[2:].split(b"\r\n")) if match is not None]
    if len(named) != 1:
        raise _unreadable()
    name = utf8.decode(named[0][1])
    if name is None:
        raise _unreadable()
    if b"filename" in named[0][2]:
        return name, content
    text = utf8.decode(content)
    if text is None:
        raise _unreadable()
    return name, text


def _unreadable() -> Refused:
    return Refused(400, "The form cannot be read.")
