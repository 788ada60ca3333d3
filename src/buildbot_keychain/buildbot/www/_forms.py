"""`BuildbotForms`: the forms of a master's force schedulers, for a page without scripts.

Everything is as where Buildbot's own dialog asks for builds: who may do it is asked of ``authz``
with the same endpoint, action and options, but for what was typed as a secret, the scheduler's own
``force`` takes the fields by the same names, and the owner is found in the same way.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from typing import Any
from weakref import WeakKeyDictionary

from buildbot.schedulers.forcesched import ForceScheduler
from buildbot.www.authz.authz import Forbidden
from buildbot.www.rest import BadJsonRpc2
from twisted.internet.defer import maybeDeferred
from zope.interface import implementer

from buildbot_keychain.buildbot.builds import asking
from buildbot_keychain.buildbot.forms import SecretParameter
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.web import IForms, Visitor
from buildbot_keychain.web.host_forms import BuildForm, Field, FieldKind, Forced, FormFacts

_KINDS = {
    "text": FieldKind.LINE,
    "textarea": FieldKind.LINES,
    "int": FieldKind.NUMBER,
    "bool": FieldKind.SWITCH,
    "list": FieldKind.CHOICE,
    "username": FieldKind.PERSON,
    "nested": FieldKind.GROUP,
}
"""By the types of parameters that Buildbot's dialog shows."""

_TAG = re.compile(r"<[^<>]*>")
"""Buildbot's dialog takes what explains a parameter for HTML."""

_SECRETS = {"text": FieldKind.SECRET, "textarea": FieldKind.SECRET_LINES}
_NOBODY = {"anonymous": True}
_MOST_ROWS = 8
"""Buildbot's dialog shows twenty, one below the other."""

_REMEMBERED = 3600
"""Seconds: longer than a form can be sent."""

_SENT: WeakKeyDictionary[Any, OrderedDict[str, float]] = WeakKeyDictionary()
"""Until when the forms are remembered that were sent to a master.

By random number, the first to end first. Reconfigurations make no difference.
"""


@implementer(IForms)
class BuildbotForms:
    """The forms of one master.

    :param master: Buildbot's ``BuildMaster``, with a keychain.
    """

    def __init__(self, master: Any) -> None:
        self._master = master

    @property
    def with_secrets(self) -> Iterator[FormFacts]:
        """Those with a `SecretParameter`, in the order of the configuration."""
        for each in self._schedulers():
            if any(isinstance(field, SecretParameter) for field in each.all_fields):
                yield FormFacts(each.name, str(each.label), tuple(map(str, each.builderNames)))

    @returns_deferred
    async def may_see(self, visitor: Visitor | None, scheduler: str) -> bool:
        """Return whether Buildbot tells the visitor of this scheduler."""
        return await self._allows(visitor, scheduler, "GET", {})

    @returns_deferred
    async def find(self, scheduler: str, builder: str) -> BuildForm | None:
        """Return the form of a scheduler for one of its builders."""
        for each in self._schedulers():
            if each.name == scheduler and builder in each.builderNames:
                number = await maybeDeferred(
                    self._master.db.builders.findBuilderId, builder, autoCreate=False
                )
                if number is None:
                    return None
                fields = tuple(_field(field.getSpec()) for field in each.all_fields)
                label, button = str(each.label), str(each.buttonName)
                return BuildForm(each.name, label, button, builder, number, fields)
        return None

    @returns_deferred
    async def may_force(
        self, visitor: Visitor | None, form: BuildForm, values: Mapping[str, Any]
    ) -> bool:
        """Return whether ``authz`` lets the visitor force a build."""
        options = {**values, "builderid": str(form.builderid)}
        return await self._allows(visitor, form.scheduler, "force", options)

    @returns_deferred
    async def force(
        self, visitor: Visitor | None, form: BuildForm, values: Mapping[str, Any]
    ) -> Forced:
        """Force a build, by the scheduler's own ``force``."""
        options = {**values, "builderid": str(form.builderid), "owner": _owner(visitor)}
        act = partial(
            maybeDeferred,
            self._master.data.control,
            "force",
            options,
            ("forceschedulers", form.scheduler),
        )
        try:
            _, requests = await asking(None if visitor is None else visitor.person.name, act)
        except BadJsonRpc2 as error:
            return Forced(errors={name: str(text) for name, text in error.message.items()})
        return Forced(next(iter(requests.values())))

    def is_first(self, number: str) -> bool:
        """Return whether a form with this random number is sent for the first time."""
        sent, now = _SENT.setdefault(self._master, OrderedDict()), self._master.reactor.seconds()
        while sent and next(iter(sent.values())) <= now:
            sent.popitem(last=False)
        if number in sent:
            return False
        sent[number] = now + _REMEMBERED
        return True

    def _schedulers(self) -> Iterator[Any]:
        """Yield the force schedulers that run."""
        for each in self._master.allSchedulers():
            if isinstance(each, ForceScheduler):
                yield each

    async def _allows(
        self, visitor: Visitor | None, scheduler: str, action: str, options: dict[str, Any]
    ) -> bool:
        user = dict(_NOBODY if visitor is None else visitor.details)
        check = self._master.www.authz.assertUserAllowed
        try:
            await maybeDeferred(check, ("forceschedulers", scheduler), action, options, user)
        except Forbidden:
            return False
        return True


def _owner(visitor: Visitor | None) -> str | None:
    """Return whose the build is, as Buildbot's dialog has it."""
    if visitor is None:
        return "anonymous"
    found = (visitor.details.get(name) for name in ("email", "username", "full_name"))
    return next(filter(None, found), None)


def _field(spec: Mapping[str, Any], *, in_hidden: bool = False) -> Field:
    """Return a field by what Buildbot's dialog is told of a parameter.

    :param in_hidden: whether it is in a group that nobody sees.
    """
    is_hidden = in_hidden or bool(spec["hide"]) or spec["type"] == "fixed"
    inner = spec.get("fields") or ()
    kinds = _SECRETS if spec.get("secret") else _KINDS
    return Field(
        name=str(spec["fullName"] or ""),
        kind=kinds.get(spec["type"], FieldKind.OTHER),
        label=str(spec["label"] or ""),
        hint=unescape(_TAG.sub("", str(spec.get("tooltip") or ""))),
        default=spec["default"],
        choices=tuple(map(str, spec.get("choices") or ())),
        is_strict=bool(spec.get("strict", True)),
        is_multiple=spec["type"] == "list" and bool(spec["multiple"]),
        is_required=bool(spec["required"]),
        rows=min(spec.get("rows") or _MOST_ROWS, _MOST_ROWS),
        is_hidden=is_hidden,
        fields=tuple(_field(each, in_hidden=is_hidden) for each in inner),
    )
