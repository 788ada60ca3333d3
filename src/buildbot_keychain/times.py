"""Times as others write them, in seconds since the epoch; what is not a time is ``None``."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|([+-]\d\d:\d\d))", re.ASCII
)


def rfc_3339(text: object) -> float | None:
    """Return a time such as ``2026-11-30T03:14:15.926Z``, to the second."""
    found = _RFC_3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    date, time, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{date}T{time}{zone or '+00:00'}").timestamp()
    except (ValueError, OverflowError):
        return None


def http_date(text: object) -> float | None:
    """Return a time as HTTP has it (RFC 9110): ``Mon, 30 Nov 2026 03:14:15 GMT``."""
    try:
        return parsedate_to_datetime(text).timestamp() if isinstance(text, str) else None
    except (ValueError, TypeError, OverflowError):
        return None
