"""`Approval`: that people must approve before a build is given a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildbot_keychain.errors import ConfigurationError


@dataclass(frozen=True)
class Approval:
    """Who approves that a build is given a secret, and for how long.

    :param by: the roles of which one is needed to approve.
    :param of: how many people must approve.
    :param wait: seconds that a step waits for them.
    :param valid: seconds that what they approved may be used.
    :raise ConfigurationError: when it cannot be.
    """

    by: Sequence[str]
    of: int = 1
    wait: float = 3600
    valid: float = 900

    def __post_init__(self) -> None:
        is_list = isinstance(self.by, (list, tuple))
        if not is_list or not self.by or not all(isinstance(r, str) and r for r in self.by):
            raise ConfigurationError("by of an Approval must be a list of roles, and not empty")
        object.__setattr__(self, "by", tuple(self.by))
        for name in ("of", "wait", "valid"):
            number = getattr(self, name)
            kinds = (int,) if name == "of" else (int, float)
            if isinstance(number, bool) or not isinstance(number, kinds) or not number >= 1:
                whole = "a whole number" if name == "of" else "seconds"
                raise ConfigurationError(f"{name} of an Approval must be {whole}, at least 1")
