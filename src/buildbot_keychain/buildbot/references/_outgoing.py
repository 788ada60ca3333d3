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
    """Properties that travel by name, by their names."""

    shown: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """What is stored of each in the buildset: its value with labels in it, and its source."""
    templates: dict[str, Template] = field(default_factory=dict)


def outgoing(
    made_values: MadeValues,
    audience: Audience,
    properties: Mapping[str, tuple[Any, str]],
    is_public: Callable[[Name, str], bool],
) -> Outgoing:
    """Return those of ``{name: (value, source)}`` that travel by name.

    A property does not if something else that is hidden from its readers is in it, which its
    template would have to hold, or if there are too many.

    :param audience: the readers of the build that passes them on.
    :param is_public: returns whether the value of a secret may be shown.
    """
    result, size = Outgoing(), 0
    for name, (value, source) in properties.items():
        made = made_values.of(value)
        if made is None or len(result.templates) == MOST:
            continue
        if not _may_be_stored(name, made, audience):
            continue
        size += len(json.dumps({name: made.template}))
        if size > LARGEST:
            break
        text = filled(made.template, _Labels(made.values, is_public))
        result.shown[name] = redact_value(audience, text), source
        result.templates[name] = made.template
    return result


def _may_be_stored(name: str, made: Made, audience: Audience) -> bool:
    texts = [name, *texts_of(made.template)]
    return is_storable(made.template) and redact_value(audience, texts, numbers=True) == texts


class _Labels:
    """What is shown for the value of a secret."""

    def __init__(self, values: Mapping[Name, str], is_public: Callable[[Name, str], bool]) -> None:
        self._values = values
        self._is_public = is_public

    def __call__(self, name: Name) -> str:
        value = self._values[name]
        return value if self._is_public(name, value) else f"<{name.secret}>"
