"""What a process that has a store open does with it for another one: the messages, as bytes.

Pure but for what is done to the store: no socket and no clock. Whoever listens, and whoever
connects, moves the bytes.

**A conversation** is one request and its answer; before that, any number of reports. Each message
is a `frame`: its length in four bytes, the highest first, and JSON in ASCII::

    {"operation": "get", "arguments": {"name": "deploy/token", "version": null}, "keep": null}

    {"report": [500]}                        how much is done
    {"report": null}                         it is still being done
    {"report": []}                           there are too many connections: try again
    {"result": {"Value": {...}}}             or
    {"error": "StoreConflict", "message": "..."}

Values are in base64. Nothing here shows a message: it may hold a value.

`_frames`       messages in a stream of bytes, of a bounded size
`_objects`      the objects of a store as JSON has them
`_operations`   what can be asked for, with which arguments
`_messages`     requests, reports and answers
"""

from __future__ import annotations

from buildbot_keychain.store.remote._frames import (
    LARGEST_ANSWER,
    LARGEST_REQUEST,
    FrameReader,
    NotAMessage,
    frame,
)
from buildbot_keychain.store.remote._messages import (
    STILL_WORKING,
    TOO_MANY,
    Answer,
    Request,
    answer_of,
    error_message,
    read_answer,
    read_request,
    request_message,
    result_message,
)
from buildbot_keychain.store.remote._operations import Gone

__all__ = [
    "LARGEST_ANSWER",
    "LARGEST_REQUEST",
    "STILL_WORKING",
    "TOO_MANY",
    "Answer",
    "FrameReader",
    "Gone",
    "NotAMessage",
    "Request",
    "answer_of",
    "error_message",
    "frame",
    "read_answer",
    "read_request",
    "request_message",
    "result_message",
]
