"""Percent-encoding (RFC 3986 section 2.1) as the common encoders do it.

They differ by the characters that they leave alone beside letters, digits and ``-``, ``.``, ``_``,
``~``: `LEFT_ALONE` is the table of these sets. Sets that differ in no character of a value give one
text, so an ordinary value has few spellings, and one of all the punctuation of ASCII about thirty.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from .spellings import Spelling

__all__ = [
    "LEFT_ALONE",
    "percent_encoding",
    "percent_encodings",
    "quoted_printable",
    "usual_percent_encoding",
]

LEFT_ALONE = {
    # RFC 3986, and who keeps to it.
    "unreserved, section 2.3: Go QueryEscape, PHP rawurlencode, curl": "",
    "unreserved and the slash: Python urllib.parse.quote": "/",
    "and the colon: that function for addresses": "/:",
    "sub-delims, section 2.2: a user name": "!$&'()*+,;=",
    "userinfo, section 3.2.1: java.net.URI": "!$&'()*+,:;=",
    "pchar, section 3.3: a segment of a path": "!$&'()*+,:;=@",
    "path, section 3.3": "!$&'()*+,/:;=@",
    "query and fragment, sections 3.4 and 3.5": "!$&'()*+,/:;=?@",
    "the same: java.net.URI": "!$&'()*+,/:;=?@[]",
    "reserved, section 2.2: RFC 6570 {+name}, .NET Uri, requests": "!#$&'()*+,/:;=?@[]",
    # ECMAScript, section 19.2.6, and what axios makes of it (lib/helpers/buildURL.js).
    "encodeURIComponent; also querystring of Node": "!'()*",
    "and url.parse of Node, of a user and a password": "!'()*:",
    "encodeURI": "!#$&'()*+,/:;=?@",
    "axios from 1.12 on": "!$'()*,:",
    "axios before 1.12": "!$'()*,:[]",
    # WHATWG URL, section 1.3: a URL of which a part is set leaves "%" alone.
    "fragment percent-encode set": "!#$%&'()*+,/:;=?@[\\]^{|}",
    "query percent-encode set": "!$%&'()*+,/:;=?@[\\]^`{|}",
    "special-query percent-encode set": "!$%&()*+,/:;=?@[\\]^`{|}",
    "path percent-encode set": "!$%&'()*+,/:;=@[\\]|",
    "path percent-encode set, as it was without the caret": "!$%&'()*+,/:;=@[\\]^|",
    "userinfo percent-encode set": "!$%&'()*+,",
    # WHATWG URL, section 5.2, and java.net.URLEncoder.
    "application/x-www-form-urlencoded": "*",
    # Go net/url, shouldEscape.
    "Go user name and password": "$&+,;=",
    "Go PathEscape": "$&+:=@",
    "Go path": "$&+,/:;=@",
    "Go fragment": "!$&()*+,/:;=?@",
    # .NET System.Net.WebUtility.
    ".NET UrlEncode": "!()*",
}
"""The characters left alone, by where the set comes from."""


_UNPRINTABLE = re.compile(r"[^\t\n\r -<>-~]+")
"""What quoted-printable escapes."""

_NOT_ASCII = re.compile("(?:%[89A-F][0-9A-F])+")


def percent_encoding(value: str) -> Iterator[Spelling]:
    """Percent-encoded, with each usual set of characters left alone."""
    for text in percent_encodings(value):
        yield Spelling(text, any_case=True)


_USUAL = ("", "/", "!'()*", "$&+,;=")


def usual_percent_encoding(value: str) -> Iterator[Spelling]:
    """The same by the commonest encoders: of Python, browsers and Node, forms, Go."""
    data = value.encode("utf-8", "surrogatepass")
    for safe in _USUAL:
        text = _quote(data, safe)
        yield Spelling(text, any_case=True)
        if "%20" in text:
            yield Spelling(text.replace("%20", "+"), any_case=True)


_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _quote(data: bytes, safe: str) -> str:
    """Return what `urllib.parse.quote` does: one pass for each byte that is special, not for all.

    :param safe: ASCII characters that are left alone beside the unreserved ones.
    """
    special = set(data) - _UNRESERVED - set(safe.encode())
    for byte in sorted(special, key=lambda byte: byte != ord("%")):
        data = data.replace(bytes((byte,)), b"%%%02X" % byte)
    return data.decode("ascii")


def percent_encodings(value: str) -> Iterator[str]:
    """Yield the encodings of a value (str) as UTF-8, with hexadecimal digits in upper case."""
    data = value.encode("utf-8", "surrogatepass")
    there = set(value)
    kinds = dict.fromkeys(
        ("".join(mark for mark in left if mark in there), "+" in left)
        for left in LEFT_ALONE.values()
    )
    for safe, plus in kinds:
        encoded = _quote(data, safe)
        yield encoded
        if not plus:
            # So do encoders of form data, in which "+" is a blank, and "~" was unsafe before RFC
            # 3986 (RFC 1738 section 2.2).
            yield encoded.replace("%20", "+")
            encoded = encoded.replace("~", "%7E")
            yield encoded
            yield encoded.replace("%20", "+")
        else:
            # In an IRI (RFC 3987 section 2.2) what is not ASCII stays, as in Java's `URI`.
            yield _NOT_ASCII.sub(_decoded, encoded)
    # NON_ALPHANUMERIC of Rust's percent_encoding, and what encodes everything.
    yield re.sub("[-._~]", lambda match: f"%{ord(match[0]):02X}", _quote(data, ""))
    yield "".join(f"%{byte:02X}" for byte in data)
    yield _escape(value)


def _decoded(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "surrogatepass")


def _escape(value: str) -> str:
    """What `escape` of ECMAScript (annex B.2.1) makes of a value: UTF-16, of one or two bytes."""
    data = value.encode("utf-16-le", "surrogatepass")
    units = struct.unpack(f"<{len(data) // 2}H", data)
    return re.sub(
        "[^A-Za-z0-9@*_+./-]",
        lambda match: f"%{ord(match[0]):02X}" if match[0] < "\u0100" else f"%u{ord(match[0]):04X}",
        "".join(map(chr, units)),
    )


def quoted_printable(value: str) -> Iterator[str]:
    """Quoted-printable, as mail has it (RFC 2045 section 6.7), without soft line breaks."""
    if "=" in value or not value.isascii():
        yield _UNPRINTABLE.sub(_quoted, value)


def _quoted(match: re.Match[str]) -> str:
    return "".join(f"={byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))
