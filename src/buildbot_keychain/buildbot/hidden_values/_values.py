"""`HiddenValues`: what builds have declared to be secret, for as long as it is.

A value counts as given to the build that declared it and to all that descend from that build: those
that run, and those that begin later. It is forgotten when that build has ended and nothing is left
that descends from it. A master that stops ends its builds, so nothing is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Protocol

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import Descendants, GivenSecrets
from buildbot_keychain.errors import HidingError, quote
from buildbot_keychain.redaction import Protection, Redactor
from buildbot_keychain.secretive import secretive

MOST = 100
"""Values that one build may hide."""

LARGEST = 65_536
"""Bytes of UTF-8 that these values may have in all."""

_LONGEST_NAME = 200


class Protect(Protocol):
    """Makes a value known to the redactor, by a name, and returns by what it is given."""

    def __call__(
        self, name: str, value: str, known: AbstractSet[str], *, in_thread: bool
    ) -> Awaitable[str]:
        """Do it in a thread; `known` is what was given to the build that declares the value."""


@secretive
@dataclass(repr=False)
class _Hidden:
    """What one build has declared."""

    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    """By name and value: what the redactor knows it by."""
    size: int = 0
    lent_to: set[int] = field(default_factory=set)
    ended: bool = False


@secretive
class HiddenValues:
    """The values that the builds of one master have declared to be secret.

    :param redactor: what hides them.
    :param given: what builds were given.
    :param descendants: which builds descend from others.
    :param is_strict: returns whether a value that cannot be hidden well is refused.
    """

    def __init__(
        self,
        redactor: Redactor,
        given: GivenSecrets,
        descendants: Descendants,
        is_strict: Callable[[], bool],
    ) -> None:
        self._redactor = redactor
        self._given = given
        self._descendants = descendants
        self._is_strict = is_strict
        self._of: dict[int, _Hidden] = {}
        descendants.on_birth.append(self._lend_to)
        descendants.on_end = self._forget

    def hide(self, build: Any, name: str, value: str) -> Protection:
        """Hide `value` as ``<name>`` for Buildbot's `build`; a second time is no error.

        :return: how well it is hidden.
        :raise HidingError: when the build does not run, the name is not one, the build has hidden
            too much already, or the value is too weak for ``strict=True``.
        """
        if self._is_new(build, name, value):
            known = self._given.of_build(build)
            self._keep(build, name, value, self._redactor.add_passing(name, value, known))
        return self._redactor.policy.protection(value)

    async def hide_by(
        self, protect: Protect, build: Any, name: str, values: Iterable[str]
    ) -> list[Protection]:
        """Do the same for values, where that takes long with what `protect` does in a thread."""
        values = list(values)
        takes_long = self._redactor.takes_long_to_add_passing("".join(values))
        return [
            await self._hide_by(protect, build, name, value, takes_long=takes_long)
            for value in values
        ]

    async def _hide_by(
        self, protect: Protect, build: Any, name: str, value: str, *, takes_long: bool
    ) -> Protection:
        if not takes_long or not self._is_new(build, name, value):
            return self.hide(build, name, value)
        key = await protect(name, value, self._given.of_build(build), in_thread=True)
        try:
            # The build may have ended, or hidden more, in the meantime.
            is_new = self._is_new(build, name, value)
        except HidingError:
            self._redactor.forget(key)
            raise
        if is_new:
            self._keep(build, name, value, key)
        else:
            self._redactor.forget(key)
        return self._redactor.policy.protection(value)

    def _is_new(self, build: Any, name: str, value: str) -> bool:
        """Return whether a value is to be hidden that is not yet, or raise `HidingError`."""
        check_name(name)
        protection = self._redactor.policy.protection(value)
        hidden = self._of.get(build.buildid, _Hidden())
        if (name, value) in hidden.keys or not value.strip():
            return False
        if build.buildid is None or build.finished:
            raise HidingError(f"{quote(name)} cannot be hidden in a build that does not run")
        if protection.is_weak and self._is_strict():
            raise HidingError(
                f"the value of {quote(name)} is {protection.weakness}, which strict=True does not "
                "allow; have a longer one made"
            )
        if len(hidden.keys) == MOST or hidden.size + _size(value) > LARGEST:
            raise HidingError(
                f"{quote(name)} cannot be hidden: a build can hide {MOST} values of {LARGEST} "
                "bytes in all; hide only what is secret"
            )
        return True

    def _keep(self, build: Any, name: str, value: str, key: str) -> None:
        """Give a value, which the redactor knows by a key, to a build and its descendants."""
        hidden = self._of.setdefault(build.buildid, _Hidden())
        hidden.size += _size(value)
        hidden.keys[name, value] = key
        for buildid in (build.buildid, *self._descendants.of(build.buildid)):
            hidden.lent_to.add(buildid)
            self._given.lend(buildid, key)

    def names_in(self, buildid: int | None) -> frozenset[str]:
        """Return the names of what is hidden in a build, by it or by one that it descends from."""
        in_it = [hidden for hidden in self._of.values() if buildid in hidden.lent_to]
        return frozenset(name for hidden in in_it for name, _value in hidden.keys)

    def end(self, buildid: int) -> None:
        """Note that a build has ended."""
        if buildid in self._of:
            self._of[buildid].ended = True
            self._forget()

    def _lend_to(self, buildid: int, ancestors: tuple[int, ...]) -> None:
        for ancestor in ancestors:
            hidden = self._of.get(ancestor)
            if hidden is not None:
                hidden.lent_to.add(buildid)
                for key in hidden.keys.values():
                    self._given.lend(buildid, key)

    def _forget(self) -> None:
        """Forget what was declared by builds that are over, with all that descends from them."""
        for buildid, hidden in list(self._of.items()):
            if hidden.ended and not self._descendants.are_expected(buildid):
                del self._of[buildid]
                for key in hidden.keys.values():
                    self._redactor.forget(key)
                    for borrower in hidden.lent_to:
                        self._given.take_back(borrower, key)


def check_name(name: object) -> None:
    """Raise `HidingError` unless `name` can be shown in place of a value."""
    if (
        not isinstance(name, str)
        or not name.strip()
        or len(name) > _LONGEST_NAME
        or not name.isprintable()
        or not {"<", ">"}.isdisjoint(name)
    ):
        raise HidingError(
            f"{quote(name)} cannot be shown in place of a value: a name has up to {_LONGEST_NAME} "
            "printable characters, none of them < or >"
        )


def hide_in(build: Any, name: str, value: object) -> list[Protection]:
    """Hide every text and number in `value`, in lists and in the values of dicts too.

    :return: how well each is hidden.
    :raise HidingError: as `HiddenValues.hide`, or when there is something else in it.
    """
    keychain = _keychain_for(build, name)
    return [keychain.hidden_values.hide(build, name, text) for text in _texts(name, value)]


async def hide_all(build: Any, name: str, value: object) -> list[Protection]:
    """Do the same, with what is long in a thread."""
    keychain = _keychain_for(build, name)
    hidden: list[Protection] = await keychain.hidden_values.hide_by(
        keychain.protect_passing, build, name, _texts(name, value)
    )
    return hidden


def _keychain_for(build: Any, name: str) -> Any:
    keychain = keychain_of(build.master)
    if keychain is None:
        raise HidingError(f"{quote(name)} cannot be hidden: the master has no keychain")
    keychain.build_scopes.track(build)
    return keychain


async def hide(build: Any, name: str, value: object) -> None:
    """Hide `value` as ``<name>`` from now on.

    It is hidden in `build`, in the builds that it triggers and theirs, and in the master's own
    files, until the last of these builds has ended.

    :param build: Buildbot's ``Build``, such as a step's ``self.build``.
    :param name: what is shown in place of the value (`str`).
    :param value: a `str`, or a list or dict of them.
    :raise buildbot_keychain.errors.HidingError: when it cannot be hidden: the build does not run,
        the name is not one, the build has hidden too much already, or ``strict=True`` does not
        allow the value. The message does not show the value.
    """
    await hide_all(build, name, value)


def _size(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))


def _texts(name: str, value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(name, item)
    elif value is not None and not isinstance(value, bool):
        raise HidingError(
            f"the value of {quote(name)} cannot be hidden: it is of type {type(value).__name__}, "
            "not a text"
        )
