"""The table of formats, and taking a value apart by it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from .addresses import (
    address,
    addresses,
    cookies,
    credentials,
    decoded,
    header,
    in_base64,
    quoted,
    user_and_password,
)
from .documents import json_document, json_lines, netrc, pem, pgpass, xml_document
from .entries import entries
from .field import Field, Role

__all__ = ["FORMATS", "Format", "fields_and_lines", "fields_of"]


class Format(NamedTuple):
    """A way to write fields down."""

    name: str
    read: Callable[[str], list[Field]]
    """Returns the fields of a text, none if it is not written so."""

    inside: bool = False
    """Whether a field may be written so, too."""


FORMATS = (
    Format("PEM", pem, inside=True),
    Format("JSON", json_document, inside=True),
    Format("JSON lines", json_lines),
    Format("XML: settings.xml, NuGet.config", xml_document),
    Format("netrc", netrc),
    Format("pgpass", pgpass),
    Format("dotenv, export, set, INI, properties, YAML, curlrc, header", entries),
    Format("value of a header", header),
    Format("address", address, inside=True),
    Format("user:password", user_and_password),
    Format("quotes", quoted),
    Format("Base64 of user:password", credentials),
    Format("Base64 of any of these", in_base64, inside=True),
    Format("addresses on lines", addresses, inside=True),
)
"""All formats; the first that fits is taken."""

_INSIDE = tuple(one for one in FORMATS if one.inside)
_WRAPPERS = (quoted, in_base64)
"""Readers of what may be of any format inside."""
_CERTIFICATE = "-----BEGIN CERTIFICATE"
_DEPTH = 3
_MOST = 4096
_USERS = frozenset({"user", "proxy-user", "u", "userpwd"})
"""Keys of curl that hold a password as well."""
_HEADERS = frozenset({"header", "proxy-header", "h", "extraheader"})
"""Keys of curl and Git that hold a field of a header."""
_COOKIES = frozenset({"cookie", "set-cookie"})


def fields_of(value: str) -> Sequence[Field]:
    """Return the fields of a value (str), each followed by those inside; none if it has none."""
    return _flat(_read(value.removeprefix("\ufeff"), FORMATS, _DEPTH)[1])


def fields_and_lines(value: str) -> tuple[Sequence[Field], Callable[[str], Sequence[Field]]]:
    """Return the fields of a value (str), and what returns those of a line (str) of it."""
    one, fields = _read(value.removeprefix("\ufeff"), FORMATS, _DEPTH)
    return _flat(fields), _entries_of if one and one.read is entries else fields_of


def _entries_of(line: str) -> Sequence[Field]:
    return _flat(_open(entries(line, alone=False), _INSIDE, _DEPTH))


def _flat(fields: list[Field]) -> list[Field]:
    return list(itertools.islice((one for field in fields for one in field.all()), _MOST))


def _read(text: str, formats: tuple[Format, ...], depth: int) -> tuple[Format | None, list[Field]]:
    """Return the first format that fits a text, and its fields."""
    for one in formats:
        found = one.read(text)
        if found and not _is_itself(found, text):
            opened = _open(found, FORMATS if one.read in _WRAPPERS else _INSIDE, depth)
            if one.read is not in_base64 or opened[0].inside:
                return one, opened
    return None, []


def _is_itself(fields: list[Field], text: str) -> bool:
    """Return whether taking a text apart has led nowhere; that it is public is news."""
    return all(field.text == text and field.role is not Role.PUBLIC for field in fields)


def _open(fields: list[Field], formats: tuple[Format, ...], depth: int) -> list[Field]:
    """Return fields with the fields inside."""
    return [_opened(field, formats, depth) for field in fields] if depth else fields


def _opened(field: Field, formats: tuple[Format, ...], depth: int) -> Field:
    text, key = field.text, field.key.lower()
    if not text.strip() or text.startswith(_CERTIFICATE):
        return field
    if field.inside:
        return replace(field, inside=tuple(_open(list(field.inside), formats, depth - 1)))
    found = _read(text, FORMATS if "\n" in text.strip() else formats, depth - 1)[1]
    if not found and key in _USERS:
        found = user_and_password(text)
    if not found and key in _HEADERS:
        found = _open(entries(text), formats, depth - 1)
    if not found and key in _COOKIES:
        found = cookies(text)
    if not found and field.role is Role.SECRET:
        found = header(text) or credentials(text) or _plain(field) or _unmarked(field)
    return replace(field, inside=tuple(found)) if found else field


# Laravel; Spring.
_MARKED = re.compile(r"(?:(?:base64|hex|plain|raw):|\{(?:noop|cipher)\})(\S+)")


def _unmarked(field: Field) -> list[Field]:
    """Return what stands behind the mark that says how the text of a field is written."""
    match = _MARKED.fullmatch(field.text)
    return [Field(match[1], field.key, field.role)] if match else []


def _plain(field: Field) -> list[Field]:
    """Return what the text of a field is the Base64 of, as in Kubernetes and npm."""
    text = decoded(field.text)
    return [Field(text, field.key, field.role)] if text else []
