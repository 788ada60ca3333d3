"""A connection to a worker that answers commands at once, and the worker that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

Updates = dict[str, Any]


class FakeConnection:
    """Takes commands and answers each with the updates that `answer` returns for it.

    :ivar started: the names and arguments of the commands.
    """

    is_fake_test_connection = True  # Buildbot waits for late exit codes of others

    def __init__(self, answer: Callable[[str, dict[str, Any]], Updates | Failure | None]) -> None:
        self.info: dict[str, Any] = {"basedir": "/w", "system": "posix"}
        self.started: list[tuple[str, dict[str, Any]]] = []
        self.interrupted = 0
        self._answer = answer
        self._on_disconnect: list[Callable[[], Any]] = []

    def remoteStartCommand(
        self, command: Any, _builder: str, _id: str, name: str, args: dict[str, Any]
    ) -> Deferred[None]:
        """Answer, unless there is no answer."""
        self.started.append((name, args))
        answer = self._answer(name, args)
        if isinstance(answer, Failure):
            command.remote_complete(answer)
        elif answer is not None:
            command.remote_update([({key: value}, 0) for key, value in answer.items()])
            command.remote_complete(None)
        return succeed(None)

    def get_peer(self) -> str:
        """Return where the worker is; since Buildbot 4.4."""
        return "nowhere"

    def remoteInterruptCommand(self, *_: Any) -> Deferred[None]:
        """Count it."""
        self.interrupted += 1
        return succeed(None)

    def notifyOnDisconnect(self, callback: Callable[[], Any]) -> Any:
        """Call `callback` when the connection is lost."""
        self._on_disconnect.append(callback)
        return SimpleNamespace(unsubscribe=lambda: self._on_disconnect.remove(callback))

    def lose(self) -> None:
        """Lose the connection."""
        for callback in list(self._on_disconnect):
            callback()


def fake_worker(**builders: str) -> Any:
    """Return a worker; `builders` are directories by the names of builders."""
    configured = {
        name: SimpleNamespace(config=SimpleNamespace(workerbuilddir=directory))
        for name, directory in builders.items()
    }
    botmaster = SimpleNamespace(builders=configured)
    return SimpleNamespace(
        workername="worker",
        master=SimpleNamespace(reactor=Clock(), botmaster=botmaster),
        messageReceivedFromWorker=lambda: None,
    )
