"""What can be asked of a process that has a store open. Blocks.

Each operation is one of `Secrets`, of the rotation or of the store as a whole, with arguments of
known types. The time is that of the process that does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote._frames import NotAMessage
from buildbot_keychain.store.store import Store

LARGEST_PAGE = 1000
"""Secrets that are described at once."""


class Gone(Exception):
    """Nobody waits for the answer any more; `Task.progress` raises it, between two transactions."""


@dataclass(frozen=True)
class Task:
    """What an operation is done with.

    :param secrets: those of the store, with the versions to keep that whoever asks has named.
    :param now: seconds since the epoch.
    :param progress: is called with numbers of what is done.
    """

    store: OpenStore
    secrets: Store
    now: int
    progress: Callable[..., object]


@dataclass(frozen=True)
class Operation:
    """One operation.

    :param do: does it.
    :param arguments: the types of each argument; all of them must be given.
    """

    do: Callable[..., object]
    arguments: Mapping[str, tuple[type, ...]]


def perform(task: Task, operation: str, arguments: Mapping[str, Any]) -> object:
    """Do an operation, and return its result.

    :raise NotAMessage: when there is no such operation, or it has other arguments.
    :raise StoreError: when it cannot be done.
    """
    known = OPERATIONS.get(operation)
    if known is None or arguments.keys() != known.arguments.keys():
        raise NotAMessage("this version does not know what was asked for")
    for name, types in known.arguments.items():
        # A truth value is a number to Python, and no argument is one.
        if isinstance(arguments[name], bool) or not isinstance(arguments[name], types):
            raise NotAMessage("an argument is of another type than this version has")
    return known.do(task, **arguments)


def _of_secrets(name: str, *, writes: bool = True) -> Callable[..., object]:
    """Return what calls a method of the secrets."""

    def do(task: Task, **arguments: Any) -> object:  # noqa: ANN401 - as the table has them
        now = {"now": task.now} if writes else {}
        return getattr(task.secrets, name)(**arguments, **now)

    return do


def _page(task: Task, after: str, limit: int) -> object:
    return task.secrets.page(after, max(1, min(limit, LARGEST_PAGE)))


def _set(
    task: Task,
    name: str,
    value: str | bytes,
    expected: int | None,
    metadata: dict[str, Any],
) -> object:
    return task.secrets.set(name, value, now=task.now, expected=expected, **_editable(metadata))


def _edit(task: Task, name: str, metadata: dict[str, Any], revision: str | None) -> object:
    return task.secrets.edit(name, now=task.now, revision=revision, **_editable(metadata))


def _editable(metadata: dict[str, Any]) -> dict[str, Any]:
    if not all(isinstance(name, str) for name in metadata):
        raise NotAMessage("a field of the metadata is not one that this version has")
    return metadata


def _rotate_if_older(task: Task, oldest: int, alive_since: int) -> object:
    return task.store.rotation.rotate_if_older(
        oldest, now=task.now, alive_since=alive_since, progress=task.progress
    )


_NAME = {"name": (str,)}
_NUMBER = (int, NoneType)

OPERATIONS: Mapping[str, Operation] = {
    "get": Operation(_of_secrets("get", writes=False), {**_NAME, "version": _NUMBER}),
    "describe": Operation(_of_secrets("describe", writes=False), {**_NAME, "version": _NUMBER}),
    "versions": Operation(_of_secrets("versions", writes=False), _NAME),
    "history": Operation(_of_secrets("history", writes=False), _NAME),
    "page": Operation(_page, {"after": (str,), "limit": (int,)}),
    "note_use": Operation(_of_secrets("note_use"), _NAME),
    "set": Operation(
        _set, {**_NAME, "value": (str, bytes), "expected": _NUMBER, "metadata": (dict,)}
    ),
    "edit": Operation(_edit, {**_NAME, "metadata": (dict,), "revision": (str, NoneType)}),
    "rollback": Operation(
        _of_secrets("rollback"), {**_NAME, "version": (int,), "expected": _NUMBER}
    ),
    "rename": Operation(_of_secrets("rename"), {**_NAME, "new_name": (str,)}),
    "delete": Operation(_of_secrets("delete"), _NAME),
    "undelete": Operation(_of_secrets("undelete"), _NAME),
    "purge": Operation(_of_secrets("purge"), _NAME),
    "known_keys": Operation(lambda task: task.store.rotation.known_keys(), {}),
    "masters": Operation(lambda task: task.store.rotation.masters(), {}),
    "start": Operation(lambda task: task.store.rotation.start(task.now), {}),
    "promote": Operation(
        lambda task, kid, alive_since: task.store.rotation.promote(
            kid, now=task.now, alive_since=alive_since
        ),
        {"kid": (bytes,), "alive_since": (int,)},
    ),
    "rewrap": Operation(lambda task: task.store.rotation.rewrap(task.now, task.progress), {}),
    "finish": Operation(lambda task: task.store.rotation.finish(), {}),
    "rotate": Operation(
        lambda task, alive_since: task.store.rotation.rotate(
            now=task.now, alive_since=alive_since, progress=task.progress
        ),
        {"alive_since": (int,)},
    ),
    "rotate_if_older": Operation(_rotate_if_older, {"oldest": (int,), "alive_since": (int,)}),
    "rekey": Operation(lambda task, name: task.store.rekeying.rekey(name, now=task.now), _NAME),
    "rekey_all": Operation(
        lambda task, since: task.store.rekeying.rekey_all(
            since=since, now=task.now, progress=task.progress
        ),
        {"since": (int,)},
    ),
    "verify": Operation(lambda task: task.store.verify(task.progress), {}),
}
"""All of them."""

LOOKING = frozenset(
    {"describe", "versions", "history", "page", "note_use", "known_keys", "masters"}
)
"""Those that change nothing and return no value, and are no events of the audit trail."""
