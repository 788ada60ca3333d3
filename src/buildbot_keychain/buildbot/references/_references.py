"""`References`: stores how properties of buildsets were made, and resolves them in the builds."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from weakref import WeakSet

from twisted.logger import Logger, LogLevel

from buildbot_keychain.buildbot.references._made import MadeValues
from buildbot_keychain.buildbot.references._outgoing import Outgoing, outgoing, with_labels
from buildbot_keychain.buildbot.references._templates import Name, Template, looked_up
from buildbot_keychain.buildbot.references._unavailable import (
    Entry,
    Unavailable,
    stored_entry,
)
from buildbot_keychain.buildbot.state import DatabaseProblemError, ReferencesTable
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import KeychainError, RenderingError, quote
from buildbot_keychain.redaction import Audience

_log = Logger()

PROPERTY = "keychain_references"
"""The property of a buildset that says which of its properties travel by name."""

_SOURCE = "keychain"
"""Its source. Buildbot compares only what has the source ``Scheduler`` to collapse requests."""

_LONGEST_WAIT = 90 * 24 * 60 * 60
"""Seconds after which a row that belongs to no buildset is removed."""


class References:
    """The properties by name of one master's buildsets and builds.

    :param master: Buildbot's ``BuildMaster``, whose database is there by the first buildset.
    :param look_up: looks a secret up for a build, which counts as given it then.
    :param preparing: returns a context in which a build may wait for secrets before its first step.
    :param is_public: returns whether a secret with this name and value may be shown.
    """

    def __init__(
        self,
        master: Any,
        look_up: Callable[[Any, Name], Awaitable[str]],
        preparing: Callable[[Any], AbstractContextManager[None]],
        is_public: Callable[[Name, str], bool],
    ) -> None:
        self.made = MadeValues()
        self._master = master
        self._look_up = look_up
        self._preparing = preparing
        self._is_public = is_public
        self._table = ReferencesTable(master)
        self._resolved: WeakSet[Any] = WeakSet()

    # -- for new buildsets

    def outgoing(self, audience: Audience, properties: Mapping[str, Entry]) -> Outgoing:
        """Return those of the properties of a new buildset that travel by name.

        :param audience: the readers of the build that passes them on.
        """
        return outgoing(self.made, audience, properties, self._is_public)

    def with_labels(self, properties: Mapping[str, Entry]) -> dict[str, Entry]:
        """Return ``{name: (value, source)}`` with labels for the secrets that are known in them."""
        return {name: (self._shown(value), source) for name, (value, source) in properties.items()}

    def _shown(self, value: Any) -> Any:
        made = self.made.of(value)
        return value if made is None else with_labels(made, self._is_public)

    async def store(self, templates: Mapping[str, Template]) -> Entry:
        """Store templates by the names of properties; return what finds them, for `PROPERTY`.

        Where they cannot be stored, the builds find none, and fail when they read such a property.
        """
        key = _new_key()
        try:
            await self._table.write(key, dict(templates), int(self._master.reactor.seconds()))
        except DatabaseProblemError as error:
            self._report("stored", error)
        return _entry(key, list(templates))

    async def copy(self, entry: Any, bsid: int) -> Entry:
        """Return for a rebuild what `store` returns, made of the `PROPERTY` of what it rebuilds.

        :param bsid: the number of the buildset that is rebuilt.
        """
        key, names = _read(entry)
        try:
            templates = await self._table.read(key, bsid)
        except Exception as error:  # noqa: BLE001 - a rebuild without them is better than none
            self._report("read", error)
            templates = None
        # The other row is not the copy's: what finds nothing fails whoever reads it.
        return _entry(_new_key(), names) if templates is None else await self.store(templates)

    async def bind(self, entry: Any, bsid: int) -> None:
        """Note that what `store` has returned stands in the buildset with this number."""
        key, _names = _read(entry)
        try:
            await self._table.bind(key, bsid)
        except DatabaseProblemError as error:
            self._report("bound to its buildset", error)

    @returns_deferred
    async def clean_up(self) -> None:
        """Remove what is stored of buildsets that no longer exist; never fails."""
        try:
            now = int(self._master.reactor.seconds())
            await self._table.remove_missing_buildsets(now - _LONGEST_WAIT)
        except DatabaseProblemError as error:
            self._report("cleaned up", error)

    def _report(self, what: str, error: Exception) -> None:
        _log.emit(
            LogLevel.error,
            "how properties with secrets were made cannot be {what} in the table "
            "keychain_references of the master's database ({problem}): allow the master to create, "
            "read and write that table; until then, steps that read such a property fail",
            what=what,
            problem=str(error) if isinstance(error, DatabaseProblemError) else _kind(error),
        )

    # -- in builds

    async def resolve(self, build: Any) -> None:
        """Put the true values into the properties that Buildbot's `build` has received by name.

        That is done at the first call, before anything of the build's properties is stored. Who
        reads a property whose secret cannot be looked up gets the error. It never fails: Buildbot
        would not end the build.
        """
        if build is None or build in self._resolved:
            return
        self._resolved.add(build)
        build.getProperties().properties.pop(PROPERTY, None)
        if not getattr(build, "do_build", True):  # a later Buildbot may skip it
            return
        look_up = _Lookups(partial(self._look_up, build))
        with self._preparing(build):
            for request in build.requests:
                received = request.properties.properties
                if PROPERTY in received:
                    await self._resolve_request(build, request.bsid, received, look_up)

    async def _resolve_request(
        self, build: Any, bsid: int, received: Mapping[str, Any], look_up: _Lookups
    ) -> None:
        properties = build.getProperties().properties
        key, names = _read(received[PROPERTY])
        read: Mapping[str, Template] | KeychainError | None = None
        for name in names:
            entry = received.get(name)
            # It is the very same object, unless a builder or a worker has a property of that name.
            if entry is None or properties.get(name) is not entry:
                continue
            if read is None:
                read = await self._templates(key, bsid)
            try:
                template = _template_of(name, read)
                values = await looked_up(template, look_up)
                value = self.made.made_again(build, template, values)
            except Exception as error:  # noqa: BLE001 - see `resolve`
                problem = _problem(name, error)
                _log.info("a property of a build: {error}", error=str(problem))
                properties[name] = Unavailable.of(entry, problem)
            else:
                properties[name] = value, stored_entry(entry)[1]

    async def _templates(self, key: str, bsid: int) -> Mapping[str, Template] | KeychainError:
        """Return how properties were made, or why nobody knows."""
        try:
            return await self._table.read(key, bsid) or {}
        except Exception as error:  # noqa: BLE001 - see `resolve`
            self._report("read", error)
            if isinstance(error, DatabaseProblemError):
                kind = _Unreadable if error.may_pass else RenderingError
                return kind("the master's database cannot be read")
            return RenderingError("what is stored of it cannot be read")


class _Unreadable(KeychainError):
    """The database may answer later."""

    retryable = True


class _Lookups:
    """Looks up each secret once, so that all properties of a build have the same value of it."""

    def __init__(self, look_up: Callable[[Name], Awaitable[str]]) -> None:
        self._look_up = look_up
        self._found: dict[Name, str | KeychainError] = {}

    async def __call__(self, name: Name) -> str:
        if name not in self._found:
            try:
                self._found[name] = await self._look_up(name)
            except KeychainError as error:
                self._found[name] = error
        found = self._found[name]
        if isinstance(found, KeychainError):
            raise found.with_traceback(None)
        return found


def _template_of(name: str, read: Mapping[str, Template] | KeychainError) -> Template:
    problem = f"the property {quote(name)} holds a secret, and how it was made is not known"
    if isinstance(read, KeychainError):
        raise type(read)(f"{problem}: {read}; request the build again")
    if name not in read:
        raise RenderingError(f"{problem}; request the build again")
    return read[name]


def _problem(name: str, error: Exception) -> KeychainError:
    """Return `error` as what the reader of a property gets; one of other code shows no text."""
    if isinstance(error, KeychainError):
        return error
    return RenderingError(
        f"the property {quote(name)} holds a secret, and cannot be made again ({_kind(error)}); "
        "request the build again"
    )


def _kind(error: Exception) -> str:
    return type(error).__name__


def _new_key() -> str:
    return os.urandom(16).hex()


def _entry(key: str, names: list[str]) -> Entry:
    return {"id": key, "properties": names}, _SOURCE


def _read(entry: Any) -> tuple[str, list[str]]:
    """Return the id and the names that a `PROPERTY` holds; nothing if it is not one of ours."""
    value = stored_entry(entry)[0]
    key = value.get("id") if isinstance(value, dict) else None
    names = value.get("properties") if isinstance(value, dict) else None
    if isinstance(key, str) and isinstance(names, list):
        return key, [name for name in names if isinstance(name, str)]
    return "", []
