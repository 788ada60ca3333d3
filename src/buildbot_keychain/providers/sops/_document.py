"""A file of sops as a tree of names and values, and sops's metadata, in each format.

Nothing is decrypted here. A format is read as sops writes it; a text that sops reads differently
fails at the MAC later. Errors name a place in the file at most, never its content.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

from buildbot_keychain.formats import (
    NESTED_TOO_DEEPLY,
    STRING,
    YamlError,
    is_nested_too_deeply,
    yaml_documents,
)
from buildbot_keychain.providers.sops._ciphertext import is_encrypted_within
from buildbot_keychain.providers.sops._errors import SopsError, SopsNotEncrypted
from buildbot_keychain.providers.sops._flat_metadata import unflatten
from buildbot_keychain.providers.sops._scalars import json_number, yaml_scalar

SUFFIXES = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".env": "dotenv",
    ".ini": "ini",
}
"""The formats by file name suffix; any other file is binary, in an envelope of JSON."""

ENCRYPTED = ".enc"
"""May follow such a suffix: ``prod.yaml.enc``."""

BINARY_NAME = "data"
"""sops's name for the content of a binary file."""

MAX_VALUES = 20_000
TOO_MANY_VALUES = f"holds more than {MAX_VALUES} values; split it"

_METADATA = "sops"
"""The key of sops's metadata; their prefix where a format has no nesting."""


@dataclass(frozen=True)
class TypedScalar:
    """A value that is not a text, and hence not encrypted.

    :param content: what it counts as in the MAC; ``None`` for null, which does not count.
    """

    content: bytes | None


Node = Union[str, TypedScalar, "dict[str, Node]", "list[Node]"]
Branch = dict[str, Node]


@dataclass(frozen=True)
class Document:
    """The content of a file.

    :param branches: its trees: one, or in YAML one for each document.
    :param metadata: what stands under ``sops``: texts, and lists and mappings of them.
    """

    branches: list[Branch]
    metadata: dict[str, Any]

    @property
    def is_binary(self) -> bool:
        """Whether this is the envelope of a file that sops took for binary."""
        return len(self.branches) == 1 and [*self.branches[0]] == [BINARY_NAME]


def parse(text: str, form: str) -> Document:
    """Read a file's text.

    :param form: ``yaml``, ``json``, ``dotenv``, ``ini`` or ``binary``.
    :raise SopsNotEncrypted: when sops did not encrypt it.
    :raise SopsError: when it is not of that format.
    """
    reader: Callable[[str], Document] = _READERS[form]
    try:
        document = reader(text)
    except SopsError as error:
        if not is_encrypted_within(text):
            raise SopsNotEncrypted(error.reason) from error
        if form == "binary":
            msg = f"{error.reason}; if it is of another format, say so with format="
            raise SopsError(msg) from error
        raise
    if not document.metadata:
        remedy = "encrypt it with: sops encrypt --in-place"
        raise SopsNotEncrypted(f"is not encrypted by sops; {remedy}")
    return document


def format_of(path: str) -> str:
    """Return a file's format by its name: as sops does, and by what precedes ``.enc``.

    A name such as ``.env.production`` is that of a dotenv file.
    """
    file = os.path.basename(path).removesuffix(ENCRYPTED)
    if file.startswith(".env."):
        return "dotenv"
    return SUFFIXES.get(os.path.splitext("x" + file)[1], "binary")


def format_of_text(path: str, text: str) -> str:
    """Return a file's format by its name and its text.

    A file whose name ends in ``.enc`` is a binary one to sops, unless it was told the format.
    """
    return "binary" if path.endswith(ENCRYPTED) and text.startswith("{") else format_of(path)


def _unreadable(problem: str) -> SopsError:
    return SopsError(f"cannot be read: {problem}")


def _yaml(text: str) -> Document:
    try:
        documents = [_yaml_node(document) for document in yaml_documents(text)]
    except YamlError as error:
        raise _unreadable(str(error)) from error
    branches = [{} if document == TypedScalar(None) else document for document in documents]
    return _nested(branches)


