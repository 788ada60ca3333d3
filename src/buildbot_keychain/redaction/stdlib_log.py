"""Redaction of what the standard library's `logging` writes.

A `RedactingFilter` belongs on handlers: a filter on a logger does not see what its children log.
It works on the record itself, so that whatever the handler does with it is redacted: message,
traceback with its source lines, stack, and fields given as ``extra``. A record that shows nothing
stays as it is; in others the arguments have become part of the message.
"""

from __future__ import annotations

import logging

from buildbot_keychain.redaction.structures import WITHHELD, Redacts, Texts, redact_value

# What names the place in the code that logs; altered, these would mislead whoever filters by them.
_PLACE = frozenset(("name", "levelname", "pathname", "filename", "module", "funcName"))
_NAMES = frozenset(("processName", "taskName", "threadName"))
_FIELDS = frozenset(vars(logging.makeLogRecord({})))
"""What every record has; everything else was given as ``extra``."""
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


def redact_record(
    redactor: Redacts, record: logging.LogRecord
) -> tuple[str, dict[str, object]] | None:
    """Redact `record` in place; what cannot be redacted is withheld.

    :return: if something was hidden: message and traceback as they were, and all fields.
    """
    try:
        message, traceback = record.getMessage(), _traceback(record)
        if not _shows_nothing(redactor, record, message, traceback):
            fields = dict(vars(record))
            _redact(redactor, record, message, traceback)
            return f"{message}\n{traceback}", fields
    except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
        record.msg, record.args = WITHHELD, None
        record.exc_info = record.exc_text = record.stack_info = None
    return None


def _traceback(record: logging.LogRecord) -> str:
    if not record.exc_info:
        return ""
    return record.exc_text or _FORMATTER.formatException(record.exc_info)


def _shows_nothing(
    redactor: Redacts, record: logging.LogRecord, message: str, traceback: str
) -> bool:
    texts = Texts()
    texts.add(message)
    texts.add(traceback)
    for key, value in vars(record).items():
        if key in _NAMES and isinstance(value, str):
            texts.add_part(value)
        elif key not in _PLACE:
            texts.add_value(value, numbers=key not in _FIELDS)
    return texts.show_nothing(redactor)


def _redact(redactor: Redacts, record: logging.LogRecord, message: str, traceback: str) -> None:
    record.msg, record.args = redactor.redact(message), None
    if redactor.redact(traceback) != traceback:
        # The exception itself does not travel on: its arguments hold a secret.
        record.exc_text, record.exc_info = traceback, None
    for key, value in vars(record).items():
        if key not in _PLACE:
            setattr(record, key, redact_value(redactor, value, numbers=key not in _FIELDS))
