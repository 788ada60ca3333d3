"""`CellRedactor`: redacts one stored value and keeps the format that its column holds.

JSON stays JSON, base64 stays base64, and a short column gets no more characters than fit. Short
values without a secret are remembered, as most stored values are the same few.
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from buildbot_keychain.cli._line_stream import UNNAMED
from buildbot_keychain.redaction import Audience, Redactor

_MAX_REMEMBERED = 200_000
_MAX_REMEMBERED_LENGTH = 200
_MAX_CUTS = 4


class CellFormat(enum.Enum):
    """The format of the values in a column."""

    TEXT = "text"
    JSON = "json"
    BASE64 = "base64"


class RedactedCell(NamedTuple):
    """The value to store, and the secrets that were in it, by name, one for each occurrence."""

    value: Any
    names: tuple[str, ...]
    """Those that are hidden in `value`."""

    shown: tuple[str, ...] = ()
    """Those that are not: its readers may not have been given them, and could guess them."""


class CellRedactor:
    """Redacts stored values."""

    def __init__(self, redactor: Redactor) -> None:
        self._everyone = redactor.seen_by(None)
        self._harmless: set[tuple[CellFormat, str]] = set()

    def redact(
        self,
        value: Any,  # noqa: ANN401 - what a database holds
        cell_format: CellFormat,
        limit: int | None = None,
        readers: Callable[[], Audience] | None = None,
    ) -> RedactedCell | None:
        """Return what to store in place of `value`, or ``None`` if it holds no secret.

        :param value: str or bytes; anything else holds no secret.
        :param limit: the most characters that the column takes.
        :param readers: returns those who read it, and is called only if it holds a secret; by
            default, they have all secrets.
        """
        if not isinstance(value, (str, bytes)) or (cell_format, value) in self._harmless:
            return None
        whole = _CellOf(self._everyone).redact(value, cell_format)
        if whole is None:
            self._note_harmless(value, cell_format)
            return None
        audience = readers() if readers else self._everyone
        redacted = whole
        if audience is not self._everyone:
            redacted = _CellOf(audience).redact(value, cell_format) or RedactedCell(value, ())
            shown = Counter(whole.names) - Counter(redacted.names)
            redacted = redacted._replace(shown=tuple(shown.elements()))
        if limit is not None and cell_format is CellFormat.TEXT and isinstance(value, str):
            return redacted._replace(value=_cut(redacted.value, limit, audience))
        return redacted

    def _note_harmless(self, value: str | bytes, cell_format: CellFormat) -> None:
        if (
            isinstance(value, str)
            and len(value) <= _MAX_REMEMBERED_LENGTH
            and len(self._harmless) < _MAX_REMEMBERED
        ):
            self._harmless.add((cell_format, value))


def _cut(text: str, limit: int, audience: Audience) -> str:
    """Return a redacted text cut to `limit` characters, where the cut shows no secret."""
    for _ in range(_MAX_CUTS):
        if len(text) <= limit:
            return text
        text = audience.redact(text[:limit])
    return "<secret>"[:limit]


class _CellOf:
    """Redacts the formats of values for one audience."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience

    def redact(self, value: str | bytes, cell_format: CellFormat) -> RedactedCell | None:
        """Return what to store in place of `value`, or ``None`` if nothing in it is hidden."""
        if isinstance(value, bytes):
            return self._bytes(value)
        if cell_format is CellFormat.JSON:
            return self._json(value)
        if cell_format is CellFormat.BASE64:
            return self._base64(value)
        return self._text(value)

    def _text(self, text: str) -> RedactedCell | None:
        redacted = self._audience.redact(text)
        if redacted == text:
            return None
        names = tuple(match.name for match in self._audience.find(text))
        return RedactedCell(redacted, names or (UNNAMED,))

    def _bytes(self, data: bytes) -> RedactedCell | None:
        redacted = self._audience.redact_bytes(data)
        if redacted == data:
            return None
        found = self._audience.find(data.decode("utf-8", "surrogateescape"))
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
