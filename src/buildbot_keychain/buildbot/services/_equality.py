"""`same`: whether two arguments of services say the same, and `arguments_of`, which collects them.

Buildbot compares a new service with the running one. Some attributes of a running service were
made by its configuration, and so always differ: every reporter is configured again by every
reconfiguration. Here the arguments as they are before the configuration are compared.
"""

from __future__ import annotations

from typing import Any

from buildbot.process.properties import Secret
from buildbot.util import ComparableMixin
from twisted.python.reflect import accumulateClassList


def arguments_of(service: Any) -> dict[str, Any]:
    """Return what tells the configuration of `service` from another one's."""
    names: list[str] = []
    accumulateClassList(type(service), "compare_attrs", names)
    return {name: getattr(service, name, None) for name in names}


def same(one: Any, other: Any) -> bool:
    """Return whether two arguments say the same; where that cannot be told, they do not.

    Buildbot's own ``Secret`` does not compare, and other renderables of its answer ``==`` with a
    renderable.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Secret):
        return same(one.secret_name, other.secret_name)
    if isinstance(one, ComparableMixin):
        return same(arguments_of(one), arguments_of(other))
    equal: object = one == other
    return equal is True
