"""`Giving`: a value is hidden before anybody has it, and noted for the build that is given it.

What a provider answers to whoever asks it directly, and what no provider holds, is hidden here too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain import utf8
from buildbot_keychain.buildbot.builds import Asker, GivenSecrets
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.lookups import Batches, Lookups
from buildbot_keychain.redaction import Redactor

MOST_VALUES = 64
"""Values of one owner's name that are hidden in all forms."""


class Giving:
    """What builds and others are given.

    :param redactor: hides it.
    :param lookups: have the redactor ready, and record who asked directly.
    :param given: notes what each build was given.
    :param public: returns the names that are not hidden.
    :param soon: calls something in the next turn of the reactor.
    """

    def __init__(
        self,
        redactor: Redactor,
        lookups: Lookups,
        given: GivenSecrets,
        public: Callable[[], AbstractSet[str]],
        soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self._redactor = redactor
        self._lookups = lookups
        self._given = given
        self._public = public
        self._together: Batches[Any, str, None] = Batches(self._give_together, soon=soon)
        self._values_hidden: Counter[tuple[str, str]] = Counter()

    async def give(self, build: Any, name: str, value: str) -> None:
        """Note that `build` is given a value that is hidden, once its texts can be redacted.

        What it is given in one turn of the reactor, or while something is made ready, is made ready
        together, and noted at once.
        """
        key = self._redactor.given_as(name, value)
        given = self._given.of_build(build)
        if key is None or key in given:
            return
        is_busy = self._together.is_busy(build)
        if is_busy or self._redactor.takes_long_to_prepare({*given, key}):
            await self._together.do(build, key)
        else:
            # In this order, so that all of it is there when it is recorded.
            self._together.gather(build)
            self._given.give(build, key)

    async def _give_together(self, build: Any, keys: Sequence[str]) -> Sequence[None]:
        await self._lookups.hiding.prepare(lambda: {*self._given.of_build(build), *keys})
        for key in keys:
            self._given.give(build, key)
        return [None] * len(keys)

    def hide_answer(
        self, provider: Any, path: str, answer: object, asker: Asker, looked_up: str | None
    ) -> Deferred[None] | None:
        """Hide what `provider` answers to `asker`, who asks it for `path` directly.

        To a build it counts as given. Its name is ``provider!path``: the path alone may name the
        secret of another provider, which builds were given that were not given this one, or which
        is public.

        :param looked_up: the name of which the lookup led to the question, if one did.
        :return: what fires when it is hidden, and recorded if it must be, if that takes long.
        """
        text = utf8.decode(answer) if isinstance(answer, bytes) else answer
        name = full = f"{provider.name}!{path}"
        if looked_up is not None and path in (looked_up, looked_up.partition("!")[2]):
            name = looked_up
        if isinstance(text, str) and self._public().isdisjoint((name, full)):
            recorded = self._lookups.recording.record_direct(
                name, asker.requester, SecretDetails(provider.name, name, text)
            )
            if recorded is not None or self._redactor.takes_long_to_add(name, text):
                return Deferred.fromCoroutine(self._give_directly(asker, name, text, recorded))
            self._redactor.add(name, text)
            if asker.build is not None:
                self._note(asker.build, name, text)
        return None

    async def hide_for(self, asker: Asker, name: str, value: str, *, owner: str) -> None:
        """Hide a value that no provider holds before `asker` gets it; to a build it is given.

        :param owner: whose value it is. One that is replaced all the time takes little: of many
            values of an owner's name, the later ones are hidden as they stand and in no other form.
        """
        if self._redactor.given_as(name, value) is None:
            self._values_hidden[owner, name] += 1
        plain = self._values_hidden[owner, name] > MOST_VALUES
        await self._protect_and_give(asker, name, value, plain=plain)

    async def _give_directly(
        self, asker: Asker, name: str, value: str, recorded: Awaitable[None] | None
    ) -> None:
        if recorded is not None:
            await recorded
        await self._protect_and_give(asker, name, value)

    async def _protect_and_give(
        self, asker: Asker, name: str, value: str, *, plain: bool = False
    ) -> None:
        await self._lookups.hiding.protect(name, value, plain=plain)
        if asker.build is not None:
            await self.give(asker.build, name, value)

    def _note(self, build: Any, name: str, value: str) -> None:
        """Note that `build` is given a value, unless that is public."""
        key = self._redactor.given_as(name, value)
        if key is not None:
            self._given.give(build, key)
