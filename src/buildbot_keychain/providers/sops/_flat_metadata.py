"""sops's metadata in formats without nesting: dotenv and INI (sops, stores/flatten.go).

A key names the way to its value: ``age__list_0__map_enc`` is the key ``enc`` of the first element
of the list ``age``.
"""

from __future__ import annotations

import re
from typing import Any

from buildbot_keychain.providers.sops._errors import SopsError

_STEP = re.compile(r"__(?=list_\d+(?:__|$)|map_)", re.ASCII)
_MAX_STEPS = 20
"""sops takes 5."""


def unflatten(flat: dict[str, str]) -> dict[str, Any]:
    """Return metadata as the tree that it was before sops flattened it.

    :raise SopsError: when a key leads through a value, or through more steps than sops takes.
    """
    tree: dict[Any, Any] = {}
    for key, value in flat.items():
        first, *more = _STEP.split(key, maxsplit=_MAX_STEPS)
        if len(more) == _MAX_STEPS:
            raise SopsError("cannot be read: its sops metadata is nested too deeply")
        node, step = tree, first
        for following in more:
            node, step = node.setdefault(step, {}), following
            if not isinstance(node, dict):
                raise SopsError("cannot be read: its sops metadata contradicts itself")
        node[step] = value
    return {key: _with_lists(node) for key, node in tree.items()}


def _with_lists(node: Any) -> Any:  # noqa: ANN401 - a text, or a dict of steps
    if not isinstance(node, dict):
        return node
    inner = {step: _with_lists(value) for step, value in node.items()}
    if all(step.startswith("list_") for step in inner):
        return list(inner.values())
    return {step.removeprefix("map_"): value for step, value in inner.items()}
