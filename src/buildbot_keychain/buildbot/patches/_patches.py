"""`Patch`, one row of a table, and `Patches`, which checks a table and then applies all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from buildbot_keychain.buildbot.patches._expectations import (
    Expectation,
    MissingTargetError,
    Target,
)
from buildbot_keychain.versions import UnfitBuildbotError

Function = Callable[..., Any]
"""A function of Buildbot, or one that replaces it."""


@dataclass(frozen=True)
class Replacement:
    """Something that is replaced for the whole process.

    :param make: returns the replacement; it is given what was there before.
    """

    target: Target
    make: Callable[[Any], Any]

    def apply(self, undo: ExitStack, *, may_be_missing: bool) -> None:
        """Replace the target, and have `undo` put back what was there.

        :param may_be_missing: do nothing if there is no such target.
        :raise MissingTargetError: when there is no such target, unless it may be missing.
        """
        try:
            owner, attribute = self.target.owner()
            original = self.target.value()
        except MissingTargetError:
            if may_be_missing:
                return
            raise
        inherited = attribute not in vars(owner)
        setattr(owner, attribute, self.make(original))
        if inherited:
            undo.callback(delattr, owner, attribute)
        else:
            undo.callback(setattr, owner, attribute, original)


@dataclass(frozen=True)
class Patch:
    """One way in which Buildbot is altered, or relied upon.

    :param name: names it in messages, in the documentation and where a gap is accepted.
    :param gap: what is wrong on a master without it, as a sentence without its full stop.
    :param expects: what must be true of Buildbot for the patch to do its work.
    :param replaces: what is replaced once for the process.
    :param per_master: what is replaced on each master, in words.
    """

    name: str
    gap: str
    expects: tuple[Expectation, ...]
    replaces: tuple[Replacement, ...] = ()
    per_master: str = ""

    def problems(self) -> list[str]:
        """Return in what ways Buildbot differs from what is expected, none if it does not."""
        checks = [
            *(replacement.target.problem for replacement in self.replaces),
            *(expectation.problem for expectation in self.expects),
        ]
        return list(dict.fromkeys(filter(None, map(_outcome_of, checks))))


def _outcome_of(check: Callable[[], str]) -> str:
    try:
        return check()
    except MissingTargetError as missing:
        return str(missing)


@dataclass(frozen=True)
class Gap:
    """A patch that does not fit the installed Buildbot, and why."""

    patch: Patch
    problems: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.patch.gap} (patch {self.patch.name!r}: {'; '.join(self.problems)})"


class UnguardedError(UnfitBuildbotError):
    """Patches do not fit the installed Buildbot, and nobody accepted that; none was applied.

    :ivar gaps: those that were not accepted.
    """

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self.gaps = tuple(gaps)
        super().__init__(list(map(str, gaps)))


def gaps_in(table: Sequence[Patch]) -> list[Gap]:
    """Check all expectations of a table; return the patches that do not fit.

    The answer is about an unpatched Buildbot: call it before `Patches.apply`.
    """
    found = ((patch, tuple(patch.problems())) for patch in table)
    return [Gap(patch, problems) for patch, problems in found if problems]


class Patches:
    """What was patched in one process: all of a table, or nothing.

    :ivar accepted: the gaps that were accepted when the patches were applied.
    """

    def __init__(self) -> None:
        self.accepted: tuple[Gap, ...] = ()
        self._undo: ExitStack | None = None

    @property
    def applied(self) -> bool:
        """Whether they are applied."""
        return self._undo is not None

    def apply(self, table: Sequence[Patch], accept: Collection[str] = ()) -> None:
        """Check all expectations, then replace everything. A second call does nothing.

        A patch whose gap is accepted is applied all the same, as far as what it replaces exists:
        it may still do its work.

        :param table: the patches.
        :param accept: names of those that need not fit.
        :raise UnguardedError: when other patches do not fit.
        """
        if self.applied:
            return
        gaps = gaps_in(table)
        refused = [gap for gap in gaps if gap.patch.name not in accept]
        if refused:
            raise UnguardedError(refused)
        with ExitStack() as undo:
            for patch in table:
                for replacement in patch.replaces:
                    replacement.apply(undo, may_be_missing=patch.name in accept)
            self._undo = undo.pop_all()
        self.accepted = tuple(gaps)

    def revert(self) -> None:
        """Put back what was there before, for tests; running masters keep what was done to them."""
        if self._undo is not None:
            undo, self._undo = self._undo, None
            self.accepted = ()
            undo.close()
