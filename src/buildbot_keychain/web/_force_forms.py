"""Shows the fields of a form for builds, and reads what was sent of them. Pure.

Names and labels are the administrator's. In the page a field is called by its place, as ``f7``, so
no name can mean something else there. What was typed into a field for a secret is in
`Filled.values` alone, and nothing is shown of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web.host_forms import BuildForm, Field, FieldKind

_SEVERAL_LINES = {FieldKind.LINES, FieldKind.SECRET_LINES}


@dataclass(frozen=True)
class ShownField:
    """A field in a page.

    :param id: what it is called there; empty for a group.
    :param value: what it holds: a text, a list of texts, or whether it is on.
    :param error: what is wrong with what was sent of it.
    """

    id: str
    field: Field
    value: Any = dataclasses.field(default="", repr=False)
    error: str = ""
    fields: tuple[ShownField, ...] = ()

    @property
    def options(self) -> list[tuple[str, bool]]:
        """What can be chosen, and whether it is: what its choices lack comes first."""
        chosen = self.value if isinstance(self.value, list) else [self.value]
        others = [each for each in chosen if each not in self.field.choices]
        return [(each, each in chosen) for each in (*others, *self.field.choices)]


@dataclass(frozen=True)
class Filled:
    """What was sent of a form.

    :param values: of all fields, by their names.
    :param public: of those that are not secrets.
    :param shown: the same, as the page shows it again.
    """

    values: dict[str, Any] = dataclasses.field(repr=False)
    public: dict[str, Any] = dataclasses.field(repr=False)
    shown: dict[str, Any] = dataclasses.field(repr=False)


def for_visitor(form: BuildForm, *, is_known: bool) -> BuildForm:
    """Return a form as somebody sees it: whoever is known is not asked for a name.

    :param is_known: whether the visitor is logged in.
    """

    def seen(each: Field) -> Field:
        hidden = each.is_hidden or (is_known and each.kind is FieldKind.PERSON)
        return replace(each, is_hidden=hidden, fields=tuple(map(seen, each.fields)))

    return replace(form, fields=tuple(map(seen, form.fields)))


def shown(
    form: BuildForm,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> tuple[ShownField, ...]:
    """Return the fields of a page.

    :param values: what they hold, by what they are called there; their defaults if ``None``.
    :param errors: what is wrong, by the names of fields.
    """
    ids = {id(each): name for name, each in _named(form)}

    def tree(fields: Iterable[Field]) -> Iterator[ShownField]:
        for each in fields:
            if each.kind is FieldKind.GROUP:
                inner = tuple(tree(each.fields))
                if inner:
                    error = (errors or {}).get(each.name, "") if each.name else ""
                    yield ShownField("", each, error=error, fields=inner)
            elif id(each) in ids:
                name = ids.pop(id(each))
                value = _first(each) if values is None else values.get(name, "")
                error = (errors or {}).get(each.name, "")
                yield ShownField(name, each, "" if each.is_secret else value, error)

    return tuple(tree(form.fields))


def unseen_errors(fields: Iterable[ShownField], errors: Mapping[str, str]) -> list[str]:
    """Return what is wrong with fields that the page does not show."""
    seen = {each.field.name for each in _flat(fields)}
    return [error for name, error in errors.items() if name not in seen]


def left_out(form: BuildForm) -> list[str]:
    """Return the labels of fields that cannot be shown, of those that are not hidden."""
    others = (each for each in _leaves(form.fields) if each.kind is FieldKind.OTHER)
    return [each.label or each.name for each in others if not each.is_hidden]


def signature(form: BuildForm) -> str:
    """Return a digest of what the form asks for: the next one may have other fields."""
    asked = [(name, each.name, each.kind.value, each.choices) for name, each in _named(form)]
    return hashlib.sha256(repr(asked).encode("utf-8", "backslashreplace")).hexdigest()


def read(form: BuildForm, sent: Sequence[tuple[str, str]]) -> Filled:
    """Return what was sent of a form; what is not shown has its default.

    No error has anything of what was sent.
    """
    texts: dict[str, list[str]] = {}
    for name, text in sent:
        texts.setdefault(name, []).append(text)
    public, secret = defaults(form), {}
    again: dict[str, Any] = {}
    for name, each in _named(form):
        value = _value(each, texts.pop(name, []))
        if each.is_secret:
            secret[each.name] = value
        else:
            public[each.name] = value
            again[name] = "\n".join(value) if each.is_multiple and not each.is_strict else value
    if texts:
        raise _other()
    return Filled({**public, **secret}, public, again)


def defaults(form: BuildForm) -> dict[str, Any]:
    """Return what is sent of a form that nobody has filled in, by the names of its fields."""
    return {
        each.name: each.default
        for each in _leaves(form.fields)
        if each.default is not None and not each.is_secret
    }


def _leaves(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield fields, those of groups in place of the groups."""
    for each in fields:
        if each.kind is FieldKind.GROUP:
            yield from _leaves(each.fields)
        else:
            yield each


def _named(form: BuildForm) -> Iterator[tuple[str, Field]]:
    """Yield the fields that are shown, with what they are called in the page."""
    seen: set[str] = set()
    for number, each in enumerate(_leaves(form.fields)):
        is_shown = not each.is_hidden and each.kind is not FieldKind.OTHER
        if is_shown and each.name not in seen:  # two of one name are one
            seen.add(each.name)
            yield f"f{number}", each


def _first(each: Field) -> Any:  # noqa: ANN401 - as `ShownField.value`
    """Return what a field holds at first."""
    default = each.default
    if each.kind is FieldKind.SWITCH:
        return bool(default)
    if each.is_multiple:
        texts = [str(one) for one in (default if isinstance(default, (list, tuple)) else [default])]
        texts = [text for text in texts if text]
        return texts if each.is_strict else "\n".join(texts)
    return "" if default is None else str(default)


def _value(each: Field, texts: list[str]) -> Any:  # noqa: ANN401 - a text, a list or a bool
    if each.kind is FieldKind.SWITCH:
        if len(texts) > 1:
            raise _other()
        return bool(texts)
    if each.is_multiple and each.is_strict:
        return texts
    if len(texts) != 1:
        raise _other()
    # A browser sends the lines of a field with CR and LF, whatever was pasted.
    text = texts[0].replace("\r\n", "\n") if _has_lines(each) else texts[0]
    if each.is_multiple:
        return [line.strip() for line in text.split("\n") if line.strip()]
    return text


def _has_lines(each: Field) -> bool:
    return each.kind in _SEVERAL_LINES or each.is_multiple


def _flat(fields: Iterable[ShownField]) -> Iterator[ShownField]:
    for each in fields:
        yield each
        yield from _flat(each.fields)


def _other() -> Refused:
    return Refused(400, "The form must have the fields that its page shows, once each.")
