"""What a value that sops left unencrypted counts as in the MAC. Pure.

sops hashes a scalar as its Go libraries read it, not its text: ``007`` counts as ``7``, ``1e3`` as
``1000``, ``yes`` as a text (sops, sops.go, ``ToBytes``; go.yaml.in/yaml/v3, resolve.go). Where this
module differs from them, the MAC does not match and the file is rejected.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {
    **dict.fromkeys(("true", "True", "TRUE"), "True"),
    **dict.fromkeys(("false", "False", "FALSE"), "False"),
}
_SPECIAL = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), "NaN"),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), "+Inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), "-Inf"),
}
_INTEGER = re.compile(
    r"([-+]?)(?:(0[xX])([0-9a-fA-F]+)|(0[bB])([01]+)|(0[oO]?)([0-7]+)|(0|[1-9]\d*))", re.ASCII
)
_FLOAT = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?", re.ASCII)
_ODD_UNDERSCORE = re.compile(r"(?<![0-9])_|_(?![0-9])")
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(\.\d{1,9})?(?:(Z)|([-+])(\d\d):(\d\d)))"
    r"|(?: (\d\d?):(\d\d?):(\d\d?)(\.\d{1,9})?))?",
    re.ASCII,
)
_MOST_DIGITS = 70
"""Of a number of 64 bits in base 2, with some leading zeros."""
_INT64 = range(-(1 << 63), 1 << 63)


def yaml_scalar(text: str) -> str | bytes | None:
    """Return what a plain scalar of YAML is: a text as `str`, or what another value counts as.

    Null, which does not count, is ``None``.
    """
    if text in _NULLS:
        return None
    counted = _BOOLS.get(text) or _SPECIAL.get(text)
    # After a point Go's own rule applies: an underscore stands between two digits.
    odd = text[0] == "." and _ODD_UNDERSCORE.search(text)
    if counted is None and text[0] in "+-.0123456789" and not odd:
        counted = _time(text) or _number(text.replace("_", ""))
    return text if counted is None else counted.encode()


def json_number(text: str) -> bytes:
    """Return what a number of JSON counts as."""
    whole = len(text) <= _MOST_DIGITS and re.fullmatch(r"-?\d+", text, re.ASCII) is not None
    integer = whole and int(text) in _INT64
    return (str(int(text)) if integer else go_float(float(text))).encode()


def go_float(value: float) -> str:
    """Write a number as Go's ``strconv.FormatFloat(value, 'f', -1, 64)`` does: no exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(text: str) -> str | None:
    matched = _INTEGER.fullmatch(text)
    if matched is not None:
        digits = matched[3] or matched[5] or matched[7] or matched[8]
        base = 16 if matched[3] else 2 if matched[5] else 8 if matched[7] else 10
        if len(digits) <= _MOST_DIGITS and (number := int(matched[1] + digits, base)) in _INT64:
            return str(number)
    value = float(text) if _FLOAT.fullmatch(text) else math.inf
    return None if math.isinf(value) else go_float(value)


def _time(text: str) -> str | None:
    """Return a time stamp as Go writes it by RFC 3339; ``None`` for any other text."""
    matched = _TIME.fullmatch(text)
    if matched is None:
        return None
    year, month, day = (int(part) for part in matched.groups()[:3])
    hour, minute, second = (
        int(matched[four] or matched[twelve] or 0) for four, twelve in ((4, 12), (5, 13), (6, 14))
    )
    offset = timedelta(hours=int(matched[10] or 0), minutes=int(matched[11] or 0))
    try:
        zone = timezone(-offset if matched[9] == "-" else offset)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    fraction = (matched[7] or matched[15] or "").rstrip("0").rstrip(".")
    shown = f"{matched[9]}{matched[10]}:{matched[11]}" if offset else "Z"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{shown}"
