"""Requests, reports and answers, as the bytes of a message. What `answer_of` does, blocks.

An error is sent by the name of its class, which must be one of ours, and its sentence. An error of
another class may quote a value: of that, only the class is sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from buildbot_keychain import errors
from buildbot_keychain.errors import KeychainError, StoreError
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote._frames import LARGEST_ANSWER, NotAMessage, frame
from buildbot_keychain.store.remote._objects import decode, encode
from buildbot_keychain.store.remote._operations import LOOKING, Task, perform
from buildbot_keychain.store.store import Keep, Store

_ANOTHER_VERSION = (
    "the master and this command are of different versions of buildbot-keychain; restart the master"
)


def _message(content: Mapping[str, object]) -> bytes:
    return frame(json.dumps(content, separators=(",", ":")).encode("ascii"))


STILL_WORKING = _message({"report": None})
"""What is sent now and then until there is an answer."""

TOO_MANY = _message({"report": []})
"""What whoever connects is told, and nothing else, where there are too many connections."""


def request_message(operation: str, arguments: Mapping[str, object], keep: Keep | None) -> bytes:
    """Return what asks for an operation.

    :param keep: which versions are kept of what is written; as the process has it by default.
    """
    encoded = {name: encode(value) for name, value in arguments.items()}
    return _message({"operation": operation, "arguments": encoded, "keep": encode(keep)})


@secretive
@dataclass(frozen=True, repr=False)
class Answer:
    """A message of whoever was asked.

    :param is_final: whether it is the answer itself, and not a report.
    :param content: the result, or what a report says: nothing where it is still being done.
    """

    is_final: bool
    content: Any


def read_answer(content: bytes) -> Answer:
    """Return what a message says.

    :raise KeychainError: when it is an error, of the class that was raised.
    :raise NotAMessage: when it is not a message.
    """
    found = _parsed(content)
    if "result" in found:
        return Answer(is_final=True, content=decode(found["result"]))
    if "report" in found:
        return Answer(is_final=False, content=decode(found["report"]))
    kind, message = found.get("error"), found.get("message")
    if not isinstance(kind, str) or not isinstance(message, str):
        raise NotAMessage(_ANOTHER_VERSION)
    known: Any = getattr(errors, kind, None)
    if not isinstance(known, type) or not issubclass(known, StoreError):
        known = StoreError
    raise known(message)


@secretive
@dataclass(frozen=True, repr=False)
class Request:
    """A message of whoever asks.

    :param keep: which versions are kept, if it says so.
    """

    operation: str
    arguments: Mapping[str, Any]
    keep: Keep | None

    @property
    def changes(self) -> bool:
        """Whether it asks to change something, or for a value."""
        return self.operation not in LOOKING

    @property
    def secret(self) -> str:
        """The name of the secret that it is about; empty for others."""
        name = self.arguments.get("name")
        return name if isinstance(name, str) else ""


def read_request(content: bytes) -> Request:
    """Return what a message asks for.

    :raise NotAMessage: when it is not a message.
    """
    found = _parsed(content)
    if found.keys() != {"operation", "arguments", "keep"} or not (
        isinstance(found["operation"], str) and isinstance(found["arguments"], dict)
    ):
        raise NotAMessage(_ANOTHER_VERSION)
    arguments = {name: decode(value) for name, value in found["arguments"].items()}
    asked = decode(found["keep"])
    if asked is not None and not _is_keep(asked):
        raise NotAMessage(_ANOTHER_VERSION)
    return Request(found["operation"], arguments, asked)


def result_message(result: object) -> bytes:
    """Return the message that answers a request.

    :raise StoreError: when it would be too long.
    """
    answer = _message({"result": encode(result)})
    if len(answer) > LARGEST_ANSWER:
        raise StoreError("the answer is too long to be sent; ask for less at once")
    return answer


def answer_of(  # noqa: PLR0917 - what it depends on
    request: Request,
    store: OpenStore,
    actor: str,
    now: int,
    keep: Keep,
    progress: Callable[[bytes], object],
) -> bytes:
    """Do what is asked for, and return the message that answers it. Blocks.

    :param actor: who asks, for the journal.
    :param now: seconds since the epoch.
    :param keep: which versions are kept if the request says nothing else.
    :param progress: sends a report; it raises `Gone` when nobody waits any more.
    :raise Gone: when `progress` does.
    :raise KeychainError: when it cannot be done.
    """

    def report(*numbers: int) -> None:
        progress(_message({"report": numbers}))

    task = Task(store, Store(store.ledger, request.keep or keep), now, report)
    with store.ledger.acting_as(actor):
        return result_message(perform(task, request.operation, request.arguments))


def error_message(error: BaseException, reason: str | None = None) -> bytes:
    """Return the message that tells of an error, without what an error of others says.

    :param reason: what is said of an error of ours in place of its own sentence.
    """
    if isinstance(error, NotAMessage):
        return _message({"error": "StoreError", "message": f"{error}: {_ANOTHER_VERSION}"})
    if isinstance(error, KeychainError):
        said = str(error) if reason is None else reason
        return _message({"error": type(error).__name__, "message": said})
    what = type(error).__name__
    return _message({"error": "StoreError", "message": f"the master failed with {what}"})


def _is_keep(asked: object) -> bool:
    return (
        isinstance(asked, Keep)
        and type(asked.count) is int
        and asked.count >= 1
        and (asked.age is None or type(asked.age) is int)
    )


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise NotAMessage("what came is not JSON") from None  # the error has it
    if not isinstance(found, dict):
        raise NotAMessage("what came is not a message")
    return found
