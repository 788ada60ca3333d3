"""Reads from whatever can list names and look them up: a provider.

What needs a program or a network to be read stays with its provider, which the caller brings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from buildbot_keychain.errors import KeychainError, ProviderError, message_of, quote
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem

Item = tuple[str, Callable[[], str | bytes | None]]
"""A name, and what returns its value: ``None`` if there is none of that name any more.

It may raise `KeychainError`, whose message becomes the problem.
"""

_REMEDY = "correct it where it comes from"
_PEM = "-----BEGIN "
_LINE = re.compile(r"[^\n]+")
_MOST_FIELDS = 1_000
"""Of an entry; what has more is no list of fields that a person has written."""

_FIELD = re.compile(r"([^\s:][^:]{0,200}?)[ \t]*:(?!//)[ \t]*(\S|\S.*\S)\s*")


def read_lookups(items: Iterable[Item], where: str) -> Iterator[Entry]:
    """Yield the value of each of `items`, looked up when it is its turn.

    :param where: what is read from, for a report.
    """
    listed = iter(items)
    while True:
        try:
            name, read = next(listed)
        except StopIteration:
            return
        except KeychainError as error:
            yield _problem(where, error)
            return
        here = f"{where}: {quote(name)}"
        try:
            value = read()
        except KeychainError as error:
            yield _problem(here, error)
            continue
        if value is None:
            yield ImportProblem(here, "is not there any more", "import it again")
        else:
            yield ImportedSecret(name, value, here)


def read_password_store(items: Iterable[Item], where: str) -> Iterator[Entry]:
    """Yield the entries of a password store.

    An entry's name is that of its first line, the password. The fields ``user: alice`` below it
    are ``name/user``, up to 1,000 of them; where there is anything else, the whole entry is
    ``name/all`` as well. A key in PEM format is whole.

    :param items: whole entries.
    """
    for entry in read_lookups(items, where):
        if isinstance(entry, ImportedSecret) and isinstance(entry.value, str):
            yield from _of_password_store(entry, entry.value)
        else:
            yield entry


def _of_password_store(entry: ImportedSecret, text: str) -> Iterator[Entry]:
    first, _, below = text.partition("\n")
    tags = ("pass",)
    if first.startswith(_PEM):
        yield ImportedSecret(entry.name, text, entry.where, tags=tags)
        return
    yield ImportedSecret(entry.name, first.rstrip("\r"), entry.where, tags=tags)
    others = False
    fields: dict[str, str] = {}
    for line in _LINE.finditer(below):
        field = _FIELD.fullmatch(line[0])
        if field and field[1] not in fields and len(fields) < _MOST_FIELDS:
            fields[field[1]] = field[2]
        elif line[0].strip():
            others = True
    for key, value in fields.items():
        yield ImportedSecret(f"{entry.name}/{key}", value, entry.where, tags=tags)
    if others:
        yield ImportedSecret(f"{entry.name}/all", text, entry.where, tags=tags)


def _problem(where: str, error: KeychainError) -> ImportProblem:
    if isinstance(error, ProviderError):  # whose reason says what to do about it
        why, _, remedy = error.reason.partition("; ")
        return ImportProblem(where, why, remedy)
    why, _, remedy = (message_of(error) or "").partition("; ")
    return ImportProblem(where, why, remedy or _REMEDY)
