"""Reads YAML, where a plain scalar is the text that is written: ``007`` and ``yes`` are texts.

What a plain scalar means differs between readers and versions of YAML, and a password that happens
to look like a number must not change with them. A value is something else only if a tag says so.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.formats._entries import (
    NULL,
    Entries,
    Malformed,
    NonText,
    flattened,
)
from buildbot_keychain.formats._yaml_documents import (
    STRING,
    YamlError,
    YamlScalar,
    yaml_documents,
)

_NULLS = {"", "~", "null", "Null", "NULL"}
_MERGE = "<<"


def read_yaml(text: str) -> Entries:
    """Return the entries of a YAML document.

    :raise Malformed: when it is not YAML, or is not one document of nested mappings.
    """
    try:
        documents = yaml_documents(text)
    except YamlError as error:
        raise Malformed(str(error)) from error
    if len(documents) > 1:
        raise Malformed("it has several documents; keep one")
    return flattened(_value(documents[0])) if documents else {}


def _value(node: Any) -> Any:  # noqa: ANN401 - any kind of node
    if isinstance(node, YamlScalar):
        return _scalar(node)
    if isinstance(node, dict):
        if any(key.tag is None and key.text == _MERGE for key in node):
            raise Malformed("it merges mappings with '<<'; write out what they contain")
        return {key.text: _value(value) for key, value in node.items()}
    return node


def _scalar(node: YamlScalar) -> str | NonText:
    if node.tag is None and node.text in _NULLS:
        return NULL
    if node.tag in {None, STRING}:
        return node.text
    return NonText("a value with a tag", "remove the tag")
