"""A change of a secret as bytes, which a store can keep until somebody confirms it. Pure."""

from __future__ import annotations

import base64
import json

from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.generators import Recipe


def summary_of(change: Change) -> str:
    """Return what tells a change from most others, without its value."""
    return f"{change.operation} {change.name}"[:200]


def packed(change: Change) -> bytes:
    """Return a change, with its value; the same for those that are the same."""
    value, recipe = change.value, change.recipe
    is_text = isinstance(value, str)
    content = value.encode() if isinstance(value, str) else value
    fields = {
        "operation": change.operation,
        "name": change.name,
        "revision": change.revision,
        "value": None if content is None else base64.b64encode(content).decode("ascii"),
        "is_text": is_text,
        "is_file": change.is_file,
        "recipe": None if recipe is None else vars(recipe),
        "metadata": {
            name: sorted(each) if isinstance(each, (set, tuple)) else each
            for name, each in change.metadata.items()
        },
        "version": change.version,
        "new_name": change.new_name,
    }
    return json.dumps(fields, sort_keys=True).encode("ascii")


def unpacked(content: bytes) -> Change | None:
    """Return what `packed` has returned for; ``None`` for anything else."""
    try:
        fields = json.loads(content)
        value, is_text = fields.pop("value"), fields.pop("is_text")
        recipe = fields.pop("recipe")
        decoded = None if value is None else base64.b64decode(value, validate=True)
        text = decoded.decode() if decoded is not None and is_text else None
        return Change(
            **fields,
            value=decoded if text is None else text,
            recipe=None if recipe is None else Recipe(**recipe),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
