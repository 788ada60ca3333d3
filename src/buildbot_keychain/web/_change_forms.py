"""Reads the forms by which people change secrets. Pure.

**A value goes in by one of four ways**: a field of one line, one of several lines, a file, or one
is made. A browser sends the lines of a field with CR and LF, whatever was pasted; they are stored
with LF, and the last one ends, too, as keys need that. A line alone has no end. A file is stored as
it is, but for the line end of a file of one line. So whoever needs other bytes sends a file.

**An unchanged value** is sent as a token that says so, and never leaves the store for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.values import MAX_SIZE, without_line_end
from buildbot_keychain.web._refusals import Refused, sentence

Form = Mapping[str, Any]

ABOUT = ("description", "tags", "expires", "limit", "allowed", "redact")
"""Fields that are shown again after an error: none of them is a value."""

BY_POLICY, BY_NAME = "policy", "named"


def shown(known: Metadata) -> dict[str, str]:
    """Return what the fields show of what is known of a secret."""
    return {
        "description": known.description,
        "tags": ", ".join(known.tags),
        "expires": _day(known.expires),
        "limit": BY_POLICY if known.allowed is None else BY_NAME,
        "allowed": "\n".join(known.allowed or ()),
        "redact": "yes" if known.redact else "no",
    }


def typed(form: Form) -> dict[str, str]:
    """Return what somebody has typed into the fields that may be shown again."""
    return {name: form[name] for name in ABOUT}


def metadata(form: Form, known: Metadata, now: float) -> dict[str, Any]:
    """Return what is to be different of what is known of a secret.

    :param known: what it was when the form was made.
    :param now: seconds since the epoch.
    """
    before = shown(known)
    sent = {
        name: _lines(text).rstrip("\n") if name in {"description", "allowed"} else text.strip()
        for name, text in typed(form).items()
    }
    if sent["limit"] not in {BY_POLICY, BY_NAME} or sent["redact"] not in {"yes", "no"}:
        raise Refused(400, "The form has a choice that there is not.")
    found: dict[str, Any] = {}
    if sent["description"] != before["description"]:
        found["description"] = sent["description"]
    tags = {tag.strip() for tag in sent["tags"].split(",")} - {""}
    if tags != set(known.tags):
        found["tags"] = sorted(tags)
    if sent["expires"] != before["expires"]:
        found["expires"] = _expiry(sent["expires"], now)
    lines = (line.strip() for line in sent["allowed"].splitlines())
    allowed = None if sent["limit"] == BY_POLICY else tuple(line for line in lines if line)
    if allowed != known.allowed:
        found["allowed"] = allowed
    redact = sent["redact"] == "yes"
    if redact != known.redact:
        found["redact"] = redact
    return found


def value(form: Form) -> str | bytes | Recipe | None:
    """Return the new value, or what to make one by; ``None`` if there is none. Bytes are a file.

    No error has anything of it.
    """
    given = [
        each
        for each in (
            form["line"],
            several_lines(form["text"]),
            _file(form),
            _recipe(form),
        )
        if each is not None and each not in {"", b""}
    ]
    if len(given) > 1:
        raise Refused(400, "Give the value in one way: a line, several lines, a file, or make one.")
    if given and isinstance(given[0], (str, bytes)) and len(given[0]) > MAX_SIZE:
        raise Refused(422, f"The value is longer than {MAX_SIZE >> 20} MiB.")
    return given[0] if given else None


def several_lines(text: str) -> str:
    """Return the value that is meant by what a browser sends of a field of several lines."""
    alone = without_line_end(_lines(text))
    return alone if "\n" not in alone or alone.endswith("\n") else f"{alone}\n"


def _file(form: Form) -> str | bytes:
    sent: str | bytes = form["file"]
    # Whether bytes are a text is found out in a thread. A browser without a file sends none.
    return sent if isinstance(sent, bytes) else without_line_end(sent)


def _recipe(form: Form) -> Recipe | None:
    kind, length, alphabet = (form[name] for name in ("generate", "length", "alphabet"))
    if not kind:
        return None
    if kind != "password":
        return _checked(Recipe(kind))
    if length and not (length.isascii() and length.isdigit() and len(length) < 6):  # noqa: PLR2004 - any number that may be one
        raise Refused(400, "The length must be a number.")
    return _checked(Recipe(kind, int(length) if length else None, alphabet or None))


def _checked(recipe: Recipe) -> Recipe:
    problem = recipe.problem()
    if problem is not None:
        raise Refused(400, sentence(problem))
    return recipe


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _day(seconds: int | None) -> str:
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return "9999-12-31"


def _expiry(day: str, now: float) -> int | None:
    if not day:
        return None
    try:
        expires = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise Refused(400, "The day of the expiry must be like 2027-01-31.") from None
    if expires <= now:
        raise Refused(400, "The day of the expiry is past.")
    return int(expires)