def _yaml_node(node: Any) -> Node:  # noqa: ANN401 - a dict, list or scalar
    if isinstance(node, dict):
        return {key.text: _yaml_node(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_yaml_node(value) for value in node]
    if node.tag == STRING:
        return str(node.text)
    value = yaml_scalar(node.text) if node.tag is None else node.text.encode()
    return value if isinstance(value, str) else TypedScalar(value)


def _json(text: str) -> Document:
    count = itertools.count(1)

    def number(text: str) -> TypedScalar:
        # Each takes a while.
        if next(count) > MAX_VALUES:
            raise SopsError(TOO_MANY_VALUES)
        return TypedScalar(json_number(text))

    if is_nested_too_deeply(text):
        raise _unreadable(NESTED_TOO_DEEPLY)
    try:
        tree = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_int=number, parse_float=number
        )
    except json.JSONDecodeError as error:
        raise _unreadable(f"it is not JSON, at line {error.lineno}") from error
    return _nested([_json_node(tree)])


def _without_duplicates(items: list[tuple[str, Node]]) -> Branch:
    found = dict(items)
    if len(found) < len(items):
        raise _unreadable("it has a key twice")
    return found


def _json_node(node: Any) -> Node:  # noqa: ANN401 - what JSON has
    if isinstance(node, dict):
        return {key: _json_node(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_json_node(value) for value in node]
    if node is None:
        return TypedScalar(None)
    return TypedScalar(str(node).encode()) if isinstance(node, (bool, float)) else node


def _nested(documents: list[Any]) -> Document:
    if not documents or not all(isinstance(document, dict) for document in documents):
        raise _unreadable("it is not a mapping of names to values")
    first, *_ = (document.pop(_METADATA, None) for document in documents)
    return Document(documents, _texts(first) if isinstance(first, dict) else {})


def _texts(node: Node) -> Any:  # noqa: ANN401 - of the node's own shape
    """Return metadata with every value as a text."""
    if isinstance(node, dict):
        return {key: _texts(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_texts(value) for value in node]
    return (node.content or b"").decode() if isinstance(node, TypedScalar) else node


def _dotenv(text: str) -> Document:
    branch: Branch = {}
    metadata = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or key in branch:
            raise _unreadable(f"line {number} is not dotenv, or repeats a name")
        value = value.replace("\\n", "\n")
        if key.startswith(f"{_METADATA}_"):
            metadata[key.removeprefix(f"{_METADATA}_")] = value
        else:
            branch[key] = value
    return Document([branch], unflatten(metadata))


def _ini(text: str) -> Document:
    sections: Branch = {}
    # What stands before the first section belongs to sops's section DEFAULT.
    section: Branch = {}
    sections["DEFAULT"] = section
    for number, raw in enumerate(_on_one_line(text).split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith((";", "#")):
            continue
        if line.startswith("[") and line.endswith("]") and line[1:-1] not in sections:
            section = sections[line[1:-1]] = {}
            continue
        key, equals, value = line.partition("=")
        key = key.rstrip()
        if not key or not equals or key in section:
            raise _unreadable(f"line {number} is not INI, or repeats a name")
        section[key] = value.lstrip()
    metadata = sections.pop(_METADATA, {})
    flat = metadata.items() if isinstance(metadata, dict) else ()
    texts = {key: text.replace("\\n", "\n") for key, text in flat if isinstance(text, str)}
    return Document([sections], unflatten(texts))


def _on_one_line(text: str) -> str:
    """Write line ends in triple quotes as a backslash and ``n``, as most versions of sops 3 do.

    Other versions write the metadata's line ends as they are, in triple quotes.
    """
    parts = text.split('"""')
    parts[1::2] = [part.replace("\n", "\\n") for part in parts[1::2]]
    return "".join(parts)


_READERS = {"yaml": _yaml, "json": _json, "binary": _json, "dotenv": _dotenv, "ini": _ini}

FORMATS = tuple(_READERS)
"""The names of all formats."""
