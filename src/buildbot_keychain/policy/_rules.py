"""`Allow` and `Deny`: the rules of a policy, and whether one applies to a requester.

They differ in what an unknown fact does. An `Allow` applies where each of its conditions is known
to be met, by *every* source stamp; a `Deny` where none is known not to be met, by *some* source
stamp. So what nobody knows never gives anybody a secret.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, ClassVar

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.patterns import is_literal
from buildbot_keychain.policy._approval import Approval
from buildbot_keychain.policy._conditions import (
    BUILD,
    CONDITIONS,
    KNOWN,
    PERSON,
    UNKNOWN,
    UNKNOWN_STAMP,
    Check,
)

_NO_STAMPS = (UNKNOWN_STAMP,)

_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class SecretPattern:
    """A pattern of secrets.

    :param provider: the pattern of the providers' names; ``None`` for all of them.
    :param path: the pattern of canonical names.
    """

    provider: str | None
    path: str

    @classmethod
    def parse(cls, text: str) -> SecretPattern:
        """Return ``[provider!]path`` as a pattern."""
        before, mark, after = text.partition("!")
        return cls(before, after) if mark else cls(None, text)

    @property
    def is_exact(self) -> bool:
        """Whether it spells one path, in ASCII."""
        return is_literal(self.path) and self.path.isascii()


class Rule:
    """What `Allow` and `Deny` have in common.

    :param secrets: a pattern ``[provider!]path``, or a list of them; ``*`` in it stands for any
        characters, a ``/`` among them.
    :param forced: that a person forced the build, or that nobody did.
    :param outside: of an `Allow`, that it applies to code from outside, too; of a `Deny`, that it
        applies to nothing else.
    :param approval: of an `Allow`, who must approve.
    :param location: where the rule is written; the line that makes it by default.
    :param patterns: lists of patterns, of which one must match: ``builders``, ``projects``,
        ``tags``, ``workers``, ``schedulers``, ``owners``, ``services``, ``repositories``,
        ``branches``, ``tag_names``, ``source_projects``.
    :raise ConfigurationError: when there is no such condition, or it is of a wrong type.
    """

    denies: ClassVar[bool]

    def __init__(
        self,
        secrets: str | Sequence[str],
        *,
        forced: bool | None = None,
        outside: bool = False,
        approval: Approval | None = None,
        location: str | None = None,
        **patterns: Sequence[str],
    ) -> None:
        self.location = _call_site() if location is None else location
        names = [condition.name for condition in CONDITIONS]
        for name in patterns:
            if name not in names:
                close = get_close_matches(name, [*names, "forced", "outside", "approval"], 1)
                hint = f"; did you mean {close[0]!r}?" if close else f": it can be {names}"
                raise self._error(f"there is no condition {quote(name)}{hint}")
        for name, switch in (("outside", outside), ("forced", forced)):
            if not isinstance(switch, bool) and (name, switch) != ("forced", None):
                raise self._error(f"{name} must be True or False")
        if approval is not None and not isinstance(approval, Approval):
            raise self._error("approval must be an Approval(by=[...])")
        if approval is not None and self.denies:
            raise self._error("nobody can approve what is denied: approval is for an Allow")
        listed = [secrets] if isinstance(secrets, str) else secrets
        self.secrets = tuple(map(SecretPattern.parse, self._patterns("secrets", listed)))
        self.checks = tuple(
            Check(condition, self._patterns(condition.name, patterns[condition.name]))
            for condition in CONDITIONS
            if condition.name in patterns
        )
        self.forced, self.outside, self.approval = forced, outside, approval
        self.kinds = self._kinds()
        self._of_requester = tuple(c for c in self.checks if not c.condition.per_stamp)
        self._of_stamps = tuple(c for c in self.checks if c.condition.per_stamp)

    def _patterns(self, name: str, patterns: object) -> tuple[str, ...]:
        if (
            not isinstance(patterns, (list, tuple))
            or not patterns
            or not all(isinstance(pattern, str) and pattern.strip() for pattern in patterns)
        ):
            raise self._error(f"{name} must be a list of patterns, such as ['release-*']")
        return tuple(patterns)

    def _error(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{type(self).__name__}(...), {self.location}: {problem}")

    def _kinds(self) -> frozenset[str]:
        """Return the kinds of requesters that every condition can apply to."""
        kinds = KNOWN | {UNKNOWN}
        for check in self.checks:
            kinds &= check.condition.kinds
        return kinds if self.forced is None else kinds & {BUILD}

    def patterns_of(self, name: str) -> tuple[str, ...]:
        """Return the patterns of the condition `name`; none where there is no such condition."""
        return next((c.patterns for c in self.checks if c.condition.name == name), ())

    def applies(self, requester: Requester) -> bool:
        """Return whether the rule applies to `requester`, whatever the secret."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self._said() == other._said() if isinstance(other, Rule) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[Any, ...]:
        """Return what the rule says, whatever its location and the order in it."""
        conditions = {(check.condition.name, frozenset(check.patterns)) for check in self.checks}
        switches = (self.forced, self.outside, self.approval)
        return (self.denies, frozenset(self.secrets), frozenset(conditions), switches)

    def __repr__(self) -> str:
        spelled = [p.path if p.provider is None else f"{p.provider}!{p.path}" for p in self.secrets]
        arguments = [repr(spelled[0] if len(spelled) == 1 else spelled)]
        arguments += [f"{check.condition.name}={check.shown!r}" for check in self.checks]
        arguments += [] if self.forced is None else [f"forced={self.forced}"]
        arguments += ["outside=True"] if self.outside else []
        arguments += [] if self.approval is None else [f"approval={self.approval!r}"]
        return f"{type(self).__name__}({', '.join(arguments)})"


