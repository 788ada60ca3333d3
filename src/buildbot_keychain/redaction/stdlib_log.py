"""Redaction of what the standard library's `logging` writes.

A `RedactingFilter` belongs on handlers: a filter on a logger does not see what its children log.
It works on the record itself, so that whatever the handler does with it is redacted: message,
traceback with its source lines, stack, and fields given as ``extra``.
"""

from __future__ import annotations

import logging

from buildbot_keychain.redaction.structures import WITHHELD, Redacts, redact_value

# What names the place in the code that logs; altered, these would mislead whoever filters by them.
_PLACE = frozenset(("name", "levelname", "pathname", "filename", "module", "funcName"))
_FORMATTER = logging.Formatter()


class RedactingFilter(logging.Filter):
    """Redacts every record and lets it pass: ``handler.addFilter(RedactingFilter(redactor))``."""

    def __init__(self, redactor: Redacts) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact `record` in place."""
        redact_record(self._redactor, record)
        return True


def redact_record(redactor: Redacts, record: logging.LogRecord) -> None:
    """Redact `record` in place; what cannot be redacted is withheld."""
    try:
        record.msg, record.args = redactor.redact(record.getMessage()), None
        if record.exc_info:
            text = record.exc_text or _FORMATTER.formatException(record.exc_info)
            if redactor.redact(text) != text:
                # The exception itself does not travel on: its arguments hold a secret.
                record.exc_text, record.exc_info = text, None
        for key, value in vars(record).items():
            if key not in _PLACE:
                setattr(record, key, redact_value(redactor, value))
    except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
        record.msg, record.args = WITHHELD, None
        record.exc_info = record.exc_text = record.stack_info = None
