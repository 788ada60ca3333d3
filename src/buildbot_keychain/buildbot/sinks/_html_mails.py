"""Labels in mails of HTML, which Buildbot's templates would show as tags.

What a template gets is text of the database, in which labels stand for secrets, and Buildbot's own
templates put it into the page as it is. So in the copy that is made for a page the labels are
escaped. A template that escapes its texts itself (``|e``) gets the text as it was.
"""

from __future__ import annotations

import html
import re
from typing import Any

from buildbot_keychain.buildbot.sinks._process_log import every_master
from buildbot_keychain.redaction.structures import redact_value

_ANGLED = re.compile(r"<[^<>\r\n]+>")
_ANONYMOUS = re.compile(r"<secret(-\d+)?>")


def escape_labels(context: dict[str, Any]) -> dict[str, Any]:
    """Return what a template for HTML gets, with the labels escaped in every text of it."""
    escaped: dict[str, Any] = redact_value(_Labels(), context)
    return escaped


class _HtmlText(str):
    """A text in which labels are escaped, for templates that do not escape."""

    __slots__ = ("text",)
    text: str

    def __html__(self) -> str:
        """Return all of the text escaped, for templates that do."""
        return html.escape(self.text)


class _Labels:
    """The labels of all secrets of this process."""

    def __init__(self) -> None:
        names = {name for each in tuple(every_master.redactors) for name in each.names}
        self._known = {f"<{name}>" for name in names}

    def redact(self, text: str) -> str:
        """Return a text with each label in it escaped."""
        escaped = _ANGLED.sub(self._escape, text)
        if escaped == text:
            return text
        result = _HtmlText(escaped)
        result.text = text
        return result

    def _escape(self, match: re.Match[str]) -> str:
        label = match[0]
        is_label = label in self._known or _ANONYMOUS.fullmatch(label) is not None
        return html.escape(label) if is_label else label
