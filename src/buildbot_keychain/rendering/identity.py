"""What a renderable says, as something that compares and hashes: for ``==`` and ``hash``."""

from __future__ import annotations

from collections.abc import Hashable


def identity(value: object) -> Hashable:
    """Give what `value` says, as something that compares and hashes like it.

    Lists and dicts are taken apart; what cannot be hashed counts as itself and no other.
    """
    if isinstance(value, (list, tuple)):
        return (type(value), *map(identity, value))
    if isinstance(value, dict):
        return (dict, frozenset((identity(k), identity(v)) for k, v in value.items()))
    try:
        hash(value)
    except TypeError:
        return (type(value), id(value))
    # Buildbot's own renderables answer == with another renderable, which is always true: only
    # those that compare to a bool can be trusted to say whether they are the same.
    same: object = value == value  # noqa: PLR0124 - that is the question
    return (type(value), value if isinstance(same, bool) else repr(value))
