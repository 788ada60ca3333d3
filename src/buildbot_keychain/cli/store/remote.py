"""`RemoteStore`: a store that a running master has open, through the socket on which it listens.

Each operation is a connection of its own, so nothing is left open while a person thinks. Before
anything is sent, it is checked whose socket it is: ours or root's, in a directory to which nobody
else can write. Root may use that of anybody who could have put it there alone. Blocks.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildbot_keychain.actors import peer_of
from buildbot_keychain.errors import StoreConflict, StoreError, StoreUnavailable
from buildbot_keychain.store.remote import (
    LARGEST_ANSWER,
    FrameReader,
    read_answer,
    request_message,
)

if TYPE_CHECKING:
    from buildbot_keychain.store.journal import Entry
    from buildbot_keychain.store.metadata import Metadata
    from buildbot_keychain.store.resealing import Resealed
    from buildbot_keychain.store.rotation import KeyUse, MasterKeys
    from buildbot_keychain.store.store import Description, Keep, Value
    from buildbot_keychain.store.verification import Report

_SILENCE = 60.0
"""Seconds; a master that works says so every few seconds."""

_ATTEMPTS = 20
"""Connections, while a master has too many of them, and edits, while others edit."""

_PAUSE = 0.1
"""Seconds between two attempts."""

_OTHERS_WRITE = 0o022

_Ask = Callable[..., Any]

pause = time.sleep


def listens(path: Path) -> bool:
    """Return whether a master listens on a socket."""
    try:
        _connected(path).close()
    except _BusyError:
        return True
    except StoreUnavailable:
        return False
    return True


class _BusyError(StoreUnavailable):
    """The master has too many connections now."""


class RemoteStore:
    """A store that a running master has open.

    :param path: the socket.
    :param keep: which versions are kept of what is written; as the master has it by default.
    """

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        self._path = path
        self._keep = keep
        self.secrets = _Secrets(self._ask)
        self.rotation = _Rotation(self._ask)
        self.rekeying = _Rekeying(self._ask)

    def verify(self, progress: Callable[[int, int], object] | None = None) -> Report:
        """Have the master open all that is in it, and return what does not open."""
        report: Report = self._ask("verify", progress)
        return report

    def close(self) -> None:
        """Do nothing: no connection is left."""

    def _ask(
        self,
        operation: str,
        progress: Callable[..., object] | None = None,
        **arguments: object,
    ) -> Any:  # noqa: ANN401 - what the operation returns
        message = request_message(operation, arguments, self._keep)
        for left in reversed(range(_ATTEMPTS)):
            try:
                return self._conversation(message, progress)
            except _BusyError:  # noqa: PERF203 - for the next attempt
                if not left:
                    raise
                pause(_PAUSE)
        raise AssertionError

    def _conversation(self, message: bytes, progress: Callable[..., object] | None) -> Any:  # noqa: ANN401 - what the operation returns
        with contextlib.closing(_connected(self._path)) as connection:
            connection.settimeout(_SILENCE)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may say why
                connection.sendall(message)
            reader = FrameReader(LARGEST_ANSWER)
            try:
                while data := connection.recv(1 << 16):
                    for one in reader.feed(data):
                        answer = read_answer(one)
                        if answer.is_final:
                            return answer.content
                        if answer.content == ():
                            raise _busy(self._path)
                        if answer.content is not None and progress is not None:
                            progress(*answer.content)
            except TimeoutError as error:
                msg = f"the master at {self._path} has not said anything for {_SILENCE:g} seconds"
                raise StoreUnavailable(f"{msg}; {_UNKNOWN}") from error
            except OSError as error:
                msg = f"the connection to the master at {self._path} broke ({error.strerror})"
                raise StoreUnavailable(f"{msg}; {_UNKNOWN}") from error
        msg = f"the master at {self._path} has closed the connection before it answered"
        raise StoreUnavailable(f"{msg}; {_UNKNOWN}")


_UNKNOWN = "look with buildbot-keychain history whether it was done"


class _Secrets:
    """The secrets, as `buildbot_keychain.store.store.Store` describes them."""

    def __init__(self, ask: _Ask) -> None:
        self._ask = ask

    def get(self, name: str, version: int | None = None) -> Value | None:
        found: Value | None = self._ask("get", name=name, version=version)
        return found

    def describe(self, name: str, version: int | None = None) -> Description | None:
        found: Description | None = self._ask("describe", name=name, version=version)
        return found

    def versions(self, name: str) -> Sequence[Description]:
        found: Sequence[Description] = self._ask("versions", name=name)
        return found

    def page(self, after: str = "", limit: int = 100) -> Sequence[Description]:
        found: Sequence[Description] = self._ask("page", after=after, limit=limit)
        return found

    def history(self, name: str) -> Sequence[Entry]:
        found: Sequence[Entry] = self._ask("history", name=name)
        return found

    def set(
        self,
        name: str,
        value: str | bytes,
        *,
        now: int,  # noqa: ARG002 - the master has its own clock
        expected: int | None = None,
        **metadata: Any,  # noqa: ANN401 - the fields of `Metadata`
    ) -> int:
        given: dict[str, object] = {"value": value, "expected": expected, "metadata": metadata}
        return int(self._ask("set", name=name, **given))

    def edit(
        self,
        name: str,
        *,
        now: int,  # noqa: ARG002 - the same
        change_of: Callable[[Metadata], Mapping[str, Any]] | None = None,
        **metadata: Any,  # noqa: ANN401 - the same
    ) -> Metadata:
        """Edit the metadata as it was seen; if somebody else has edited it, begin again."""
        for left in reversed(range(_ATTEMPTS)):
            expected, changes = None, metadata
            known = None if change_of is None else self.describe(name)
            if change_of is not None and known is not None:
                expected = known.metadata
                changes = {**metadata, **change_of(expected)}
            try:
                found: Metadata = self._ask("edit", name=name, metadata=changes, expected=expected)
            except StoreConflict:
                if not left:
                    raise
            else:
                return found
        raise AssertionError

    def rollback(
        self,
        name: str,
        version: int,
        *,
        now: int,  # noqa: ARG002 - the same
        expected: int | None = None,
    ) -> None:
        self._ask("rollback", name=name, version=version, expected=expected)

    def rename(self, name: str, new_name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("rename", name=name, new_name=new_name)

    def delete(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("delete", name=name)

    def undelete(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("undelete", name=name)

    def purge(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("purge", name=name)

    def note_use(self, name: str, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("note_use", name=name)


class _Rotation:
    """The keys, as `buildbot_keychain.store.rotation.Rotation` describes them."""

    def __init__(self, ask: _Ask) -> None:
        self._ask = ask

    def known_keys(self) -> Sequence[KeyUse]:
        found: Sequence[KeyUse] = self._ask("known_keys")
        return found

    def masters(self) -> Sequence[MasterKeys]:
        found: Sequence[MasterKeys] = self._ask("masters")
        return found

    def start(self, now: int) -> bytes:  # noqa: ARG002 - the master has its own clock
        return bytes(self._ask("start"))

    def promote(
        self,
        kid: bytes,
        *,
        now: int,  # noqa: ARG002 - the same
        alive_since: int,
    ) -> None:
        self._ask("promote", kid=kid, alive_since=alive_since)

    def rewrap(
        self,
        now: int,  # noqa: ARG002 - the same
        progress: Callable[[int], object] | None = None,
    ) -> Resealed:
        found: Resealed = self._ask("rewrap", progress)
        return found

    def finish(self) -> None:
        self._ask("finish")

    def rotate(
        self,
        *,
        now: int,  # noqa: ARG002 - the same
        alive_since: int,
        progress: Callable[[int], object] | None = None,
    ) -> Resealed:
        found: Resealed = self._ask("rotate", progress, alive_since=alive_since)
        return found

    def rotate_if_older(
        self,
        oldest: int,
        *,
        now: int,  # noqa: ARG002 - the same
        alive_since: int,
        progress: Callable[[int], object] | None = None,
    ) -> tuple[bytes, Resealed] | None:
        found: tuple[bytes, Resealed] | None = self._ask(
            "rotate_if_older", progress, oldest=oldest, alive_since=alive_since
        )
        return found


class _Rekeying:
    """Values encrypted again, as `buildbot_keychain.store.rekeying.Rekeying` describes it."""

    def __init__(self, ask: _Ask) -> None:
        self._ask = ask

    def rekey(self, name: str, *, now: int) -> None:  # noqa: ARG002 - the same
        self._ask("rekey", name=name)

    def rekey_all(
        self,
        *,
        since: int,
        now: int,  # noqa: ARG002 - the same
        progress: Callable[[int, int], object] | None = None,
    ) -> Resealed:
        found: Resealed = self._ask("rekey_all", progress, since=since)
        return found


def _connected(path: Path) -> socket.socket:
    """Return a connection to whoever listens on a socket that can be trusted.

    :raise StoreUnavailable: when nobody does.
    :raise StoreError: when it cannot be trusted.
    """
    owner = _trusted_owner(path)
    with contextlib.ExitStack() as undo:
        connection = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        try:
            connection.settimeout(_SILENCE)
            connection.connect(str(path))
            uid = peer_of(connection)
        except BlockingIOError as error:
            raise _busy(path) from error
        except OSError as error:
            raise _nobody(path, error) from error
        if uid not in {owner, 0}:
            msg = f"the user {uid} listens on {path}, which belongs to {owner}; nothing was sent"
            raise StoreError(msg)
        undo.pop_all()
    return connection


def _trusted_owner(path: Path) -> int:
    """Return the user to whom a socket belongs."""
    us = os.geteuid()
    try:
        found, directory = path.lstat(), path.parent.stat()
    except OSError as error:
        raise _nobody(path, error) from error
    owner = found.st_uid
    if not stat.S_ISSOCK(found.st_mode):
        msg = f"{path} is not a socket; nothing was sent"
        raise StoreError(msg)
    if us and owner not in {us, 0}:
        msg = (
            f"the socket {path} belongs to the user {owner}, neither to you nor to root; nothing "
            "was sent"
        )
        raise StoreError(msg)
    if directory.st_uid not in {owner, 0} or directory.st_mode & _OTHERS_WRITE:
        msg = (
            f"others can put another socket in place of {path}; nothing was sent; "
            f"run: chmod 700 {shlex.quote(str(path.parent))}"
        )
        raise StoreError(msg)
    return owner


def _busy(path: Path) -> _BusyError:
    return _BusyError(
        f"the master that listens on {path} has too many connections; try again later"
    )


def _nobody(path: Path, error: OSError) -> StoreUnavailable:
    msg = (
        f"no master listens on {path} ({error.strerror or error}); start the one whose "
        "SecretInStore has this socket"
    )
    return StoreUnavailable(msg)
