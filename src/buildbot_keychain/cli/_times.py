"""Times as people write and read them. Pure; the time is passed in."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from buildbot_keychain.cli._exit import UsageError

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86_400, 365 * 86_400
_UNITS = {"h": _HOUR, "d": _DAY, "w": 7 * _DAY, "y": _YEAR}
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdwy])", re.ASCII)


def format_span(seconds: int) -> str:
    """Return a time span in its largest unit, such as ``12d``."""
    seconds = max(0, seconds)
    for unit, length, below in (
        ("s", 1, _MINUTE),
        ("m", _MINUTE, _HOUR),
        ("h", _HOUR, 2 * _DAY),
        ("d", _DAY, 2 * _YEAR),
    ):
        if seconds < below:
            return f"{seconds // length}{unit}"
    return f"{seconds // _YEAR}y"


def format_day(time: int) -> str:
    """Return the day of a time in seconds since the epoch, in UTC: ``2027-01-31``."""
    return format_time(time)[:10]


def format_time(time: int) -> str:
    """Return a time in seconds since the epoch as ISO 8601 has it: ``2027-01-31T12:00:00Z``."""
    try:
        return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "9999-12-31T23:59:59Z"


def parse_span(text: str) -> int:
    """Return the seconds of a time span: ``12h``, ``30d``, ``2w``, ``1y``.

    :raise UsageError: when it has another form.
    """
    matched = _SPAN.fullmatch(text)
    if matched is None:
        raise UsageError("a time span must be like 12h, 30d, 2w or 1y")
    return int(matched[1]) * _UNITS[matched[2]]


def parse_expiry(text: str, now: int) -> int | None:
    """Return when something expires, in seconds since the epoch; ``None`` for ``never``.

    :param text: a time span from now, a day (its beginning, in UTC), or a time as ISO 8601 has it.
    :raise UsageError: when it has another form, or is past.
    """
    if text == "never":
        return None
    if _SPAN.fullmatch(text):
        return now + parse_span(text)
    try:
        expires = _of_iso(text)
    except ValueError:
        msg = "--expires must be like 90d, 2027-01-31, 2027-01-31T12:00+01:00, or never"
        raise UsageError(msg) from None
    if expires <= now:
        raise UsageError("--expires is past; remove a secret with: buildbot-keychain rm")
    return expires


def parse_time(text: str, option: str, wanted: str = "like 2026-11-29T16:00:00Z") -> int:
    """Return the seconds since the epoch of a time as ISO 8601 has it, in UTC by default.

    :param option: what the message names.
    :param wanted: what the message says that it must be.
    :raise UsageError: when it has another form.
    """
    try:
        return _of_iso(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} must be {wanted}") from None


def _of_iso(text: str) -> int:
    # Python 3.10 does not read the Z.
    time = datetime.fromisoformat(re.sub(r"Z\Z", "+00:00", text))
    return int((time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp())
