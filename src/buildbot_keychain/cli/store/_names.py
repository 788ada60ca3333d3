"""Which secret a command line names: ``name``, ``name@version``, ``name|field``, or all of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.errors import StoreError, quote
from buildbot_keychain.formats import FieldError, Malformed, field_text, structured
from buildbot_keychain.store.names import SecretName, check_name

if TYPE_CHECKING:
    from buildbot_keychain.store.access import Secrets
    from buildbot_keychain.store.store import Description, Value


def parse(text: str) -> SecretName:
    """Return what a text names.

    :raise UsageError: when it is not of such a form.
    :raise InvalidName: when no secret can have that name.
    """
    named = SecretName.of(text)
    if named is None:
        name, bar, field = text.partition("|")
        if name and bool(bar) == bool(field):
            check_name(name)
        raise UsageError("a secret is named NAME, NAME@VERSION, NAME|FIELD or NAME@VERSION|FIELD")
    return named


def plain(text: str) -> str:
    """Return the name of a secret as a whole.

    :raise UsageError: when it has a version or a field.
    """
    named = parse(text)
    if named.version is not None or named.field is not None:
        msg = f"this is about secrets as a whole: name {quote(named.name)}, and no version or field"
        raise UsageError(msg)
    return named.name


def require_value(secrets: Secrets, named: SecretName) -> Value:
    """Return the value of a secret, as a whole.

    :raise CommandError: when there is no such secret.
    :raise KeychainError: when it has no such version, or the store cannot be read.
    """
    found = secrets.get(named.name, named.version)
    if found is None:
        raise missing(secrets, named.name)
    return found


def require_description(secrets: Secrets, name: str, version: int | None = None) -> Description:
    """Return what is known of a secret that is not deleted.

    :raise CommandError: when there is no such secret.
    :raise KeychainError: when it has no such version, or the store cannot be read.
    """
    found = secrets.describe(name, version)
    if found is None or found.deleted:
        raise missing(secrets, name)
    return found


def current_version(secrets: Secrets, name: str) -> int:
    """Return the number of the current version; 0 where there is no such secret."""
    known = secrets.describe(name)
    return 0 if known is None or known.deleted else known.version


def note_use(secrets: Secrets, name: str, now: int) -> None:
    """Have it written that a secret was used, if that can be done: the store may be read-only."""
    with contextlib.suppress(StoreError):
        secrets.note_use(name, now)


def missing(secrets: Secrets, name: str) -> CommandError:
    """Return what is said of a secret that is not there."""
    known = secrets.describe(name)
    text = f"secret {quote(name)} is not in the store"
    if known is not None and known.deleted:
        return CommandError(f"{text}: it was deleted; buildbot-keychain undo brings it back")
    return CommandError(f"{text}; buildbot-keychain list shows what is")


def content(value: Value, named: SecretName) -> bytes:
    """Return a value, or the field of it that is named.

    :raise CommandError: when it has no such field.
    """
    if named.field is None:
        return value.content
    msg = f"secret {quote(named.name)} has no field {quote(named.field)}"
    try:
        text = field_text(structured(value.text), named.field, numbers="text")
    except Malformed as error:
        raise CommandError(f"{msg}: it is neither JSON nor lines of NAME=value") from error
    except FieldError as error:
        raise CommandError(f"{msg} that is a text: it holds {error}") from error
    if text is None:
        raise CommandError(msg)
    return text.encode("utf-8")
