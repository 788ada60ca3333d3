"""`Serving`: a store that is in use from the start of its provider to its stop.

It is opened when it is needed. What no lookup waits for is done in threads of its own: upkeep,
notes of uses, listening for changes and for commands. Once each reason why that cannot be done is
logged, until it is done.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError, StoreError, StoreUnavailable, safe_summary
from buildbot_keychain.providers.store._background import Background
from buildbot_keychain.providers.store._changes import Changes
from buildbot_keychain.providers.store._listener import Listener, Perform
from buildbot_keychain.providers.store._opening import Opening
from buildbot_keychain.providers.store._place import Place
from buildbot_keychain.providers.store._upkeep import LOOKED_AT_EVERY, Upkeep
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote import answer_of, error_message, read_request
from buildbot_keychain.store.rotating import KeyStatus, Rotating, Seen
from buildbot_keychain.store.store import Store
from buildbot_keychain.workpool import WorkPool

T = TypeVar("T")

_THREADS = 2
"""For what people do to the store through this process."""

_DONE_WITHIN = 30.0
"""Seconds for one such thing."""


class Reporter:
    """Logs and records what a provider has to say, from other threads than the reactor's.

    :param name: the provider's.
    :param log: where it goes.
    :param reactor: Twisted's.
    :param record: records what was done, on the reactor's thread: see `IRecordsActions`.
    """

    def __init__(
        self,
        name: str,
        log: Logger,
        reactor: Any,  # noqa: ANN401 - several interfaces
        record: Callable[[str, str, str, str], object] = lambda *_: None,
    ) -> None:
        self.name = name
        self.reactor = reactor
        self._log = log
        self._record = record

    def record(self, action: str, person: str, secret: str, outcome: str) -> None:
        """Record what somebody has done through the socket."""
        with contextlib.suppress(ReactorNotRunning, RuntimeError):  # nobody is left to record it
            self.reactor.callFromThread(self._record, action, person, secret, outcome)

    def say(self, text: str, level: Any = LogLevel.info) -> None:  # noqa: ANN401 - a NamedConstant
        """Log a sentence."""
        emit = partial(
            self._log.emit, level, "provider {name!r}: {text}", name=self.name, text=text
        )
        with contextlib.suppress(ReactorNotRunning, RuntimeError):  # nobody is left to log it
            self.reactor.callFromThread(emit)


class Serving:
    """A store that is in use, from `start` to `stop`, once.

    :param place: returns where it is, as far as that is known by now.
    :param url: of its database, where it is known; `url` is then that of the last lookup.
    :param render_url: returns the URL, on the reactor's thread.
    :param rotate_after: seconds after which the key that seals is replaced; ``None`` for never.
    :param reporter: logs what is worth it.
    """

    def __init__(
        self,
        place: Callable[[], Place],
        url: str | None,
        render_url: Callable[[], Awaitable[str]],
        rotate_after: int | None,
        reporter: Reporter,
    ) -> None:
        self.url = url
        self._place = place
        self._render_url = render_url
        self._reporter = reporter
        self._tells_changes = False
        self._changes: Changes | None = None
        self._listener: Listener | None = None
        self._problems: dict[str, str] = {}
        self._seen_problem: str | None = None
        self._opening = Opening(self._open)
        self._pool = WorkPool(reporter.reactor, _THREADS, f"keychain-{reporter.name}-changing")
        self._upkeep = Upkeep(rotate_after, reporter.say, reporter.record)
        self._rotating = Rotating()
        self._background = Background(
            f"keychain-{reporter.name}-background",
            self._keep_up,
            LOOKED_AT_EVERY,
            self._opening.close,
            self._attempt,
        )

    def start(self, socket: Path | None) -> None:
        """Begin with what no lookup waits for; at once.

        :param socket: where commands may ask; ``None`` for nowhere.
        """
        self._background.start()
        if socket is not None:
            reporter = self._reporter
            name = f"keychain-{reporter.name}-socket"
            path = socket.absolute()
            self._listener = Listener(path, self._prepare, reporter.say, reporter.reactor, name)
            self._listener.start()

    def stop(self) -> None:
        """End, and close the store soon; at once."""
        self._pool.stop()
        self._rotating.stop()
        self._background.stop()
        if self._changes is not None:
            self._changes.stop()
            self._changes = None
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def use(self, url: str, work: Callable[[OpenStore], T]) -> T:
        """Return what `work` returns of the store at `url`. Blocks.

        :raise KeychainError: when it cannot be opened, or `work` raises it.
        """
        return self._opening.use(url, partial(self._watched, work))

    async def administer(self, actor: str, work: Callable[[Store, int], T]) -> T:
        """Return what `work` returns of the secrets of the store, called in a thread.

        :param actor: who does it, for the journal.
        :raise StoreError: when it cannot be done, or `work` raises it.
        """
        return await self._acting(actor, lambda store: work(store.secrets, self._now()))

    async def keys(self) -> KeyStatus:
        """Return the keys of the store.

        :raise StoreError: when they cannot be read.
        """
        return await self._acting("", self._rotating.status)

    async def rotate(self, actor: str, seen: Seen) -> None:
        """Have a new key seal, and seal the rest with it soon.

        :param actor: who has asked for it, for the journal.
        :param seen: what that person has seen of the keys.
        :raise StoreError: when it cannot be begun.
        """
        master = self._place().master

        def begin(store: OpenStore) -> None:
            self._rotating.begin(store, actor, master, self._now(), seen)
            self._background.do(self._go_on_rotating)

        await self._acting(actor, begin)

    def _go_on_rotating(self) -> None:
        try:
            self._opening.use(
                self.url or "", lambda store: self._rotating.go_on(store, self._now())
            )
        except KeychainError as error:
            self._rotating.give_up(self._place().reason(error))
            raise

    async def _acting(self, actor: str, work: Callable[[OpenStore], T]) -> T:
        url = await self._render_url()

        def act(store: OpenStore) -> T:
            with store.ledger.acting_as(actor):
                return work(store)

        def use() -> T:
            try:
                return self.use(url, act)
            except StoreError as error:
                raise type(error)(self._place().reason(error)) from error

        try:
            return await self._pool.run(_DONE_WITHIN, use)
        except RuntimeError as error:
            raise StoreUnavailable("its provider was stopped") from error
        except DeferredTimeout as error:
            raise StoreUnavailable(
                f"its database did not answer within {_DONE_WITHIN:g} seconds; look whether it "
                "was done before you try again"
            ) from error

    def note_use(self, name: str, url: str) -> None:
        """Have it written that a secret was used, once an hour, without waiting for that."""
        now = self._now()
        if self._upkeep.is_first_use(name, now):
            opening = self._opening
            self._background.do(
                lambda: opening.use(url, lambda store: store.secrets.note_use(name, now))
            )

    def may_have_changed(self) -> bool:
        """Return whether any secret may be another one than at the last call; at once."""
        if self._changes is None and self._tells_changes:
            report = partial(self._report, "changes")
            name = f"keychain-{self._reporter.name}-changes"
            self._changes = Changes(name, self._listening, report)
            self._changes.start()
        return self._changes is None or self._changes.take()

    async def _prepare(self) -> Perform:
        """Return what does what a command asks for, in a thread."""
        return partial(self._perform, await self._render_url())

    def _perform(
        self, url: str, content: bytes, actor: str, progress: Callable[[bytes], object]
    ) -> bytes:
        now, place = self._now(), self._place()
        request = read_request(content)
        outcome = "nobody waited for its end"
        try:
            answer = self.use(
                url, lambda store: answer_of(request, store, actor, now, place.keep, progress)
            )
            outcome = "done"
        except StoreError as error:
            outcome = place.reason(error)
            return error_message(error, outcome)
        finally:
            if request.changes:
                self._reporter.record(request.operation, actor, request.secret, outcome)
        return answer

    def _open(self, url: str) -> OpenStore:
        store = self._place().open(url)  # in the directory that is known by now
        self.url, self._tells_changes = url, store.ledger.database.tells_changes
        return store

    def _watched(self, work: Callable[[OpenStore], T], store: OpenStore) -> T:
        """Return what `work` returns, and log once why a later roll-back may not be noticed."""
        done = work(store)
        problem = store.ledger.seen_problem
        if problem != self._seen_problem:
            self._seen_problem = problem
            if problem is not None:
                text = "until that is mended, nobody may notice here that the database was put back"
                self._reporter.say(f"{problem}; {text}", LogLevel.warn)
        return done

    def _keep_up(self) -> None:
        """Open the store, and do what is due for it. Blocks."""
        url, place = self.url, self._place()
        if url is not None and self._upkeep.is_due(place.keys):
            master, now = place.master, self._now()
            self._opening.use(url, lambda store: self._upkeep.keep_up(store, master, now))
            self._problems.pop("upkeep", None)

    @contextlib.contextmanager
    def _listening(self) -> Iterator[Any]:
        """Open a connection that is told of changes. Blocks."""
        database = self._opening.use(self.url or "", lambda store: store.ledger.database)
        with database.listening() as connection:
            self._problems.pop("changes", None)
            yield connection

    def _attempt(self, work: Callable[[], object]) -> None:
        """Call `work`, and log why it cannot be done. Blocks."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - its thread goes on
            self._report("upkeep", error)

    def _report(self, what: str, error: Exception) -> None:
        """Log why something cannot be done in a thread, once for each reason until it is done."""
        problem = safe_summary(Failure(error))
        if isinstance(error, KeychainError):
            problem = self._place().reason(error)
        if problem != self._problems.get(what):
            self._problems[what] = problem
            self._reporter.say(problem, LogLevel.warn)

    def _now(self) -> int:
        return int(self._reporter.reactor.seconds())
