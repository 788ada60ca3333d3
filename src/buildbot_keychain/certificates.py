"""When certificates begin and end: as much of X.509 as that takes (RFC 5280, section 4.1).

What cannot be read counts as no certificate: nobody is kept from using it, and nobody is warned.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

_BEGIN = "-----BEGIN CERTIFICATE-----"
_PEM = re.compile(rf"{_BEGIN}([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_LONG = 0x80

_FORMATS = {_UTC_TIME: "%y%m%d%H%M%S%z", _GENERALIZED_TIME: "%Y%m%d%H%M%S%z"}


class Period(NamedTuple):
    """When a certificate is valid, in seconds since the epoch."""

    begins: float
    ends: float


def periods(text: str) -> list[Period]:
    """Return when the certificates in a text of PEM are valid, in their order."""
    if _BEGIN not in text:
        return []
    found = (_period_in(match[1]) for match in _PEM.finditer(text))
    return [period for period in found if period is not None]


def _period_in(encoded: str) -> Period | None:
    try:
        return _period(base64.b64decode(encoded))
    except (ValueError, IndexError, OverflowError):
        return None


def _period(certificate: bytes) -> Period:
    """Return when a certificate in DER is valid.

    :raise ValueError: when it is none.
    """
    signed = _value(certificate, _SEQUENCE)
    parts = list(_parts(_value(signed, _SEQUENCE)))
    # The version may be left out; a serial number, an algorithm and an issuer follow.
    validity = parts[4 if parts[0][0] == _VERSION else 3]
    if validity[0] != _SEQUENCE:
        raise ValueError("not a certificate")
    (begins, ends) = (_time(*part) for part in _parts(validity[1]))
    return Period(begins, ends)


def _time(tag: int, value: bytes) -> float:
    if tag not in _FORMATS:
        raise ValueError("not a time")
    # Years of two digits are those from 1969 to 2068 to Python, and from 1950 in X.509: what is so
    # old has ended in any case.
    return datetime.strptime(value.decode("ascii"), _FORMATS[tag]).timestamp()  # noqa: DTZ007 - with a zone


def _value(data: bytes, tag: int) -> bytes:
    """Return the value of the element that `data` begins with."""
    found, value = next(_parts(data), (None, b""))
    if found != tag:
        raise ValueError("not a certificate")
    return value


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the elements of `data`: the tag and the value of each (X.690, section 8.1)."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= _LONG:
            count = length - _LONG
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise ValueError("it is cut off")
        yield tag, data[at : at + length]
        at += length
