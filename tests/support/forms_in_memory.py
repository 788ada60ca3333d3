"""`FormsInMemory`: an `IForms` with one form, which notes what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from buildbot_keychain.web import IForms, Visitor
from buildbot_keychain.web.host_forms import BuildForm, Field, FieldKind, Forced, FormFacts

PASSWORD = Field("keychain_secret_pw", FieldKind.SECRET, "Password")
FORM = BuildForm(
    "force",
    "Deploy it",
    "Deploy",
    "builder",
    1,
    (
        Field("", FieldKind.GROUP, fields=(Field("reason", FieldKind.LINE, "Reason"),)),
        PASSWORD,
    ),
)


@implementer(IForms)
class FormsInMemory:
    """Has the form `FORM` for the builders ``builder`` and ``other``.

    :ivar forbidden: people who may not use it, and those who may not see it as ``see NAME``.
    :ivar forced: who has sent what.
    :ivar asked: what the rules were asked with.
    :ivar result: what comes of a form.
    """

    def __init__(self) -> None:
        self.form = FORM
        self.forbidden: set[str] = set()
        self.forced: list[tuple[str, Mapping[str, Any]]] = []
        self.asked: list[Mapping[str, Any]] = []
        self.result = Forced(7)
        self._sent: set[str] = set()

    @property
    def with_secrets(self) -> Iterator[FormFacts]:
        yield FormFacts(self.form.scheduler, self.form.label, ("builder", "other"))

    def may_see(self, visitor: Visitor | None, scheduler: str) -> Deferred[bool]:
        return succeed(f"see {_name(visitor)}" not in self.forbidden)

    def find(self, scheduler: str, builder: str) -> Deferred[BuildForm | None]:
        known = scheduler == self.form.scheduler and builder in {"builder", "other"}
        return succeed(replace(self.form, builder=builder) if known else None)

    def may_force(
        self, visitor: Visitor | None, form: BuildForm, values: Mapping[str, Any]
    ) -> Deferred[bool]:
        self.asked.append(values)
        return succeed(_name(visitor) not in self.forbidden)

    def force(
        self, visitor: Visitor | None, form: BuildForm, values: Mapping[str, Any]
    ) -> Deferred[Forced]:
        self.forced.append((_name(visitor), values))
        return succeed(self.result)

    def is_first(self, number: str) -> bool:
        first = number not in self._sent
        self._sent.add(number)
        return first


def _name(visitor: Visitor | None) -> str:
    return "" if visitor is None else visitor.person.name
