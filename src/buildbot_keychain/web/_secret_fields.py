"""`SecretFields`: fields for secrets in the pages of other plug-ins, and what forms say of them.

::

    fields = SecretFields(key, session, "account 7")
    html = template.render(token=fields.field("token", version))      # shows the field
    change = fields.read(form, "token", version, sealer)              # a form has come back
    if isinstance(change, SealedField):
        ...

A page holds a token in place of the value, which says "leave it as it is": the HMAC-SHA-256 of the
session, of whose secret it is, the field, the version and an expiry. It is good for one hour, and
never for the value. Whoever cannot read the page has none, so the form of another site is refused.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from buildbot_keychain import utf8
from buildbot_keychain.store.sealed_field import SealedField
from buildbot_keychain.store.sealer import Sealer
from buildbot_keychain.store.values import MAX_SIZE
from buildbot_keychain.web._change_forms import several_lines
from buildbot_keychain.web._form_tokens import FormTokens
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._templates import shared_templates

_SHORTEST_KEY = 16
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_NEW = "new"
_STYLE = Path(__file__).parent / "static" / "secret_fields.css"


class SecretChange(Enum):
    """What a form wants that gives no value."""

    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True)
class ShownField:
    """A field as a page shows it, for the macros of ``keychain/secret_fields.html``.

    :param is_set: whether there is a value, which can be removed.
    """

    name: str
    is_set: bool
    token: str = field(repr=False)


class SecretFields:
    """The fields of one form for secrets, as one session sees it.

    :param key: known to all servers of the page and to nobody else; 16 bytes at least.
    :param session: what identifies the login, such as its cookie; never empty.
    :param owner: whose secrets they are: a name that stays, such as ``"account 7"``.
    :param now: returns the time in seconds since the epoch.
    :raise ValueError: when the key is too short, or there is no session.
    """

    def __init__(
        self, key: bytes, session: bytes, owner: str, now: Callable[[], float] = time.time
    ) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(
                f"the key must have {_SHORTEST_KEY} bytes or more: secrets.token_bytes(32)"
            )
        if not session:
            raise ValueError("session must say who is logged in: show the form to nobody else")
        self._tokens = FormTokens(key, now)
        self._session = session
        self._owner = owner

    @staticmethod
    def loader() -> Any:  # noqa: ANN401 - Jinja2's
        """Return a loader of Jinja2 that finds ``keychain/secret_fields.html``."""
        return shared_templates()

    @staticmethod
    def style() -> str:
        """Return the CSS that masks fields of several lines, for a file of the plug-in's own."""
        return _STYLE.read_text(encoding="ascii")

    def field(self, name: str, version: object = None) -> ShownField:
        """Return what a page shows of a secret.

        :param name: of the field, of ASCII letters, digits and ``_``.
        :param version: of the value that is kept, such as a counter; ``None`` where there is none.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"a field cannot be called {name!r}: use letters, digits and _")
        seen = _seen(version)
        code = self._tokens.make(self._session, *self._purpose(name, seen))
        return ShownField(name, version is not None, f"{seen}:{code}")

    def read(
        self, form: Mapping[str, str], name: str, version: object, sealer: Sealer
    ) -> SealedField | SecretChange:
        """Return what a form wants: a new value, sealed, or none.

        :param form: the fields of the form; those of other names are not looked at.
        :param version: of the value that is kept by now.
        :param sealer: what seals the new value, such as ``await state.sealer()``.
        :raise Refused: when the form was not made for this session, is too old, says two things at
            once or what is no text, or the secret has changed since the page was shown. It never
            has the value.
        """
        texts = [form.get(each, "") for each in (name, f"{name}.unchanged")]
        if not all(map(utf8.is_encodable, texts)):
            raise Refused(400, "The form holds half of a character.")
        seen, _, code = texts[1].rpartition(":")
        self._tokens.check(code, self._session, *self._purpose(name, seen))
        if seen != _seen(version):
            raise Refused(409, "Somebody has changed it since you opened the page: load it again.")
        given = several_lines(texts[0])
        removed = form.get(f"{name}.remove", "") != ""
        if len(given) > MAX_SIZE:
            raise Refused(422, f"The value is longer than {MAX_SIZE >> 20} MiB.")
        if given and removed:
            raise Refused(400, "Give another value or remove it, not both.")
        if given:
            return SealedField(sealer, name, given)
        return SecretChange.REMOVED if removed else SecretChange.UNCHANGED

    def _purpose(self, name: str, seen: str) -> tuple[str, ...]:
        return "field of a secret", self._owner, name, seen


def _seen(version: object) -> str:
    return _NEW if version is None else f"v{version}"
