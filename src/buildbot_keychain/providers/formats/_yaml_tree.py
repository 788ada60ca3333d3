"""YAML, of which a plain scalar is the text that stands there: ``007`` and ``yes`` are texts.

What a plain scalar means differs between readers and versions of YAML, and a password that happens
to look like a number must not change with that. Other things than texts are told by tags alone.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.providers.formats._entries import (
    NULL,
    Entries,
    Malformed,
    NotText,
    flattened,
)
from buildbot_keychain.providers.formats._yaml_text import (
    STRING,
    YamlError,
    YamlScalar,
    yaml_documents,
)

_NULLS = {"", "~", "null", "Null", "NULL"}
_MERGE = "<<"


def read_yaml(text: str) -> Entries:
    """Give the texts of a YAML document.

    :raise Malformed: when it is not YAML, or is more than one document of nested mappings.
    """
    problem = ""
    try:
        documents = yaml_documents(text)
    except YamlError as error:
        problem = str(error)
    if problem:
        raise Malformed(problem)
    if len(documents) > 1:
        raise Malformed("it holds several documents; keep one")
    return flattened(_node(documents[0])) if documents else {}


def _node(node: Any) -> Any:  # noqa: ANN401 - what a node may be
    if isinstance(node, YamlScalar):
        return _scalar(node)
    if isinstance(node, dict):
        if any(key.tag is None and key.text == _MERGE for key in node):
            raise Malformed("it merges mappings by '<<'; write out what they hold")
        return {key.text: _node(value) for key, value in node.items()}
    return node


def _scalar(node: YamlScalar) -> str | NotText:
    if node.tag is None and node.text in _NULLS:
        return NULL
    if node.tag in {None, STRING}:
        return node.text
    return NotText("something with a tag of its own", "take the tag away")
