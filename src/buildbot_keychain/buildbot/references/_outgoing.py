"""The properties of a new buildset that travel by name: what is stored of them, and how."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.buildbot.references._made import Made, MadeValues, is_storable
from buildbot_keychain.buildbot.references._templates import Name, Template, filled, texts_of
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import redact_value

MOST = 100
"""Properties of one buildset that travel by name."""

LARGEST = 60_000
"""Characters that their templates may have in all, as JSON; a MySQL ``TEXT`` has 65,535 bytes."""


@dataclass
class Outgoing:
    """Properties that are known to hold secrets, by their names."""

    shown: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """What is stored of each in the buildset: its value with labels in it, and its source."""
    templates: dict[str, Template] = field(default_factory=dict)
    """Of those that travel by name."""
    withheld: dict[str, str] = field(default_factory=dict)
    """Of the others: what to do about it, as a part of a sentence."""


def outgoing(
    made_values: MadeValues,
    audience: Audience,
    properties: Mapping[str, tuple[Any, str]],
    is_public: Callable[[Name, str], bool],
) -> Outgoing:
    """Return those of ``{name: (value, source)}`` that are known to hold secrets.

    Of each, the labels are shown, whether it travels or not: what is hidden does not depend on what
    somebody puts into it or beside it. One whose name is hidden is not among them.

    :param audience: the readers of the build that passes them on.
    :param is_public: returns whether the value of a secret may be shown.
    """
    result, size = Outgoing(), 0
    for name, (value, source) in properties.items():
        made = made_values.of(value)
        if made is None or redact_value(audience, name) != name:
            continue
        shown = redact_value(audience, with_labels(made, is_public), numbers=True)
        result.shown[name] = shown, source
        problem = _problem(made, audience)
        own_size = 0 if problem else len(json.dumps({name: made.template}))
        if not problem and len(result.templates) == MOST:
            problem = f"pass at most {MOST} such properties"
        if not problem and size + own_size > LARGEST:
            problem = f"pass less text: at most {LARGEST:,} characters in all such properties"
        if problem:
            result.withheld[name] = problem
        else:
            size += own_size
            result.templates[name] = made.template
    return result


def with_labels(made: Made, is_public: Callable[[Name, str], bool]) -> Any:
    """Return a value with labels for the secrets that it was made of."""

    def shown(name: Name) -> str:
        value = made.values[name]
        return value if is_public(name, value) else f"<{name.secret}>"

    return filled(made.template, shown)


def _problem(made: Made, audience: Audience) -> str:
    """Return what to change for a value to travel, if it does not as it is."""
    if not is_storable(made.template):
        return "pass what JSON can hold"
    texts = list(texts_of(made.template))
    if redact_value(audience, texts, numbers=True) != texts:
        # The template would have to hold it.
        return "pass what else is hidden in it as a Secret too, or leave it out"
    return ""
