"""`Hiding`: makes values known to the redactor, in a thread where that takes long.

What takes long is compiling what texts need next. So of many values that come at once, only the
first ones are added one by one: those that come while something is compiled are added, and
compiled, together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any, TypeVar

from twisted.logger import Logger, LogLevel

from buildbot_keychain.lookups._batches import Batches
from buildbot_keychain.redaction import Protection, Redactor
from buildbot_keychain.secretive import secretive
from buildbot_keychain.single_flight import SingleFlight
from buildbot_keychain.workpool import FewThreads, outcome_of, run_once

T = TypeVar("T")

HIDING = 60.0
"""Seconds that it may take to make a value known."""

TOGETHER = 100
"""Values that are added together at most, which takes a second: the first ones wait for the last.
"""

COMPILING = 2
"""Threads that compile for readers at once: they share a processor, and each takes memory."""

COMPILED = 600.0
"""Seconds until what readers need is compiled, with the wait for others."""

_MOST_WEAK = 10_000
"""Names of which it is remembered that their values are weak."""


@secretive
class Hiding:
    """What makes values known to a redactor, and warns of those that are weak, once for a name.

    :param clock: returns an ``IReactorTime``.
    """

    log = Logger()

    def __init__(self, redactor: Redactor, clock: Callable[[], Any]) -> None:
        self.redactor = redactor
        self._clock = clock
        self._warned: set[tuple[str, str]] = set()
        """Of which names, and of what."""
        self._flights = SingleFlight()
        self._compiling = FewThreads(COMPILING, "keychain-redaction")
        self._together: Batches[None, Callable[[], Any], Any] = Batches(self._add_all, TOGETHER)
        self.weak: dict[str, str] = {}
        """Why the values of some names are weak."""

    async def protect(
        self, name: str, value: str, *, public: bool = False, plain: bool = False
    ) -> None:
        """Make a value known to the redactor, in a thread where that takes long.

        :param plain: whether it is hidden as it stands and in no other form.
        """
        add = partial(self.redactor.add, name, value, redact=not public, plain=plain)
        if self.redactor.is_known(name, value, redact=not public):
            hiding = add()
        else:
            takes_long = self.redactor.takes_long_to_add(name, value, redact=not public)
            hiding = await self._add(
                add,
                (name, value, public, plain),
                takes_long=takes_long,
                in_thread=partial(add, ahead=True),
            )
        self._warn_if_weak(name, hiding.protection)
        if not (hiding.in_all_forms or plain):
            self._warn(
                "the secret {name!r} is too long, or has too many forms, to be hidden in all of "
                "them: it is hidden as it is, by line and by field, and in some forms",
                name,
            )

    async def prepare(self, given: Callable[[], AbstractSet[str] | None]) -> None:
        """Have the redactor ready for readers, so that their next text does not stop the reactor.

        :param given: returns what they were given or are about to be; called until it returns what
            is prepared, as more may be given meanwhile. ``None`` stands for everything.
        """
        prepared: object = ...
        while (names := given()) != prepared and self.redactor.takes_long_to_prepare(names):
            prepared = None if names is None else frozenset(names)
            prepare = partial(self._compile, prepared)
            await self._flights.do(("prepare", prepared), prepare)

    async def _compile(self, given: AbstractSet[str] | None) -> None:
        prepare = partial(self.redactor.prepare, given)
        await self._compiling.run(self._clock(), COMPILED, prepare)

    async def protect_passing(
        self,
        name: str,
        value: str,
        known: AbstractSet[str] = frozenset(),
        *,
        in_thread: bool = False,
    ) -> str:
        """Do the same until the redactor forgets the value; return by what it is given.

        :param known: the live set of what was given to whoever chose the value.
        :param in_thread: whether it is one of many, which together take long.
        """
        add = partial(self.redactor.add_passing, name, value, known)
        # Each passing value is forgotten by itself, so each is added.
        takes_long = in_thread or self.redactor.takes_long_to_add_passing(value)
        given = await self._add(add, object(), takes_long=takes_long)
        self._warn_if_weak(name, self.redactor.policy.protection(value))
        return given

    async def _add(
        self,
        add: partial[T],
        key: Hashable,
        *,
        takes_long: bool,
        in_thread: Callable[[], T] | None = None,
    ) -> T:
        """Call `add`; once for all that add the same at the same time, if that waits.

        Then have the redactor ready for readers to whom everything is given.

        :param key: what is added, and how.
        :param in_thread: is called instead of `add` in a thread, where compiling stops nobody.
        """
        in_thread = in_thread or add
        result: T
        if not takes_long and self._together.is_busy(None):
            result = await self._flights.do((key, add.func), partial(self._with_others, in_thread))
            return result
        if takes_long:
            result = await self._flights.do((key, add.func), partial(self._in_thread, in_thread))
        else:
            result = add()
        if self.redactor.takes_long_to_prepare(None):
            await self._together.do(None, _nothing)
        return result

    async def _with_others(self, add: Callable[[], T]) -> T:
        """Call `add` in a thread, with what others add."""
        result: T = await self._together.do(None, add)
        return result

    async def _add_all(self, _: None, adding: Sequence[Callable[[], Any]]) -> Sequence[Any]:
        """Return what each of some calls returns, or a ``Failure``, once texts are ready for it."""

        def add_all() -> Sequence[Any]:
            outcomes = [outcome_of(add) for add in adding]
            if self.redactor.takes_long_to_prepare(None):
                self.redactor.prepare(None)
            return outcomes

        return await self._in_thread(add_all)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        # It happens once for a value, so the thread does not stay.
        return await run_once(self._clock(), HIDING, "keychain-redaction", work)

    def _warn_if_weak(self, name: str, protection: Protection) -> None:
        if not protection.weakness:
            self.weak.pop(name, None)
        elif protection is not Protection.WORDS:
            if len(self.weak) < _MOST_WEAK:
                self.weak[name] = protection.weakness
            self._warn(
                "the secret {name!r} is {weakness}: logs may show it; choose another, "
                "or declare its name public",
                name,
                weakness=protection.weakness,
            )

    def _warn(self, text: str, name: str, **fields: str) -> None:
        """Log a text (a format) about a secret, once."""
        if (text, name) not in self._warned:
            self._warned.add((text, name))
            self.log.emit(LogLevel.warn, text, name=name, **fields)


def _nothing() -> None:
    """Add nothing."""
