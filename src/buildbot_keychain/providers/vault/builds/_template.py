"""`Template`: a path or a name that depends on the requester, ``ci/%(builder)s/%(path)s``; pure.

What is filled in comes from builders, branches and projects, and a branch can be called anything.
So it can never lead elsewhere: a ``/`` in it becomes ``%2F``, a ``%`` becomes ``%25``, and a value
that is empty, a dot, or contains two of them is refused. Different values stay different.

In the name of a policy or a role they would not: Vault makes such names lower case and trims them,
so that the branch ``MAIN`` would get what is meant for ``main``. There such a value is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.builds._facts import known_fact, why_not_of_branch

REQUESTER_FIELDS = ("builder", "project", "branch", "worker")
"""The fields of a requester that any template may name."""

_FIELD = re.compile(r"%(?:\((\w+)\)s|(%)|(.?))", re.DOTALL)


class Template:
    """A text with fields to fill in.

    :param text: the text; ``%%`` stands for a ``%``.
    :param more_fields: what it may name beside `REQUESTER_FIELDS`.
    :param names: what it is the name of, ``"policy"`` or ``"role"``; ``None`` for a path.
    :raise ValueError: when it names something else; the error lists what it may name.
    """

    def __init__(
        self, text: str, more_fields: Collection[str] = (), *, names: str | None = None
    ) -> None:
        self._text = text
        self._names = names
        known = (*more_fields, *REQUESTER_FIELDS)
        self.fields = frozenset(match[1] for match in _FIELD.finditer(text) if match[1])
        if any(match[3] is not None for match in _FIELD.finditer(text)):
            msg = f"a '%' in {quote(text)} does not begin a field such as %(builder)s; write %%"
            raise ValueError(msg)
        for name in sorted(self.fields.difference(known)):
            names = ", ".join(f"%({name})s" for name in known)
            msg = f"%({name})s in {quote(text)} is not known; known are {names}"
            raise ValueError(msg)

    def fill_in(self, requester: Requester | None, **values: str) -> str:
        """Return the text for a requester.

        :param values: what is filled in unchanged.
        :raise ValueError: when the requester lacks a value, or it could not be part of a path.
        """
        own = {name: self._own(name, requester) for name in self.fields - set(values)}
        all_values: Mapping[str, str] = {**own, **values}
        return _FIELD.sub(lambda match: all_values[match[1]] if match[1] else "%", self._text)

    def _own(self, name: str, requester: Requester | None) -> str:
        value = known_fact(requester, name)
        if not isinstance(value, str) or not value.strip():
            who = _asker(name, requester)
            msg = f"{self._text!r} needs the {name} of a build, and {who}"
            raise ValueError(msg)
        if self._names is not None and not _is_unchanged_by_vault(value):
            msg = (
                f"the {name} {value!r} cannot be part of the name of a {self._names}: Vault would "
                "take it for another one, in lower case and without surrounding white space"
            )
            raise ValueError(msg)
        if value.strip() == "." or ".." in value:
            msg = f"the {name} {value!r} cannot be part of a path"
            raise ValueError(msg)
        return value.replace("%", "%25").replace("/", "%2F")


def _is_unchanged_by_vault(value: str) -> bool:
    """Return whether a name that contains `value` is what Vault makes of it.

    Python and Go may know different versions of Unicode, so its letters are refused as well.
    """
    return value.isascii() and value.isprintable() and value == value.lower().strip()


def _asker(name: str, requester: Requester | None) -> str:
    kind = "unknown" if requester is None else requester.kind
    asker = "this request" if kind == "unknown" else f"this {kind}"
    problem = "" if requester is None or name != "branch" else why_not_of_branch(requester)
    return f"{asker} {problem or 'has none'}"
