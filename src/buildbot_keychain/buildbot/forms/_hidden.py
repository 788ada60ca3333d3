"""`HiddenTyped`: what was typed into forms, hidden where it is given, for as long as it is kept.

Whoever may force a build chooses what is typed. So it is a secret to the builds that get it, to
those above and below them, and in the master's own files; to all others it is none, and it is
forgotten when its row has gone. Nothing is known of what no build has asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from twisted.internet.defer import DeferredLock

from buildbot_keychain.buildbot.builds import Descendants, GivenSecrets


@dataclass
class _Hidden:
    given: str
    """What the redactor knows a value by."""
    lent_to: set[int] = field(default_factory=set)


class HiddenTyped:
    """The values that builds of one master have asked for, by their ids.

    :param protect: makes a value known to the redactor, by a name, and returns by what it is given;
        ``None`` where it is not to be hidden.
    :param forget: forgets what `protect` has returned.
    :param given: what builds were given.
    :param descendants: which builds descend from others.
    """

    def __init__(
        self,
        protect: Callable[[str, str], Awaitable[str | None]],
        forget: Callable[[str], object],
        given: GivenSecrets,
        descendants: Descendants,
    ) -> None:
        self._protect = protect
        self._forget = forget
        self._given = given
        self._descendants = descendants
        self._of: dict[str, _Hidden] = {}
        self._adding = DeferredLock()
        descendants.on_birth.append(self._lend_to)

    @property
    def known(self) -> frozenset[str]:
        """The ids of the values that are hidden."""
        return frozenset(self._of)

    async def hide(self, key: str, name: str, value: str, buildids: Collection[int]) -> None:
        """Hide a value as ``<name>`` in builds, and in all that descend from them.

        :param key: its id.
        """
        async with self._adding:
            if key not in self._of:
                given = await self._protect(name, value)
                if given is None:
                    return
                self._of[key] = _Hidden(given)
        for buildid in buildids:
            for each in (buildid, *self._descendants.of(buildid)):
                self._lend(self._of[key], each)

    def forget(self, keys: Collection[str]) -> None:
        """Forget the values with these ids."""
        for key in keys:
            hidden = self._of.pop(key)
            for buildid in hidden.lent_to:
                self._given.take_back(buildid, hidden.given)
            self._forget(hidden.given)

    def _lend_to(self, buildid: int, ancestors: tuple[int, ...]) -> None:
        for hidden in self._of.values():
            if not hidden.lent_to.isdisjoint(ancestors):
                self._lend(hidden, buildid)

    def _lend(self, hidden: _Hidden, buildid: int) -> None:
        hidden.lent_to.add(buildid)
        self._given.lend(buildid, hidden.given)
