"""`IForms`: the host's forms by which people have builds made, with fields for secrets in some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from zope.interface import Attribute, Interface


class FieldKind(Enum):
    """What a field takes."""

    LINE = "line"
    LINES = "lines"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    PERSON = "person"
    """Who asks for the build, where nobody is logged in."""
    SECRET = "secret"  # noqa: S105 - a kind
    SECRET_LINES = "secret lines"  # noqa: S105 - the same
    GROUP = "group"
    OTHER = "other"
    """What no form of a browser shows; its default is sent."""


@dataclass(frozen=True)
class Field:
    """A field of a form, or a group of some.

    :param name: by which the host takes it.
    :param default: what is sent if it is not shown, and shown at first if it is.
    :param is_strict: whether it takes nothing but one of its choices.
    :param is_multiple: whether it takes several of them.
    :param rows: of text, that are shown.
    :param is_hidden: whether nobody sees it, and its default is sent.
    :param fields: of a group.
    """

    name: str
    kind: FieldKind
    label: str = ""
    hint: str = ""
    default: Any = ""
    choices: tuple[str, ...] = ()
    is_strict: bool = True
    is_multiple: bool = False
    is_required: bool = False
    rows: int = 4
    is_hidden: bool = False
    fields: tuple[Field, ...] = ()

    @property
    def is_secret(self) -> bool:
        """Whether what it takes is never shown."""
        return self.kind in {FieldKind.SECRET, FieldKind.SECRET_LINES}


@dataclass(frozen=True)
class FormFacts:
    """A form, and for which builders it is.

    :param scheduler: the scheduler whose form it is.
    """

    scheduler: str
    label: str
    builders: tuple[str, ...]


@dataclass(frozen=True)
class BuildForm:
    """A form for one builder.

    :param button: what is written on it.
    """

    scheduler: str
    label: str
    button: str
    builder: str
    builderid: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Forced:
    """What came of a form.

    :param request: the number of the build request; ``None`` if there is none, but errors.
    :param errors: what is wrong, by the names of fields; nothing of what was typed as a secret.
    """

    request: int | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


class IForms(Interface):
    """The forms of a host. Visitors are a `buildbot_keychain.web.Visitor`, or ``None``."""

    with_secrets = Attribute("The forms with fields for secrets, found one by one (`FormFacts`).")

    def may_see(visitor, scheduler):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of whether the host shows a visitor the form of this scheduler."""

    def find(scheduler, builder):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of the `BuildForm`; of ``None`` if there is no such form."""

    def may_force(visitor, form, values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of whether the host lets a visitor have a build made.

        :param values: what is known of the fields, without secrets, by their names.
        """

    def force(visitor, form, values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of what came of a form (`Forced`).

        :param values: of all fields, by their names.
        """

    def is_first(number):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return whether a form with this random number is sent for the first time."""
