"""`Change`: what somebody wants done to a secret, as a form or a program has sent it. Blocks.

It is tied to what that person has seen: where somebody else was first, nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.errors import StoreError
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.store import Store
from buildbot_keychain.store.values import content_of_file

ADD, REPLACE, EDIT = "add", "replace", "edit"
ROLLBACK, RENAME = "rollback", "rename"
DELETE, UNDELETE, PURGE = "delete", "undelete", "purge"
"""What can be done: each is an operation of a `Change`."""


@secretive
@dataclass(frozen=True, repr=False)
class Change:
    """One change of one secret.

    :param operation: one of those above.
    :param name: the secret's.
    :param revision: what its `Description.revision` must be; ``None`` for any.
    :param expected: the number that its current version must have, 0 for none; ``None`` for any.
    :param value: the new value, if it has one.
    :param is_file: whether that is a file, of which it may be a text.
    :param recipe: what to make a new value by, in place of that.
    :param metadata: of what is known of it, what is to be different.
    :param version: the version to roll back to.
    :param new_name: what it is called from then on.
    """

    operation: str
    name: str
    revision: str | None = None
    expected: int | None = None
    value: str | bytes | None = field(default=None, repr=False)
    is_file: bool = False
    recipe: Recipe | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    new_name: str = ""


@dataclass(frozen=True)
class Done:
    """What a change has done.

    :param name: what the secret is called now.
    :param version: the number of the current version; 0 where there is none any more.
    :param public: the public half of a key pair that was made.
    :param pending: under which id it waits for another person, and nothing has changed yet; empty
        if it does not.
    """

    name: str
    version: int = 0
    public: str | None = None
    pending: str = ""


def apply(secrets: Store, now: int, change: Change) -> Done:
    """Make a change, and return what was done.

    :param now: seconds since the epoch.
    :raise InvalidName: when no secret can have a name.
    :raise StoreConflict: when somebody else has changed the secret, or another has the name.
    :raise NotInStore: when there is no such secret, or version of it.
    :raise StoreError: when it cannot be done; nothing has changed then.
    """
    return _OPERATIONS[change.operation](secrets, now, change)


def _add(secrets: Store, now: int, change: Change) -> Done:
    return _set(secrets, now, change, {"expected": 0, "revision": change.revision})


def _replace(secrets: Store, now: int, change: Change) -> Done:
    return _set(secrets, now, change, {"expected": change.expected, "revision": change.revision})


def _set(secrets: Store, now: int, change: Change, wanted: dict[str, Any]) -> Done:
    metadata, value, public = dict(change.metadata), change.value, None
    if change.recipe is not None:
        made = _made(change.recipe, change.name)
        value, public = made.value, made.public
        if public is not None:
            metadata.setdefault("description", f"public key: {public}")
    if change.is_file and isinstance(value, bytes):
        value = content_of_file(value)
    if not value:
        raise StoreError("the value is empty")
    number = secrets.set(change.name, value, now=now, **wanted, **metadata)
    return Done(change.name, number, public)


def _made(recipe: Recipe, name: str) -> Any:  # noqa: ANN401 - a `Generated`
    try:
        return recipe.make(name)
    except ImportError as error:
        msg = f"this master lacks {error.name}, which makes such a value"
        raise StoreError(msg) from error


def _edit(secrets: Store, now: int, change: Change) -> Done:
    secrets.edit(change.name, now=now, revision=change.revision, **change.metadata)
    found = secrets.describe(change.name)
    return Done(change.name, 0 if found is None or found.deleted else found.version)


def _roll_back(secrets: Store, now: int, change: Change) -> Done:
    secrets.rollback(
        change.name,
        change.version,
        now=now,
        expected=change.expected,
        revision=change.revision,
    )
    return Done(change.name, change.version)


def _rename(secrets: Store, now: int, change: Change) -> Done:
    version = secrets.rename(change.name, change.new_name, now=now, revision=change.revision)
    return Done(change.new_name, version)


def _delete(secrets: Store, now: int, change: Change) -> Done:
    secrets.delete(change.name, now=now, revision=change.revision)
    return Done(change.name)


def _undelete(secrets: Store, now: int, change: Change) -> Done:
    version = secrets.undelete(change.name, now=now, revision=change.revision)
    return Done(change.name, version)


def _purge(secrets: Store, now: int, change: Change) -> Done:
    secrets.purge(change.name, now=now, revision=change.revision)
    return Done(change.name)


_OPERATIONS: Mapping[str, Callable[[Store, int, Change], Done]] = {
    ADD: _add,
    REPLACE: _replace,
    EDIT: _edit,
    ROLLBACK: _roll_back,
    RENAME: _rename,
    DELETE: _delete,
    UNDELETE: _undelete,
    PURGE: _purge,
}