class Allow(Rule):
    """Gives secrets to the requesters that meet every condition.

    Code from outside is given nothing unless ``outside=True``. Nor is a build of which no change
    says where its code comes from, unless the rule names its scheduler or says ``forced=True``.
    Who is not known must be named: ``services=["unknown"]``; and people by ``owners``.
    """

    denies = False

    def _kinds(self) -> frozenset[str]:
        named = {check.condition.name for check in self.checks}
        unnamed = {UNKNOWN} if "services" not in named else set()
        unnamed |= {PERSON} if "owners" not in named else set()
        return super()._kinds() - unnamed

    @cached_property
    def names_origin(self) -> bool:
        """Whether it applies to builds of which no change says where the code comes from."""
        return self.outside or bool(self.forced) or bool(self.patterns_of("schedulers"))

    def applies(self, requester: Requester) -> bool:
        """Return whether every condition is known to be met, by every source stamp."""
        if requester.kind not in self.kinds or not _all_met(self._of_requester, requester):
            return False
        if requester.kind != BUILD:
            return True
        if self.forced is not None and requester.forced is not self.forced:
            return False
        if not self.outside and requester.outside is not False:
            says_origin = requester.outside is None and self.names_origin
            if not says_origin:
                return False
        for stamp in requester.source_stamps or _NO_STAMPS:
            if (stamp.patched and not self.outside) or not _all_met(self._of_stamps, stamp):
                return False
        return True


class Deny(Rule):
    """Denies secrets to the requesters of which some source stamp may meet every condition.

    It wins over each `Allow`, wherever it stands.
    """

    denies = True

    def _kinds(self) -> frozenset[str]:
        return super()._kinds() & {BUILD} if self.outside else super()._kinds()

    def applies(self, requester: Requester) -> bool:
        """Return whether no condition is known not to be met, by some source stamp."""
        if requester.kind not in KNOWN:
            return True
        if requester.kind not in self.kinds:
            return False
        if any(check(requester) is False for check in self._of_requester):
            return False
        return requester.kind != BUILD or self._applies_to_build(requester)

    def _applies_to_build(self, build: Requester) -> bool:
        if self.forced is not None and build.forced is (not self.forced):
            return False
        stamps = build.source_stamps or _NO_STAMPS
        return any(self._may_be_met(build, stamp) for stamp in stamps)

    def _may_be_met(self, build: Requester, stamp: SourceStamp) -> bool:
        if self.outside and build.outside is False and not stamp.patched:
            return False
        return all(check(stamp) is not False for check in self._of_stamps)


def _all_met(checks: tuple[Check, ...], subject: Requester | SourceStamp) -> bool:
    """Return whether each of `checks` is known to be met; most decisions are made here."""
    for check in checks:
        fact = check.fact(subject)
        if not (check.matches(fact) if isinstance(fact, str) else check(subject)):
            return False
    return True


def _call_site() -> str:
    """Return where our code was called from: ``file:line``."""
    frame = sys._getframe(1)  # noqa: SLF001 - documented in `sys`
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and module.partition(".")[0] == _PACKAGE
