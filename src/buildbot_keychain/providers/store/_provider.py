"""`SecretInStore`: secrets in an encrypted store, in SQLite or PostgreSQL.

Each lookup reads the head of the store's journal and what was written since, in a thread, so it
sees the latest; the value is decrypted for it and not kept.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote as url_quote

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import implementer

from buildbot_keychain.details import Requester, SecretDescription
from buildbot_keychain.errors import (
    ConfigurationError,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
    StoreUnavailable,
)
from buildbot_keychain.formats import NUMBERS
from buildbot_keychain.interfaces import (
    IAdministers,
    IAttends,
    IBaseDirectory,
    ICanonicalNames,
    IListsNames,
    IRecordsActions,
    IRequesterAware,
    ITellsChanges,
)
from buildbot_keychain.providers.arguments import (
    RenderedArguments,
    SecretArgument,
    is_path,
    require,
)
from buildbot_keychain.providers.descriptions import Describes
from buildbot_keychain.providers.service import BlockingProvider
from buildbot_keychain.providers.store._answers import Refused, answer, values_of
from buildbot_keychain.providers.store._place import Place, default_seen_file
from buildbot_keychain.providers.store._serving import Reporter, Serving
from buildbot_keychain.providers.store._socket_file import problem as socket_problem
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.names import SecretName, is_of_change
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.rotating import KeyStatus, Seen
from buildbot_keychain.store.store import Keep, Store
from buildbot_keychain.store.unlocking import require_unlock

T = TypeVar("T")

_DAY = 86_400
"""Seconds."""

_MOST_DAYS = 36_500


@implementer(
    IAdministers,
    IRequesterAware,
    ICanonicalNames,
    IListsNames,
    IBaseDirectory,
    ITellsChanges,
    IAttends,
    IRecordsActions,
)
class SecretInStore(Describes, RenderedArguments, BlockingProvider):
    """Serves the secrets of a store; ``team/app@3`` is version 3, ``team/app|user`` a field.

    :param url: ``sqlite:///secrets.sqlite`` or ``postgresql://user@host/name``, as SQLAlchemy has
        it: a `str` or a renderable. In a Buildbot master, a relative path is below the master's
        base directory.
    :param key_file: the file of the store's keys; ``~`` is the home directory of the user that
        runs this process.
    :param unlock: what opens the keys where they are wrapped: a list of `PassphraseFrom` and so on.
    :param seen_file: where the end of the store's journal is kept as it was seen last, so that a
        database that was put back is noticed; in a Buildbot master, by default a file in its base
        directory, and elsewhere none: then it is noticed until the provider is stopped.
    :param keep_versions: how many versions of a secret are kept when one is added, the current one
        included.
    :param keep_days: after how many days other versions are not kept, even if they are fewer.
    :param rotate_after: after how many days the key that seals is replaced; never by default.
    :param numbers: ``"error"``, or ``"text"`` for a field that is a number, and is served as it is
        written.
    :param socket: the path of a unix socket, relative to the master's base directory, on which
        ``buildbot-keychain --socket`` has this process do what needs the keys; ``True`` for
        ``keychain-sockets/NAME.socket``. Only the user of this process and root can use it.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when the secret is not for whoever asks; `InvalidSecret` when it
    has expired, is not a text, or has no fields; `ProviderUnavailable` when the database cannot
    answer now; `ProviderError` when the store is not as it was left, or its keys do not open it.
    """

    name: str = "SecretInStore"
    kind = "store"
    log = Logger()

    def __init__(
        self,
        url: object,
        key_file: str | os.PathLike[str],
        *,
        unlock: object = (),
        seen_file: str | os.PathLike[str] | None = None,
        keep_versions: int = 10,
        keep_days: float | None = None,
        rotate_after: float | None = None,
        numbers: str = "error",
        socket: bool | str | os.PathLike[str] = False,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        require(self.name, "store", "cryptography", "sqlalchemy")
        self._url = SecretArgument(self.name, "url", url)
        if not is_path(key_file):
            self.fail_config("key_file", "the path of a file", key_file)
        if seen_file is not None and not is_path(seen_file):
            self.fail_config("seen_file", "the path of a file", seen_file)
        if type(keep_versions) is not int or keep_versions < 1:
            self.fail_config("keep_versions", "an int, 1 or more", keep_versions)
        keep = Keep(keep_versions, self._seconds("keep_days", keep_days))
        self._rotate_after = self._seconds("rotate_after", rotate_after)
        self._require_one_of("numbers", NUMBERS, numbers)
        self.numbers = numbers
        self._record_action: Callable[[str, str, str, str], object] = lambda *_: None
        if not isinstance(socket, bool) and not is_path(socket):
            self.fail_config("socket", "True, False or a path", socket)
        self._socket = socket
        try:
            declared = require_unlock(unlock)
            if self.url is not None:
                Database(self.url).close()
        except ConfigurationError as error:
            msg = f"{self.name}: {error}"
            raise ConfigurationError(msg) from None
        keys = os.path.expanduser(os.fspath(key_file))
        seen = None if seen_file is None else os.path.expanduser(os.fspath(seen_file))
        self.place = Place(keys, declared, seen, keep)
        self._only_answers = False
        self._begin(self.url)

    @property
    def url(self) -> str | None:
        """The URL; ``None`` where it has to be rendered."""
        return self._url.constant

    @property
    def socket_path(self) -> Path | None:
        """Where it listens for commands while it runs; ``None`` for nowhere."""
        if isinstance(self._socket, bool):
            default = os.path.join("keychain-sockets", f"{url_quote(self.name, safe='')}.socket")
            return Path(self.place.directory, default) if self._socket else None
        return Path(self.place.directory, os.path.expanduser(os.fspath(self._socket)))

    def use_base_directory(self, directory: str) -> None:
        """Have relative paths be below `directory`, and see there what was seen of the store."""
        seen = self.place.seen_file or default_seen_file(self.name)
        self.place = replace(self.place, directory=directory, seen_file=seen)

    def record_with(self, record: Callable[[str, str, str, str], object]) -> None:
        """Have `record` record what commands do through the socket."""
        self._record_action = record

    def only_answer(self) -> None:
        """Write nothing to the store, and do not listen."""
        self._only_answers = True

    async def look_up(self, path: str) -> str | None:
        """Look up for whoever asks, who is not known."""
        return await self._look_up_for(path, None)

    def get_for(self, path: str, requester: Requester | None) -> Deferred[str | None]:
        """Do what `get` does, for `requester`."""
        return self.without_trace(path, self._look_up_for(path, requester))

    async def _look_up_for(self, path: str, requester: Requester | None) -> str | None:
        self.require_running(path)
        name = SecretName.of(path)
        if name is None:
            return None
        url = await self.render_argument(path, self._url)
        return await self.in_thread(path, partial(self._read, path, name, requester, url))

    def names(self) -> Iterator[str]:
        """Yield the names of the secrets that are not deleted. Blocks.

        Where `url` is rendered, there are none before the first lookup. A change that waits for a
        second person is a secret of the store alone.
        """
        url = self._serving.url
        if url is not None:
            names = self._use("", url, lambda store: list(store.secrets.names()))
            yield from (name for name in names if not is_of_change(name))

    def canonical(self, path: str) -> str | None:
        """Return the name of the secret, without a version and a field."""
        name = SecretName.of(path)
        return None if name is None else name.name

    async def description_of(self, path: str) -> SecretDescription | None:
        """Return what is known of a secret; ``None`` where there is none."""
        name = SecretName.of(path)
        if name is None or is_of_change(name.name):
            return None
        url = await self.render_argument(path, self._url)
        return await self.in_thread(path, partial(self._description, path, name, url))

    def _description(self, path: str, name: SecretName, url: str) -> SecretDescription | None:
        found = self._use(path, url, lambda store: store.secrets.describe(name.name, name.version))
        if found is None or found.deleted:
            return None
        known = found.metadata
        return SecretDescription(
            found.name,
            found.version,
            known.created,
            known.expires,
            found.used or None,
            known.description,
            known.tags,
            known.allowed,
            known.redact,
        )

    def administer(self, actor: str, work: Callable[[Store, int], T]) -> Deferred[T]:
        """Do something with the secrets of the store, in a thread that no lookup waits for.

        :param actor: who does it, for the journal.
        :param work: is called with the secrets, and the time in seconds since the epoch.
        :raise KeychainError: when it cannot be done.
        """
        return self._administered(lambda serving: serving.administer(actor, work))

    def keys(self) -> Deferred[KeyStatus]:
        """Return the keys of the store, which masters have them, and how far a rotation is.

        :raise KeychainError: when they cannot be read.
        """
        return self._administered(Serving.keys)

    def rotate(self, actor: str, seen: Seen) -> Deferred[None]:
        """Have a new key seal; what older ones seal is sealed with it soon after, without waiting.

        :param actor: who has asked for it, for the journal.
        :param seen: what that person has seen of the keys.
        :raise KeychainError: when it cannot be begun, or a master lacks the new key.
        """
        return self._administered(lambda serving: serving.rotate(actor, seen))

    def _administered(self, do: Callable[[Serving], Awaitable[T]]) -> Deferred[T]:
        async def administer() -> T:
            if self._only_answers or self._stopped:
                raise StoreUnavailable("this process does not change the store now")
            return await do(self._serving)

        return self.without_trace("", administer())

    def may_have_changed(self) -> bool:
        """Return whether any secret may be another one than at the last call; at once.

        PostgreSQL tells; a file of SQLite is cheap to read.
        """
        return self._serving.may_have_changed() if self.running else True

    def check_config(self) -> Iterator[str]:
        """Yield, blocking, what is wrong with the place of the socket, and with the files.

        Those of keys and of SQLite stay closed: nothing is unlocked, and no server is asked.
        """
        for problem in self.place.problems(self.url):
            yield f"provider {self.name!r}: {problem}"
        wrong = None if self.socket_path is None else socket_problem(self.socket_path)
        if wrong is not None:
            yield f"provider {self.name!r}: {wrong}"

    def timeout_hint(self) -> str:
        """Return what to look at when a lookup does not end."""
        return "does its database answer, and does nothing else lock it?"

    def startService(self) -> None:
        """Open the store soon, and answer again after a stop."""
        if self._stopped:
            self._begin(self._serving.url)
        if not self.running and not self._only_answers:
            self._serving.start(self.socket_path)
        super().startService()

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Stop answering, and close the store soon."""
        if not self._stopped:
            self._serving.stop()
        return super().stopService()

    def _note_action(self, *action: str) -> None:
        self._record_action(*action)  # as it is by now

    def _begin(self, url: str | None) -> None:
        self._serving = Serving(
            lambda: self.place,  # the directory may be known later
            url,
            partial(self.render_argument, "", self._url),
            self._rotate_after,
            Reporter(self.name, self.log, self.reactor, self._note_action),
        )

    def _read(
        self, path: str, name: SecretName, requester: Requester | None, url: str
    ) -> str | None:
        found = self._use(path, url, lambda store: values_of(store.secrets, name))
        if found is None:
            return None
        try:
            answered = answer(*found, name.field, requester, self._now(), self.numbers)
        except Refused as error:
            raise error.kind(self.name, path, error.reason) from error
        if not self._only_answers:
            self._serving.note_use(name.name, url)
        return answered

    def _use(self, path: str, url: str, work: Callable[[OpenStore], T]) -> T:
        """Return what `work` returns of the store, for the lookup of `path`.

        :raise ProviderError: when the store cannot be opened, or is not as it was left.
        """
        try:
            return self._serving.use(url, work)
        except KeychainError as error:
            kind = ProviderUnavailable if isinstance(error, StoreUnavailable) else ProviderError
            raise kind(self.name, path, self.place.reason(error)) from error

    def _now(self) -> int:
        return int(self.reactor.seconds())

    def _seconds(self, option: str, days: object) -> int | None:
        if days is None:
            return None
        if (
            isinstance(days, bool)
            or not isinstance(days, (int, float))
            or not 0 < days <= _MOST_DAYS
        ):
            self.fail_config(
                option, f"a number of days, more than 0 and at most {_MOST_DAYS}", days
            )
        return int(days * _DAY)
