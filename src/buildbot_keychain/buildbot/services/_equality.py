"""`same`: whether two arguments of services say the same, and `arguments_of`, which collects them.

Buildbot compares a new service with the running one. Some attributes of a running service were
made by its configuration, and so always differ: every reporter is configured again by every
reconfiguration. Here the arguments as they are before the configuration are compared, and all of
what is in them: nothing else would have an edit arrive at a service.
"""

from __future__ import annotations

from typing import Any

from buildbot.process import properties
from buildbot.util import ComparableMixin
from buildbot.util.service import BuildbotService
from twisted.python.reflect import accumulateClassList

from buildbot_keychain.rendering import Interpolate, Secret


def arguments_of(service: Any) -> dict[str, Any]:
    """Return what tells the configuration of `service` from another one's."""
    names: list[str] = []
    accumulateClassList(type(service), "compare_attrs", names)
    return {name: getattr(service, name, None) for name in names}


def same(one: Any, other: Any) -> bool:
    """Return whether two arguments say the same; where that cannot be told, they do not.

    Objects of Buildbot are compared by all that they have: the attributes that they are to be
    compared by are seldom all that matter, and renderables answer ``==`` with a renderable.
    """
    try:
        return _same(one, other)
    except RecursionError:
        return False


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    one, other = _content(one), _content(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    equal: object = one == other
    return equal is True


def _content(argument: Any) -> Any:
    """Return what tells `argument` from others of its type; itself if that is its own affair."""
    if isinstance(argument, BuildbotService):
        return arguments_of(argument)
    if isinstance(argument, Interpolate):
        return argument.fmtstring, argument.args, argument.kwargs
    # Some of Buildbot's renderables, and their parts, do not compare at all.
    of_buildbot = any(cls.__module__ == properties.__name__ for cls in type(argument).__mro__)
    if of_buildbot or isinstance(argument, (ComparableMixin, Secret)):
        return vars(argument)
    return argument
