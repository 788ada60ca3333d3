"""`prepared`: what readers yield, under the names that it gets in a store, and checked.

It neither stops at a problem nor looks ahead, and keeps the names that it has seen: nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidName, quote
from buildbot_keychain.store.imports._entries import (
    MAX_VALUE,
    Entry,
    ImportedSecret,
    ImportProblem,
)
from buildbot_keychain.store.names import check_name

MAX_DESCRIPTION = 4096
"""Characters of a description; a longer one is cut."""


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
    try:
        check_name(name)
    except InvalidName as error:
        return ImportProblem(entry.where, str(error), "give it another name")
    if name in seen:
        why = f"the name {quote(name)} is also that of {seen[name]}"
        return ImportProblem(entry.where, why, "give one of them another name")
    value = entry.value
    if not value:
        return ImportProblem(entry.where, f"the value of {quote(name)} is empty", "leave it out")
    texts = [entry.description, *entry.tags, *([value] if isinstance(value, str) else ())]
    if not all(map(utf8.is_encodable, texts)):
        why = f"the value or the description of {quote(name)} is not valid Unicode"
        return ImportProblem(entry.where, why, "correct it where it comes from")
    size = len(value.encode()) if isinstance(value, str) else len(value)
    if size > MAX_VALUE:
        why = f"the value of {quote(name)} is larger than {MAX_VALUE >> 20} MiB"
        return ImportProblem(entry.where, why, "keep it elsewhere, or in parts")
    return None
