"""A file of sops as a tree of names and values, and what sops wrote about it, for each format.

Nothing is decrypted here. A format is read as sops writes it, and a text that is read otherwise by
sops than here fails at the MAC later. Errors name a place in the file at most, never its content.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

from buildbot_keychain.providers.formats import STRING, YamlError, yaml_documents
from buildbot_keychain.providers.sops.refusal import Refused
from buildbot_keychain.providers.sops.scalars import json_number, yaml_plain

PREFIX = "sops"
"""The key that holds sops's metadata; its prefix where a format has no nesting."""

_STEP = re.compile(r"__(?=list_\d+(?:__|$)|map_)", re.ASCII)


@dataclass(frozen=True)
class Counted:
    """A value that is not a text, hence not encrypted.

    :param content: what it counts as in the MAC; ``None`` for null, which does not count.
    """

    content: bytes | None


Node = Union[str, Counted, "dict[str, Node]", "list[Node]"]
Branch = dict[str, Node]


@dataclass(frozen=True)
class Document:
    """What a file holds.

    :param branches: its trees: one, or in YAML one for each document.
    :param metadata: what stands under ``sops``: texts, and lists and mappings of them.
    """

    branches: list[Branch]
    metadata: dict[str, Any]


def parse(text: str, form: str) -> Document:
    """Read a file's text.

    :param form: ``yaml``, ``json``, ``dotenv``, ``ini`` or ``binary``.
    :raise Refused: when it is not of that format, or sops did not encrypt it.
    """
    reader: Callable[[str], Document] = _READERS[form]
    try:
        document = reader(text)
    except (YamlError, RecursionError) as error:
        problem = str(error) if isinstance(error, YamlError) else "it is nested too deeply"
    else:
        if document.metadata:
            return document
        msg = "is not encrypted by sops; run: sops encrypt --in-place on it"
        raise Refused(msg)
    msg = f"cannot be read: {problem}"
    raise Refused(msg)


def format_of(path: str) -> str:
    """Tell a file's format by the end of its name, as sops does."""
    return SUFFIXES.get(os.path.splitext("x" + os.path.basename(path))[1], "binary")


def _yaml(text: str) -> Document:
    documents = [_of_yaml(document) for document in yaml_documents(text)]
    branches = [{} if document == Counted(None) else document for document in documents]
    return _nested(branches)


def _of_yaml(node: Any) -> Node:  # noqa: ANN401 - a dict, list or scalar
    if isinstance(node, dict):
        return {key.text: _of_yaml(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_of_yaml(value) for value in node]
    if node.tag == STRING:
        return str(node.text)
    value = yaml_plain(node.text) if node.tag is None else node.text.encode()
    return value if isinstance(value, str) else Counted(value)


def _json(text: str) -> Document:
    duplicates = []

    def pairs(items: list[tuple[str, Node]]) -> Branch:
        found = dict(items)
        duplicates.extend([True] * (len(items) - len(found)))
        return found

    def number(text: str) -> Counted:
        return Counted(json_number(text))

    problem = "it is not JSON"
    try:
        tree = json.loads(text, object_pairs_hook=pairs, parse_int=number, parse_float=number)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            problem += f", at line {error.lineno}"
        tree = None
    if tree is None or duplicates:
        msg = f"cannot be read: {'it has a key twice' if duplicates else problem}"
        raise Refused(msg)
    return _nested([_of_json(tree)])


def _of_json(node: Any) -> Node:  # noqa: ANN401 - what JSON has
    if isinstance(node, dict):
        return {key: _of_json(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_of_json(value) for value in node]
    if node is None:
        return Counted(None)
    return Counted(str(node).encode()) if isinstance(node, (bool, float)) else node


def _nested(documents: list[Any]) -> Document:
    if not documents or not all(isinstance(document, dict) for document in documents):
        msg = "cannot be read: it has no names at its top"
        raise Refused(msg)
    first, *_ = (document.pop(PREFIX, None) for document in documents)
    return Document(documents, _texts(first) if isinstance(first, dict) else {})


def _texts(node: Node) -> Any:  # noqa: ANN401 - of the node's own shape
    """Give metadata with every value as a text."""
    if isinstance(node, dict):
        return {key: _texts(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_texts(value) for value in node]
    return (node.content or b"").decode() if isinstance(node, Counted) else node


def _dotenv(text: str) -> Document:
    branch: Branch = {}
    metadata = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or key in branch:
            msg = f"cannot be read: it is not dotenv, or has a name twice, at line {number}"
            raise Refused(msg)
        value = value.replace("\\n", "\n")
        if key.startswith(f"{PREFIX}_"):
            metadata[key.removeprefix(f"{PREFIX}_")] = value
        else:
            branch[key] = value
    return Document([branch], _unflattened(metadata))


def _ini(text: str) -> Document:
    sections: Branch = {}
    # What stands before the first section is sops's section DEFAULT.
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
            msg = f"cannot be read: it is not INI, or has a name twice, at line {number}"
            raise Refused(msg)
        section[key] = value.lstrip()
    flat = {key: value.replace("\\n", "\n") for key, value in _section(sections).items()}
    return Document([sections], _unflattened(flat))


def _on_one_line(text: str) -> str:
    """Write line ends in triple quotes as a backslash and ``n``, as most versions of sops 3 do.

    Others write what is in the metadata as it is, in such quotes.
    """
    parts = text.split('"""')
    parts[1::2] = [part.replace("\n", "\\n") for part in parts[1::2]]
    return "".join(parts)


def _section(sections: Branch) -> dict[str, str]:
    found = sections.pop(PREFIX, {})
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _unflattened(flat: dict[str, str]) -> dict[str, Any]:
    """Undo what sops does to metadata where a format has no nesting (sops, stores/flatten.go).

    ``age__list_0__map_enc`` is the key ``enc`` of the first element of the list ``age``.
    """
    found: dict[Any, Any] = {}
    for key, value in flat.items():
        first, *more = _STEP.split(key)
        node, step = found, first
        for following in more:
            node, step = node.setdefault(step, {}), following
            if not isinstance(node, dict):
                msg = "cannot be read: its sops metadata is no tree"
                raise Refused(msg)
        node[step] = value
    return {key: _of_steps(node) for key, node in found.items()}


def _of_steps(node: Any) -> Any:  # noqa: ANN401 - a text, or a dict of steps
    if not isinstance(node, dict):
        return node
    inner = {step: _of_steps(value) for step, value in node.items()}
    if all(step.startswith("list_") for step in inner):
        return list(inner.values())
    return {step.removeprefix("map_"): value for step, value in inner.items()}


_READERS = {"yaml": _yaml, "json": _json, "binary": _json, "dotenv": _dotenv, "ini": _ini}

SUFFIXES = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".env": "dotenv",
    ".ini": "ini",
}
"""The formats by the ends of names; any other file is binary, in an envelope of JSON."""
