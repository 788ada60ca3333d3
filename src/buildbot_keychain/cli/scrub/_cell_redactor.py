"""`CellRedactor`: redacts one stored value and keeps the format that its column holds.

JSON stays JSON, base64 stays base64, and a short column gets no more characters than fit. Short
values without a secret are remembered, as most stored values are the same few.
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
from typing import Any, NamedTuple

from buildbot_keychain.cli.scrub._line_stream import UNNAMED
from buildbot_keychain.redaction import Redactor

_MAX_REMEMBERED = 200_000
_MAX_REMEMBERED_LENGTH = 200
_MAX_CUTS = 4


class CellFormat(enum.Enum):
    """The format of the values in a column."""

    TEXT = "text"
    JSON = "json"
    BASE64 = "base64"


class RedactedCell(NamedTuple):
    """The value to store, and the names of the secrets that were in it, one per occurrence."""

    value: Any
    names: tuple[str, ...]


class CellRedactor:
    """Redacts stored values."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._harmless: set[tuple[CellFormat, str]] = set()

    def redact(
        self,
        value: Any,  # noqa: ANN401 - what a database holds
        cell_format: CellFormat,
        limit: int | None = None,
    ) -> RedactedCell | None:
        """Return what to store in place of `value`, or ``None`` if it holds no secret.

        :param value: str or bytes; anything else holds no secret.
        :param limit: the most characters that the column takes.
        """
        if isinstance(value, bytes):
            return self._bytes(value)
        if not isinstance(value, str) or (cell_format, value) in self._harmless:
            return None
        if cell_format is CellFormat.JSON:
            redacted = self._json(value)
        elif cell_format is CellFormat.BASE64:
            redacted = self._base64(value)
        else:
            redacted = self._text(value)
        if redacted is None:
            if len(value) <= _MAX_REMEMBERED_LENGTH and len(self._harmless) < _MAX_REMEMBERED:
                self._harmless.add((cell_format, value))
            return None
        if limit is not None and cell_format is CellFormat.TEXT:
            return redacted._replace(value=self._cut(redacted.value, limit))
        return redacted

    def _cut(self, text: str, limit: int) -> str:
        """Return a redacted text cut to `limit` characters, where the cut shows no secret."""
        for _ in range(_MAX_CUTS):
            if len(text) <= limit:
                return text
            text = self._redactor.redact(text[:limit])
        return "<secret>"[:limit]

    def _text(self, text: str) -> RedactedCell | None:
        redacted = self._redactor.redact(text)
        if redacted == text:
            return None
        names = tuple(match.name for match in self._redactor.find(text))
        return RedactedCell(redacted, names or (UNNAMED,))

    def _bytes(self, data: bytes) -> RedactedCell | None:
        redacted = self._redactor.redact_bytes(data)
        if redacted == data:
            return None
        found = self._redactor.find(data.decode("utf-8", "surrogateescape"))
        return RedactedCell(redacted, tuple(match.name for match in found) or (UNNAMED,))

    def _base64(self, text: str) -> RedactedCell | None:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return self._text(text)
        redacted = self._bytes(data)
        if redacted is None:
            return None
        return RedactedCell(base64.b64encode(redacted.value).decode("ascii"), redacted.names)

    def _json(self, text: str) -> RedactedCell | None:
        # Without escapes, its strings hold nothing that the text itself does not show.
        if "\\" not in text and self._text(text) is None:
            return None
        try:
            tree = json.loads(text)
        except ValueError:
            return self._text(text)
        names: list[str] = []
        redacted = self._tree(tree, names)
        return RedactedCell(json.dumps(redacted), tuple(names)) if names else None

    def _tree(self, node: Any, names: list[str]) -> Any:  # noqa: ANN401 - any JSON
        """Return `node` redacted: first each text in it, then what only shows in the whole."""
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
        redacted = self._text(text)
        if redacted is None:
            return node
        names.extend(redacted.names)
        return redacted.value
