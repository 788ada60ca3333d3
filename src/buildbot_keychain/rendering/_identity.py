"""`identity`: by what a renderable compares and hashes."""

from __future__ import annotations

from collections.abc import Hashable


def identity(value: object) -> Hashable:
    """Return a hashable object that is equal for equal arguments of renderables.

    Lists and dicts are compared by their items; another object that cannot be hashed equals only
    itself. Types matter: 1 and True differ.
    """
    if isinstance(value, (list, tuple)):
        return (type(value), *map(identity, value))
    if isinstance(value, dict):
        return (dict, frozenset((identity(k), identity(v)) for k, v in value.items()))
    try:
        hash(value)
    except TypeError:
        return (type(value), id(value))
    # Buildbot's own renderables answer == with another renderable, which is always true. Only an
    # object that compares to a bool can tell whether another one is equal.
    same: object = value == value  # noqa: PLR0124 - to see the type of the answer
    return (type(value), value if isinstance(same, bool) else repr(value))
