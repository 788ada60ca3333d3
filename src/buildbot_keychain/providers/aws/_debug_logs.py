"""Keeps botocore's debug log of our requests out of all logs.

At level DEBUG botocore logs the body of every response, which holds values, and the headers of
every request, which hold session tokens, before anything can hide them. A program may have enabled
that for other reasons, with ``boto3.set_stream_logger("")`` or a root logger at DEBUG. Records
below INFO that such loggers make in our threads, during our requests, are dropped; all others pass.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("boto3", "botocore", "urllib3")


class _DebugFilter(logging.Filter):
    """Drops records below INFO in the threads where it is active."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.local()

    @property
    def active(self) -> bool:
        """Whether it drops records in this thread."""
        return getattr(self.thread, "active", False)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        return record.levelno >= logging.INFO or not self.active


_FILTER = _DebugFilter()


@contextmanager
def suppress_debug_logs() -> Iterator[None]:
    """Drop what these loggers log below INFO in this thread, for the time of the block."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _LOGGERS:
            # To add it once more does nothing.
            logging.getLogger(name).addFilter(_FILTER)
    before = _FILTER.active
    _FILTER.thread.active = True
    try:
        yield
    finally:
        _FILTER.thread.active = before
