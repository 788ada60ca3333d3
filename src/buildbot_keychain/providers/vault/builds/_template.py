"""`Template`: a path, or a name, with places for who asks: ``ci/%(builder)s/%(path)s``; pure.

What is filled in comes from builders, branches and projects, and a branch can be called anything.
So it can never lead elsewhere: a ``/`` in it becomes ``%2F``, a ``%`` becomes ``%25``, and what
is empty, a dot, or holds two of them is refused. Different values stay different.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import quote

WHO = ("builder", "project", "branch", "worker")
"""What a template may say of who asks, beside what its place allows."""

_PLACE = re.compile(r"%(?:\((\w+)\)s|(%)|(.?))", re.DOTALL)


class Template:
    """A text with places.

    :param text: the text; ``%%`` stands for a ``%``.
    :param also: what it may name beside `WHO`.
    :raise ValueError: when it names something else; the text says what it may name.
    """

    def __init__(self, text: str, also: Collection[str] = ()) -> None:
        self._text = text
        self._known = (*also, *WHO)
        self.names = frozenset(match[1] for match in _PLACE.finditer(text) if match[1])
        if any(match[3] is not None for match in _PLACE.finditer(text)):
            msg = f"a '%' in {quote(text)} begins no place such as %(builder)s; write %% for itself"
            raise ValueError(msg)
        for name in sorted(self.names.difference(self._known)):
            known = ", ".join(f"%({known})s" for known in self._known)
            msg = f"%({name})s in {quote(text)} is not known; known are {known}"
            raise ValueError(msg)

    def filled(self, requester: Requester | None, **also: str) -> str:
        """Give the text for who asks.

        :param also: what is filled in as it is.
        :raise ValueError: when who asks has no such thing, or it could not be part of a path.
        """
        values: Mapping[str, str] = {
            **{name: self._part(name, requester) for name in self.names if name not in also},
            **also,
        }
        return _PLACE.sub(lambda match: values[match[1]] if match[1] else "%", self._text)

    def _part(self, name: str, requester: Requester | None) -> str:
        value = None if requester is None else getattr(requester, name)
        if not isinstance(value, str) or not value.strip():
            who = "what is no build" if requester is None else f"this {requester.kind}"
            msg = f"{self._text!r} needs the {name} of a build, and {who} has none"
            raise ValueError(msg)
        if value.strip() == "." or ".." in value:
            msg = f"the {name} {value!r} can be no part of a path"
            raise ValueError(msg)
        return value.replace("%", "%25").replace("/", "%2F")
