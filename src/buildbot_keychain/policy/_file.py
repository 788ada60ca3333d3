"""Reads the rules of a policy from TOML.

Each ``[[allow]]`` and ``[[deny]]`` is a rule. Its entries are the arguments of `Allow` and `Deny`.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.formats import Malformed, toml_document
from buildbot_keychain.policy._approval import Approval
from buildbot_keychain.policy._rules import Allow, Deny, Rule

_KINDS: dict[str, type[Rule]] = {"allow": Allow, "deny": Deny}

_SECRETS = "secrets"

_LOCATION = "location"
_APPROVAL = "approval"


def parse_rules(text: str, file: str) -> list[Rule]:
    """Return the rules in `text`.

    :param file: what the file is called in messages.
    :raise ConfigurationError: when they are not rules.
    """
    try:
        document = toml_document(text)
    except Malformed as error:
        raise ConfigurationError(f"{file}: {error}") from error
    rules: list[Rule] = []
    for kind, tables in document.items():
        if kind not in _KINDS or not isinstance(tables, list):
            raise ConfigurationError(f"{file}: {kind!r} is not a rule: write [[allow]] or [[deny]]")
        lines = _lines_of(kind, text)
        for number, table in enumerate(tables):
            # Where a rule is written in another way, nobody can tell.
            location = f"{file}:{lines[number]}" if len(lines) == len(tables) else file
            rules.append(_rule(kind, table, location))
    return rules


def _rule(kind: str, table: Any, location: str) -> Rule:  # noqa: ANN401 - whatever TOML has
    if not isinstance(table, dict) or _SECRETS not in table:
        raise ConfigurationError(f"{location}: a rule needs secrets = [...]")
    if _LOCATION in table:
        raise ConfigurationError(f"{location}: a rule in a file cannot have {_LOCATION!r}")
    if _APPROVAL in table:
        table = {**table, _APPROVAL: _approval(table[_APPROVAL], location)}
    return _KINDS[kind](**table, location=location)


def _approval(table: object, location: str) -> Approval:
    names = [field.name for field in fields(Approval)]
    if not isinstance(table, dict) or not set(table) <= set(names):
        raise ConfigurationError(
            f"{location}: approval must be a table of {', '.join(names)}, such as "
            '{ by = ["release-managers"] }'
        )
    try:
        return Approval(**{"by": None, **table})
    except ConfigurationError as error:
        raise ConfigurationError(f"{location}: {error}") from error


def _lines_of(kind: str, text: str) -> list[int]:
    """Return the numbers of the lines that begin a rule."""
    header = re.compile(rf"\s*\[\[\s*{kind}\s*\]\]")
    return [number for number, line in enumerate(text.split("\n"), 1) if header.match(line)]
