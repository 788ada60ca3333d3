"""`FormValues`: what was typed into the forms of one master, from then until nobody needs it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock, maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.audit import Typed as TypedEvent
from buildbot_keychain.buildbot._attached import record
from buildbot_keychain.buildbot.forms._hidden import HiddenTyped
from buildbot_keychain.buildbot.forms._provider import NAME, FormProvider
from buildbot_keychain.buildbot.forms._typed import Typed
from buildbot_keychain.buildbot.references import stored_entry
from buildbot_keychain.buildbot.sealed import MasterKeys
from buildbot_keychain.buildbot.state import DatabaseProblemError, FormValuesTable, is_rebuild
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import (
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
    StoreError,
    StoreUnavailable,
)
from buildbot_keychain.store.envelope import Kind, Purpose, open_box, pad, seal, u64, unpad

PROPERTY = "keychain_form_values"
"""The property of a buildset that says which values were typed for it."""

_SOURCE = "Scheduler"
"""The source of `PROPERTY`: requests that differ in properties of this one are not collapsed."""

_LONGEST_WAIT = 24 * 60 * 60
"""Seconds after which a row that belongs to no buildset is removed."""

_GONE = (
    "it was typed into a form for another build, or for one that was complete, and is not kept; "
    "force a new build and type it again"
)

_log = Logger()

Entry = tuple[Any, str]
"""A property: its value and its source."""


class FormValues:
    """The values of one master's buildsets.

    :param master: Buildbot's ``BuildMaster``.
    :param keys: the keys of the master.
    :param hidden: where they are hidden.
    :param weakness: returns why a value of a secret with this name is too weak, or ``""``.
    :ivar provider: the provider that answers for them.
    """

    def __init__(
        self,
        master: Any,
        keys: MasterKeys,
        hidden: HiddenTyped,
        weakness: Callable[[str, str], str],
    ) -> None:
        self.provider = FormProvider(self)
        self._master = master
        self._keys = keys
        self._hidden = hidden
        self._weakness = weakness
        self._table = FormValuesTable(master)
        self._watching = self._kept = self._sweep_waits = False
        self._notes = 0
        self._sweeping = DeferredLock()

    # -- for new buildsets

    def weakness(self, name: str, text: str) -> str:
        """Return why what was typed is too weak for the configuration, or ``""``."""
        return self._weakness(f"{NAME}!{name}", text)

    async def seal(self, name: str, text: str) -> Typed:
        """Return the label of what was typed, with what it stands for.

        Nothing else keeps the text, and nothing is added to the redactor: the form may be refused.

        :raise ConfigurationError: when the master has no keys.
        :raise StoreError: when they do not open.
        """
        sealing = await self._keys.get()
        key = os.urandom(16).hex()
        place = _place(sealing.store_id, name, key)
        box = seal(sealing.keys.form, Purpose.FIELD, place, pad(Kind.TEXT, text.encode()))
        return Typed.of(f"<{NAME}!{name}>", key, box)

    def storing(
        self, properties: dict[str, Entry], *, is_rebuild: bool
    ) -> Callable[[], Awaitable[Entry]] | None:
        """Return what stores the values of a new buildset and returns its `PROPERTY`, if any.

        :param properties: ``{name: (value, source)}``, in which labels take the place of values.
        """
        copied = properties.pop(PROPERTY, None)
        typed = {name: value for name, (value, _) in properties.items() if isinstance(value, Typed)}
        for name, label in typed.items():
            properties[name] = str(label), properties[name][1]
        if typed:
            return lambda: self._store(typed)
        names = read_entry(copied) if is_rebuild else {}
        if not names:
            return None

        async def without_values() -> Entry:
            return dict.fromkeys(names, ""), _SOURCE

        return without_values

    async def _store(self, typed: Mapping[str, Typed]) -> Entry:
        await self._watch()
        now = int(self._master.reactor.seconds())
        try:
            await self._table.write({label.key: label.box for label in typed.values()}, now)
        except DatabaseProblemError as error:
            kind = StoreUnavailable if error.may_pass else StoreError
            raise kind(f"what was typed cannot be kept for the build; {_problem(error)}") from None
        self._note_kept()
        return {name: label.key for name, label in typed.items()}, _SOURCE

    async def bind(self, entry: Entry, bsid: int, *, form: object, owner: object) -> None:
        """Note that what `storing` has returned stands in the buildset with this number.

        :param form: the name of the form.
        :param owner: who has typed it, for the log: whom Buildbot has authenticated, or else the
            name that was typed.
        """
        keys = {name: key for name, key in read_entry(entry).items() if key}
        if not keys:
            return
        _log.info(
            "{names} typed into the form {form!r} by {owner}, for the buildset {bsid}",
            names=", ".join(f"{NAME}!{name}" for name in keys),
            form=form,
            owner=repr(owner) if owner else "somebody who gave no name",
            bsid=bsid,
        )
        typed = tuple(f"{NAME}!{name}" for name in keys)
        event = TypedEvent(typed, str(form or ""), str(owner or ""), bsid)
        record(self._master, event)
        try:
            await self._table.bind(list(keys.values()), bsid)
        except DatabaseProblemError as error:  # whoever reads it first does it
            _log.error("a form: {problem}", problem=_problem(error))
        await self._sweep()  # it may be complete already

    async def drop(self, entry: Entry) -> None:
        """Remove what `storing` has stored for a buildset that was not added; never fails."""
        try:
            await self._table.remove([key for key in read_entry(entry).values() if key])
        except Exception as error:  # noqa: BLE001 - it goes after a time
            _log.debug("forms: removed later ({kind})", kind=type(error).__name__)

    # -- for builds

    async def find(self, name: str, buildid: int) -> str | None:
        """Return what was typed for a build, or for the nearest that it was triggered by.

        :raise ProviderError: when it was typed and is not kept, or nobody can tell.
        """
        seen: set[int] = set()
        current: int | None = buildid
        is_repeated = False
        while current is not None and current not in seen:
            seen.add(current)
            build = await self._get("builds", current)
            request = build and await self._get("buildrequests", build["buildrequestid"])
            buildset = request and await self._get("buildsets", request["buildsetid"])
            if not buildset:
                return None
            bsid = buildset["bsid"]
            properties = await self._get("buildsets", bsid, "properties") or {}
            key = read_entry(properties.get(PROPERTY)).get(name)
            if key is not None:
                # A rebuild of that buildset has an entry of its own, without ids.
                return await self._open(name, "" if is_repeated else key, bsid, seen)
            is_repeated = is_repeated or is_rebuild(buildset)
            current = buildset["parent_buildid"]
        return None

    async def _open(self, name: str, key: str, bsid: int, buildids: Collection[int]) -> str:
        try:
            box = await self._table.read(key, bsid) if key else None
        except DatabaseProblemError as error:
            kind = ProviderUnavailable if error.may_pass else ProviderError
            raise kind(NAME, name, _problem(error)) from None
        if box is None:
            raise InvalidSecret(NAME, name, _GONE)
        try:
            sealing = await self._keys.get()
            place = _place(sealing.store_id, name, key)
            _, content = unpad(open_box(sealing.keys.form, Purpose.FIELD, place, box))
        except StoreError as error:
            raise ProviderError(NAME, name, f"{error}; force a new build") from None
        value = content.decode()
        await self._hidden.hide(key, f"{NAME}!{name}", value, buildids)
        self._note_kept()
        return value

    async def _get(self, *path: Any) -> Any:
        return await maybeDeferred(self._master.data.get, path)

    # -- when builds have ended

    @returns_deferred
    async def clean_up(self) -> None:
        """Remove what nobody needs since the master stopped, and from now on; never fails."""
        self._note_kept()
        if self._keys.configured:
            await self._watch()
        await self._sweep()
        if self._kept:  # of a configuration that had keys
            await self._watch()

    async def _watch(self) -> None:
        """Have the ends of buildsets told.

        From the start on: Buildbot's simple queue leaves out whoever stands behind one that leaves
        it while it delivers, and those that leave come later. What is missed goes at the next end.
        """
        if not self._watching:
            self._watching = True
            ends = ("buildsets", None, "complete")
            await maybeDeferred(self._master.mq.startConsuming, self._ended, ends)

    def _ended(self, _key: Any, _message: Any) -> Deferred[None] | None:
        # A master that stops waits for it.
        return Deferred.fromCoroutine(self._sweep()) if self._kept else None

    async def settled(self) -> None:
        """Return when what the end of a buildset has begun to remove is removed."""
        async with self._sweeping:
            pass

    async def _sweep(self) -> None:
        if self._sweep_waits:
            return  # it will see what is to be removed
        self._sweep_waits = True
        async with self._sweeping:
            self._sweep_waits = False
            before = int(self._master.reactor.seconds()) - _LONGEST_WAIT
            known, notes = self._hidden.known, self._notes
            try:
                kept = await self._table.remove_done(before)
                self._hidden.forget(known - kept)
                left = bool(kept)
            except DatabaseProblemError as error:
                left = True
                _log.error("forms: {problem}", problem=_problem(error))
            except Exception as error:  # noqa: BLE001 - the pool of a master that stops
                left = True
                _log.debug("forms: removed later ({kind})", kind=type(error).__name__)
            self._kept = left or notes != self._notes

    def _note_kept(self) -> None:
        """Have the next end of a buildset lead to a look at what is kept."""
        self._kept = True
        self._notes += 1


def read_entry(entry: Any) -> dict[str, str]:
    """Return the ids by names that a `PROPERTY` holds; none if it is not one of ours."""
    value, source = (None, None) if entry is None else stored_entry(entry)
    if source != _SOURCE or not isinstance(value, dict):
        return {}
    return {name: key for name, key in value.items() if isinstance(key, str)}


def _place(store_id: bytes, name: str, key: str) -> list[bytes]:
    return [store_id, NAME.encode(), name.encode(), key.encode(), u64(0)]


def _problem(error: DatabaseProblemError) -> str:
    return (
        f"the table keychain_form_values of the master's database cannot be used ({error}): allow "
        "the master to create, read and write it"
    )
