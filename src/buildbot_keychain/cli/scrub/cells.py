"""One stored value with its secrets replaced, still of the kind that its column holds.

A column of JSON stays JSON, base64 stays base64, a short column gets no more characters than fit.
`Cells` remembers short values that hold no secret, as most stored values are the same few.
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
from typing import Any, NamedTuple

from buildbot_keychain.cli.scrub.lines import UNNAMED
from buildbot_keychain.redaction import Redactor

_REMEMBERED = 200_000
_SHORT = 200
_TRIES = 4


class Kind(enum.Enum):
    """What a column holds."""

    TEXT = "text"
    JSON = "json"
    BASE64 = "base64"


class Cleaned(NamedTuple):
    """A value as it is to be stored, and the names of the secrets that were in it."""

    value: Any
    names: tuple[str, ...]


class Cells:
    """Redacts values; the names that it gives are as many as there were occurrences."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._clean: set[tuple[Kind, str]] = set()

    def clean(self, value: Any, kind: Kind, limit: int | None = None) -> Cleaned | None:  # noqa: ANN401
        """Give what to store in place of `value` (str or bytes), or ``None`` to leave it.

        :param limit: the most characters that the column takes.
        """
        if isinstance(value, bytes):
            return self._bytes(value)
        if not isinstance(value, str) or (kind, value) in self._clean:
            return None
        if kind is Kind.JSON:
            cleaned = self._json(value)
        elif kind is Kind.BASE64:
            cleaned = self._base64(value)
        else:
            cleaned = self._text(value)
        if cleaned is None:
            if len(value) <= _SHORT and len(self._clean) < _REMEMBERED:
                self._clean.add((kind, value))
            return None
        if limit is not None and kind is Kind.TEXT:
            return cleaned._replace(value=self.fitted(cleaned.value, limit))
        return cleaned

    def fitted(self, text: str, limit: int) -> str:
        """Give a redacted text cut to `limit` characters, and still without a secret."""
        for _ in range(_TRIES):
            if len(text) <= limit:
                return text
            text = self._redactor.redact(text[:limit])
        return "<secret>"[:limit]

    def _text(self, text: str) -> Cleaned | None:
        redacted = self._redactor.redact(text)
        if redacted == text:
            return None
        names = tuple(match.name for match in self._redactor.find(text))
        return Cleaned(redacted, names or (UNNAMED,))

    def _bytes(self, data: bytes) -> Cleaned | None:
        redacted = self._redactor.redact_bytes(data)
        if redacted == data:
            return None
        found = self._redactor.find(data.decode("utf-8", "surrogateescape"))
        return Cleaned(redacted, tuple(match.name for match in found) or (UNNAMED,))

    def _base64(self, text: str) -> Cleaned | None:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return self._text(text)
        cleaned = self._bytes(data)
        return cleaned and Cleaned(base64.b64encode(cleaned.value).decode("ascii"), cleaned.names)

    def _json(self, text: str) -> Cleaned | None:
        # Without an escape in it, what the text holds is what its strings hold.
        if "\\" not in text and self._text(text) is None:
            return None
        try:
            tree = json.loads(text)
        except ValueError:
            return self._text(text)
        names: list[str] = []
        clean = self._tree(tree, names)
        return Cleaned(json.dumps(clean), tuple(names)) if names else None

    def _tree(self, node: Any, names: list[str]) -> Any:  # noqa: ANN401 - any JSON
        """Give `node` without secrets: texts one by one, then what only shows in the whole."""
        if isinstance(node, str):
            return self._leaf(node, node, names)
        if isinstance(node, dict):
            node = {self._leaf(k, k, names): self._tree(v, names) for k, v in node.items()}
        elif isinstance(node, list):
            node = [self._tree(item, names) for item in node]
        elif node is None or isinstance(node, bool):
            return node
        return self._leaf(json.dumps(node), node, names)

    def _leaf(self, text: str, node: Any, names: list[str]) -> Any:  # noqa: ANN401 - the same
        cleaned = self._text(text)
        if cleaned is None:
            return node
        names.extend(cleaned.names)
        return cleaned.value
