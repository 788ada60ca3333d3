"""Rules that give secrets other names when they are imported. Pure.

A rule is ``OLD=NEW``. A ``*`` in OLD stands for anything, and in NEW for what it stood for. An
empty NEW leaves the secret out. Of several rules, the first that fits counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildbot_keychain.errors import ConfigurationError

_COMMENT = "#"


@dataclass(frozen=True)
class Rule:
    """One rule.

    :param old: the names that it is for.
    :param new: the name that they get; empty to leave them out.
    """

    old: str
    new: str

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Return the rule that a text is.

        :raise ConfigurationError: when it is none. It is not quoted: it may be a value by mistake.
        """
        old, separator, new = (part.strip() for part in text.partition("="))
        if not separator or not old or old.count("*") > 1 or new.count("*") > old.count("*"):
            raise ConfigurationError(
                "a rule for names must be OLD=NEW, with at most one '*' in each, and none in NEW "
                "alone"
            )
        return cls(old, new)

    def apply(self, name: str) -> str | None:
        """Return the new name, empty to leave it out; ``None`` where the rule is not for it."""
        before, star, after = self.old.partition("*")
        if not star:
            return self.new if name == self.old else None
        rest = name.removeprefix(before).removesuffix(after)
        if f"{before}{rest}{after}" != name:
            return None
        return self.new.replace("*", rest)


def rules_of(text: str) -> list[Rule]:
    """Return the rules in a file, one on each line; ``#`` begins a line that is a comment.

    :raise ConfigurationError: when a line is no rule.
    """
    lines = map(str.strip, text.splitlines())
    return [Rule.parse(line) for line in lines if line and not line.startswith(_COMMENT)]


class Renaming:
    """The names that secrets get.

    :param rules: in the order in which they are tried; a name that none is for stays.
    :param prefix: what every name begins with then.
    :ivar unused: the rules that were for no name so far.
    """

    def __init__(self, rules: Sequence[Rule] = (), prefix: str = "") -> None:
        self.unused = list(rules)
        self._rules = tuple(rules)
        self._prefix = prefix

    def new_name(self, name: str) -> str | None:
        """Return the name that a secret gets, or ``None`` to leave it out."""
        for rule in self._rules:
            new = rule.apply(name)
            if new is not None:
                self.unused = [one for one in self.unused if one != rule]
                return f"{self._prefix}{new}" if new else None
        return f"{self._prefix}{name}"
