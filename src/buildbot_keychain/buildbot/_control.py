"""`Control`: a unix socket on which ``buildbot-keychain evict`` asks a running master.

Only the user of this process and root are served (`Listener`). A `SecretInStore` has a socket of
its own, as its requests are for one store; this one is there without a store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote

from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread
from twisted.logger import Logger

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.arguments import is_path
from buildbot_keychain.providers.store import Listener, Perform, socket_problem
from buildbot_keychain.store.remote import NotAMessage, read_request, result_message

_log = Logger()

SOCKETS = "keychain-sockets"
"""The directory of sockets that the configuration does not name."""

_ARGUMENTS = {"name", "provider"}

Evict = Callable[[str | None, str | None, str], Deferred[None]]
"""Keeps no answers any longer: of which secret, which provider, and for whom."""


def checked_socket(given: object, name: str) -> Path | None:
    """Return the argument ``socket`` of a manager, checked; ``None`` where there is to be none.

    :param given: a path, ``True`` for one that `name` says, or ``False``.
    :raise ConfigurationError: when it is something else, or no socket can be there.
    """
    if isinstance(given, bool):
        path = Path(SOCKETS, f"{url_quote(name, safe='')}.socket") if given else None
    elif is_path(given):
        path = Path(given).expanduser()  # type: ignore[arg-type] # is_path checks it
    else:
        raise ConfigurationError("socket must be True, False, or the path of a socket")
    problem = None if path is None else socket_problem(path)
    if problem is not None:
        raise ConfigurationError(problem)
    return path


class Control:
    """Listens for one manager, while it runs.

    :param evict: does what is asked for.
    :param name: the manager's.
    """

    def __init__(self, evict: Evict, name: str) -> None:
        self._evict = evict
        self._name = name
        self._path: Path | None = None
        self._listener: Listener | None = None
        self._reactor: Any = None

    def listen(self, path: Path | None, reactor: Any) -> None:
        """Listen on a socket from now on, and on no other; ``None`` to listen on none."""
        if path == self._path:
            return
        if self._listener is not None:
            self._listener.stop()
        self._path, self._listener, self._reactor = path, None, reactor
        if path is not None:
            name = f"keychain-{self._name}-socket"
            self._listener = Listener(path, self._prepare, self._report, reactor, name)
            self._listener.start()

    async def _prepare(self) -> Perform:
        def perform(content: bytes, person: str, _progress: object) -> bytes:
            """Do what a request asks for. Called in a thread; blocks."""
            request = read_request(content)
            if request.operation != "evict" or request.arguments.keys() != _ARGUMENTS:
                raise NotAMessage("this version does not know what was asked for")
            name, provider = request.arguments["name"], request.arguments["provider"]
            if not all(isinstance(each, str | None) for each in (name, provider)):
                raise NotAMessage("an argument is of another type than this version has")
            evict: Any = self._evict
            blockingCallFromThread(self._reactor, evict, name, provider, person)
            return result_message(None)

        return perform

    def _report(self, sentence: str) -> None:
        _log.info("{name}: {sentence}", name=self._name, sentence=sentence)
