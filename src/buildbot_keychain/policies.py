"""Where the policy of a manager comes from: its configuration, or a file that is watched."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain import utf8
from buildbot_keychain.errors import ConfigurationError, message_of, safe_summary
from buildbot_keychain.policy import Policy, Rule, parse_rules, rule_problems
from buildbot_keychain.providers.files import file_stamp
from buildbot_keychain.workpool import WorkPool

INTERVAL = 5.0
"""Seconds between two looks at a file."""

_DEADLINE = 20.0
"""Seconds that a look at a file may take."""

_MAX_SIZE = 1024 * 1024
"""Bytes of a file."""

Check = Callable[[Sequence[Rule]], Iterable[str]]
"""Yields a sentence for each mistake in rules."""


class PolicySource(Protocol):
    """What has a policy, which may become another one."""

    @property
    def policy(self) -> Policy:
        """The policy that is in force."""

    def watch(self, reactor: Any, check: Check) -> None:  # noqa: ANN401 - two interfaces
        """Look for changes from now on; what `check` finds fault with does not come into force."""

    def stop(self) -> None:
        """Look for changes no more."""


class FixedPolicy:
    """A policy that is written in the configuration."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def watch(self, reactor: Any, check: Check) -> None:  # noqa: ANN401 - two interfaces
        """Do nothing: it changes with the configuration."""

    def stop(self) -> None:
        """Do nothing."""


class PolicyFile:
    """A policy in a file, of which the last version that is valid is in force. The first blocks.

    :param path: a file of TOML, which not everybody may write.
    :raise ConfigurationError: when there is no such policy.
    :ivar problem: why the newest version of the file is not in force; ``""`` if it is.
    """

    log = Logger()

    def __init__(self, path: str) -> None:
        self.problem = ""
        self._path = str(Path(path).absolute())
        self._stamp = file_stamp(self._path)
        self.policy = Policy(_rules_in(self._path))
        self._check: Check = rule_problems
        self._pool: WorkPool | None = None
        self._reactor: Any = None
        self._timer: Any = None

    def watch(self, reactor: Any, check: Check) -> None:  # noqa: ANN401 - two interfaces
        """Look for changes from now on; what `check` finds fault with does not come into force."""
        self._check = check
        if self._pool is None:
            self._reactor = reactor
            self._pool = WorkPool(reactor, 1, "keychain-policy")
            self._schedule()

    def stop(self) -> None:
        """Look for changes no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pool is not None:
            self._pool.stop()
            self._pool = None

    def _schedule(self) -> None:
        if self._pool is not None:
            self._timer = self._reactor.callLater(INTERVAL, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._pool is not None:
            looked: Deferred[Any] = self._pool.run(_DEADLINE, self._newer)
            looked.addCallbacks(self._take, self._reject)
            looked.addBoth(lambda _: self._schedule())

    def _newer(self) -> list[Rule] | None:
        """Return the rules of the file, or ``None`` if it has not changed. Blocks."""
        stamp = file_stamp(self._path)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        return _rules_in(self._path)

    def _take(self, rules: list[Rule] | None) -> None:
        if rules is None:
            return
        problem = next(iter(self._check(rules)), "")
        if problem:
            self._report(problem)
            return
        self.policy, self.problem = Policy(rules), ""
        text = "the policy in {path} has changed: {count} rules are in force"
        self.log.emit(LogLevel.info, text, path=self._path, count=len(rules))

    def _reject(self, failure: Failure) -> None:
        self._report(message_of(failure.value) or safe_summary(failure))

    def _report(self, problem: str) -> None:
        self.problem = problem
        text = "the policy in {path} is wrong, and the one before stays in force: {problem}"
        self.log.emit(LogLevel.critical, text, path=self._path, problem=problem)


def _rules_in(path: str) -> list[Rule]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - its descriptor is looked at
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MAX_SIZE + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    if mode & stat.S_IWOTH:
        raise ConfigurationError(f"{path}: anybody can write it; run: chmod o-w {path}")
    text = utf8.decode(content)
    if text is None or len(content) > _MAX_SIZE:
        raise ConfigurationError(f"{path}: it must be UTF-8 text of at most {_MAX_SIZE} bytes")
    return parse_rules(text, path)


def source_of(rules: object, path: object = None) -> PolicySource | None:
    """Return what has the policy of a manager, by its arguments ``policy`` and ``policy_file``.

    :raise ConfigurationError: when there is something wrong with them. The rules may blame others.
    """
    if path is not None:
        if rules is not None:
            raise ConfigurationError("policy and policy_file cannot both be set: choose one")
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            raise ConfigurationError("policy_file must be the path of a file")
        return PolicyFile(text)
    if rules is None:
        return None
    if not isinstance(rules, (list, tuple)):
        raise ConfigurationError("policy must be a list of Allow(...) and Deny(...)")
    for rule in rules:
        if not isinstance(rule, Rule):
            kind = type(rule).__name__
            raise ConfigurationError(f"policy must hold Allow(...) and Deny(...), not a {kind}")
    return FixedPolicy(Policy(rules))


def is_report(mode: object) -> bool:
    """Return whether the argument ``policy_mode`` of a manager is ``"report"``.

    :raise ConfigurationError: when it is not a mode.
    """
    if mode not in ("enforce", "report"):
        raise ConfigurationError("policy_mode must be 'enforce' or 'report'")
    return mode == "report"
