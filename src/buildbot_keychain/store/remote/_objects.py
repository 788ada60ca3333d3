"""The objects of a store as JSON has them, and back. Pure.

A text, a number, a truth value and nothing are themselves. All else is an object with one member,
which says what it is: ``{"bytes": BASE64}``, ``{"map": [[KEY, VALUE], ...]}``, ``{"Kind": "TEXT"}``
or the name of a class with its fields. A sequence or set is a list, and comes back as a tuple.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import fields, is_dataclass
from typing import Any

from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.remote._frames import NotAMessage
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.rotation import KeyUse, MasterKeys
from buildbot_keychain.store.store import Description, Keep, Value
from buildbot_keychain.store.verification import Report

_CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (Description, Entry, Keep, KeyUse, MasterKeys, Metadata, Report, Resealed, Value)
}

_MOST_LEVELS = 8


def encode(value: object) -> Any:  # noqa: ANN401 - what JSON has
    """Return what stands for an object in JSON.

    :raise TypeError: when nothing does.
    """
    if isinstance(value, Kind):  # which is a number, too
        return {"Kind": value.name}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [encode(one) for one in value]
    if isinstance(value, dict):
        return {"map": [[encode(key), encode(one)] for key, one in value.items()]}
    if is_dataclass(value) and type(value).__name__ in _CLASSES:
        shown = {one.name: encode(getattr(value, one.name)) for one in fields(value)}
        return {type(value).__name__: shown}
    msg = f"an object of {type(value).__name__} is not sent"
    raise TypeError(msg)


def decode(found: Any, levels: int = _MOST_LEVELS) -> Any:  # noqa: ANN401 - what JSON has; any of the objects
    """Return the object that `encode` has returned this for.

    :param levels: how many objects may be in one another.
    :raise NotAMessage: when it is none.
    """
    if not levels or isinstance(found, float):
        raise _unknown()
    if isinstance(found, list):
        return tuple(decode(one, levels - 1) for one in found)
    if not isinstance(found, dict):
        return found
    if len(found) != 1:
        raise _unknown()
    ((what, content),) = found.items()
    try:
        if what == "bytes":
            return base64.b64decode(content, validate=True)
        if what == "map":
            return {decode(key, levels - 1): decode(value, levels - 1) for key, value in content}
        if what == "Kind":
            return Kind[content]
        members = {name: decode(value, levels - 1) for name, value in content.items()}
        return _CLASSES[what](**members)
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
        raise _unknown() from None  # it may quote a value


def _unknown() -> NotAMessage:
    return NotAMessage("the message has something that this version does not know")
