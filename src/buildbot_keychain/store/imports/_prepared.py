"""`prepared`: what readers yield, under the names that it gets in a store, and checked.

It neither stops at a problem nor looks ahead, and keeps the names that it has seen: nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from buildbot_keychain import utf8
from buildbot_keychain.errors import quote
from buildbot_keychain.store.imports._entries import (
    MAX_VALUE,
    Entry,
    ImportedSecret,
    ImportProblem,
)

MAX_NAME = 1024
"""Characters of a name."""

MAX_DESCRIPTION = 4096
"""Characters of a description; a longer one is cut."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_VERSION = re.compile(r"@[0-9]+\Z")


def prepared(
    entries: Iterable[Entry], rename: Callable[[ImportedSecret], str | None] | None = None
) -> Iterator[Entry]:
    """Yield what `entries` yields: secrets under their new names, and problems.

    A secret is a problem instead if no lookup could ask for its name, if its name was there before,
    and if it is empty or larger than a store accepts.

    :param rename: returns the name that a secret gets in the store in place of the name that is
        suggested, or ``None`` to leave it out.
    """
    seen: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, ImportProblem):
            yield entry
            continue
        name = rename(entry) if rename else entry.name
        if name is None:
            continue
        problem = _problem(entry, name, seen)
        if problem is not None:
            yield problem
            continue
        seen[name] = entry.where
        yield replace(entry, name=name, description=entry.description[:MAX_DESCRIPTION])


def _problem(entry: ImportedSecret, name: str, seen: dict[str, str]) -> ImportProblem | None:
    why = name_problem(name)
    if why:
        return ImportProblem(entry.where, f"the name {quote(name)} {why}", "give it another name")
    if name in seen:
        why = f"the name {quote(name)} is also that of {seen[name]}"
        return ImportProblem(entry.where, why, "give one of them another name")
    value = entry.value
    if not value:
        return ImportProblem(entry.where, f"the value of {quote(name)} is empty", "leave it out")
    if isinstance(value, str) and not utf8.is_encodable(value):
        why = f"the value of {quote(name)} is not valid Unicode"
        return ImportProblem(entry.where, why, "correct it where it comes from")
    size = len(value.encode()) if isinstance(value, str) else len(value)
    if size > MAX_VALUE:
        why = f"the value of {quote(name)} is larger than {MAX_VALUE >> 20} MiB"
        return ImportProblem(entry.where, why, "keep it elsewhere, or in parts")
    return None


def name_problem(name: str) -> str | None:
    """Return why no lookup can ask for `name`, as the end of a sentence; ``None`` if one can."""
    if not name or name != name.strip():
        return "is empty, or has blanks around it"
    if len(name) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    if _CONTROL.search(name) or not utf8.is_encodable(name):
        return "has characters that cannot be written"
    if "|" in name:
        return "has a '|', which is followed by a field in lookups"
    if _VERSION.search(name):
        return "ends like a version"
    return None
