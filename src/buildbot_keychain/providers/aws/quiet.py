"""Keeps botocore's debug log out of our calls.

At level DEBUG botocore writes the body of every answer, hence values, and the headers of every
request, hence session tokens, before anything can know them. A program may switch that on for
other reasons: ``boto3.set_stream_logger("")``, or a root logger at DEBUG. Records below INFO that
such loggers make in our threads, during our calls, are dropped; all others pass.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("boto3", "botocore", "urllib3")


class _OutOfCalls(logging.Filter):
    """Passes what is not made by a call of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is written."""
        return record.levelno >= logging.INFO or not getattr(self.calls, "quiet", False)


_FILTER = _OutOfCalls()


@contextmanager
def quiet() -> Iterator[None]:
    """Write nothing below INFO of what these loggers say in this thread, meanwhile."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _LOGGERS:
            # To add it once more does nothing.
            logging.getLogger(name).addFilter(_FILTER)
    before = getattr(_FILTER.calls, "quiet", False)
    _FILTER.calls.quiet = True
    try:
        yield
    finally:
        _FILTER.calls.quiet = before
