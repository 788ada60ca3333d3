"""Reads manifests of Kubernetes: each key of a Secret is one, called ``secret/key``.

In YAML or JSON, one or several documents, and lists, as ``kubectl get secrets -o yaml`` prints
them. Objects of other kinds are passed over (Kubernetes API reference, ``Secret``).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from buildbot_keychain import utf8
from buildbot_keychain.errors import quote
from buildbot_keychain.formats import Malformed, YamlError, parse_json, yaml_documents
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.imports._settings import Unreadable, text_of

_LISTS = frozenset({"List", "SecretList"})
_DEPTH = 3
"""Lists within each other."""


def read_kubernetes(content: bytes, where: str) -> Iterator[Entry]:
    """Yield the values of the Secrets in a manifest."""
    try:
        documents = _documents(content)
    except (Malformed, Unreadable, YamlError) as error:
        yield ImportProblem(where, f"cannot be read: {error}", "correct it")
        return
    for document in documents:
        yield from _objects(document, where, _DEPTH)


def _documents(content: bytes) -> list[Any]:
    is_json = content.lstrip()[:1] == b"{"
    text = text_of(content, lines=not is_json)
    if is_json:
        return [parse_json(text)]
    return [_plain(document) for document in yaml_documents(text)]


def _plain(node: Any) -> Any:  # noqa: ANN401 - any kind of node
    """Return a document of YAML as mappings, lists and texts, as they are written."""
    if isinstance(node, dict):
        return {key.text: _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list) else node.text


def _objects(document: Any, where: str, depth: int) -> Iterator[Entry]:  # noqa: ANN401 - any value
    if not isinstance(document, Mapping):
        if document:
            yield ImportProblem(where, "is not a manifest of Kubernetes", "leave it out")
        return
    kind = document.get("kind")
    if kind in _LISTS and depth:
        items = document.get("items")
        for item in items if isinstance(items, list) else ():
            # In a list of Secrets, they need not say that they are.
            named = {"kind": "Secret", **item} if isinstance(item, Mapping) else item
            yield from _objects(named, where, depth - 1)
    elif kind == "Secret":
        yield from _secret(document, where)
    elif kind == "SealedSecret":
        why = "is a SealedSecret, which only its controller opens"
        remedy = "import what `kubectl get secret -o yaml` prints"
        yield ImportProblem(f"{where}: {_name(document)}", why, remedy)


def _name(document: Mapping[str, Any]) -> str:
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) else ""


def _secret(document: Mapping[str, Any], where: str) -> Iterator[Entry]:
    name = _name(document)
    if not name:
        yield ImportProblem(where, "has a Secret without a name", "give it one in its metadata")
        return
    values: dict[str, tuple[object, bool]] = {}
    for part, encoded in (("data", True), ("stringData", False)):
        found = document.get(part) or {}
        if isinstance(found, Mapping):
            # What stringData has, counts.
            values |= {key: (value, encoded) for key, value in found.items()}
        else:
            yield ImportProblem(f"{where}: {name}", f"has {part} that is no mapping", "correct it")
    metadata = document["metadata"]
    namespace = metadata.get("namespace")
    tags = ("kubernetes", namespace) if isinstance(namespace, str) else ("kubernetes",)
    for key, (value, encoded) in values.items():
        here = f"{where}: {quote(f'{name}/{key}')}"
        decoded = _decoded(value) if encoded else value
        if isinstance(decoded, (str, bytes)):
            yield ImportedSecret(f"{name}/{key}", decoded, here, tags=tags)
        else:
            why = "is not base64" if encoded else "is not a text"
            yield ImportProblem(here, why, "correct it")


def _decoded(value: object) -> str | bytes | None:
    if not isinstance(value, str):
        return None
    try:
        content = b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return utf8.text_or_bytes(content)
