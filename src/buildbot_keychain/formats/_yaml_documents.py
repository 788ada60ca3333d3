"""Parses YAML as it is written: mappings, sequences and the texts of scalars, uninterpreted.

What a plain ``yes``, ``007`` or ``1e5`` means differs between versions of YAML and its readers.
Here a scalar keeps its text and whether it was plain, and the caller decides. Aliases are rejected:
a few lines of them can stand for gigabytes. This is the only module that imports PyYAML; it uses
the parser in C if there is one.
The text is parsed as it is read, and no further than the limits on its nesting and its nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.formats._entries import MAX_DEPTH, NESTED_TOO_DEEPLY
from buildbot_keychain.secretive import secretive

STRING = "tag:yaml.org,2002:str"
"""The tag of a scalar that is a text because of its quotes or its tag."""


@secretive
@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A scalar.

    :param text: its content, without quotes.
    :param tag: its tag if one is written; `STRING` for one in quotes; ``None`` for a plain one.
    """

    text: str = field(repr=False)
    tag: str | None


_MAX_NODES = 100_000
"""Mappings, sequences and scalars, keys included."""


class YamlError(ValueError):
    """A text that is not YAML, or uses a part of it that is not read here; quotes no content."""


def yaml_documents(text: str) -> list[Any]:
    """Return the documents of a stream: `dict` (with keys that are `YamlScalar`), `list` or scalar.

    :param text: the stream; YAML 1.1, as PyYAML parses it.
    :raise YamlError: when it is not YAML, uses an alias, has a key twice or one that is not a
        scalar, or is nested too deeply or too large.
    """
    import yaml  # noqa: PLC0415 - an optional dependency

    try:
        events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return _Reader(events).documents()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        msg = "it is not YAML" + (f", at line {mark.line + 1}" if mark else "")
        raise YamlError(msg) from error
    except RecursionError as error:
        raise YamlError(NESTED_TOO_DEEPLY) from error


class _Reader:
    """Builds documents from PyYAML's events, recognised by the names of their classes."""

    def __init__(self, events: Any) -> None:  # noqa: ANN401 - an iterator of PyYAML's events
        self._events = events
        self._nodes = 0
        self._depth = 0

    def documents(self) -> list[Any]:
        return [
            self._node(next(self._events))
            for event in self._events
            if type(event).__name__ == "DocumentStartEvent"
        ]

    def _node(self, event: Any) -> Any:  # noqa: ANN401 - any kind of node
        kind = type(event).__name__
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            msg = f"it has more than {_MAX_NODES} names and values"
            raise YamlError(msg)
        if kind == "ScalarEvent":
            plain = event.implicit[0]
            quoted = event.implicit[1] and not plain
            return YamlScalar(event.value, STRING if quoted else event.tag)
        if kind in {"SequenceStartEvent", "MappingStartEvent"}:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise YamlError(NESTED_TOO_DEEPLY)
            found = self._sequence() if kind == "SequenceStartEvent" else self._mapping()
            self._depth -= 1
            return found
        msg = f"it has an alias, at line {event.start_mark.line + 1}; repeat the value instead"
        raise YamlError(msg)

    def _sequence(self) -> list[Any]:
        found = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            found.append(self._node(event))
        return found

    def _mapping(self) -> dict[YamlScalar, Any]:
        found: dict[YamlScalar, Any] = {}
        texts = set()
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            key = self._node(event)
            line = event.start_mark.line + 1
            if not isinstance(key, YamlScalar):
                msg = f"it has a key that is not a scalar, at line {line}"
                raise YamlError(msg)
            if key.text in texts:
                msg = f"it has a key twice, at line {line}"
                raise YamlError(msg)
            texts.add(key.text)
            found[key] = self._node(next(self._events))
        return found
