"""`Metadata`: what is known of a version of a secret, but its value. Pure.

It is sealed in the database, and the SHA-256 of its canonical form is in the context of the
version's data key. So whoever changes it, such as whether a value is redacted, loses the value. The
canonical form is JSON: sorted keys, no blanks, UTF-8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildbot_keychain.errors import DamagedBox, StoreError
from buildbot_keychain.store.envelope import Kind, Purpose, open_box, pad, seal, u64, unpad

MAX_SIZE = 64 << 10
"""Bytes of the canonical form."""

TWO_PERSONS = "two-persons"
"""The tag of a secret that two people change: see `buildbot_keychain.store.pending`."""

_KEYS = {"allowed", "created", "description", "expires", "kind", "redact", "tags"}
_NAMES_OF_KINDS = {Kind.TEXT: "text", Kind.BYTES: "bytes"}


def _is_list(value: object) -> bool:
    """Return whether it is one of texts; a text is a sequence of them too, and not meant."""
    return isinstance(value, (list, tuple, set, frozenset)) and all(
        isinstance(one, str) for one in value
    )


_EDITABLE: dict[str, tuple[Callable[[object], bool], str]] = {
    "allowed": (lambda value: value is None or _is_list(value), "a list of str, or None"),
    "description": (lambda value: isinstance(value, str), "a str"),
    "expires": (
        lambda value: value is None or (type(value) is int and value >= 0),
        "an int of seconds since the epoch, or None",
    ),
    "redact": (lambda value: isinstance(value, bool), "True or False"),
    "tags": (_is_list, "a list of str"),
}
"""What a field of `Metadata` that can be changed may be."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of one version.

    :param created: seconds since the epoch.
    :param allowed: patterns of the builders that may have it; ``None`` where that is left to the
        policy.
    :param expires: seconds since the epoch; ``None`` if it does not.
    :param redact: whether it is hidden in what Buildbot shows.
    """

    created: int
    kind: Kind = Kind.TEXT
    description: str = ""
    tags: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    expires: int | None = None
    redact: bool = True

    @property
    def guard(self) -> tuple[str, ...]:
        """Those of the tags that say who changes it, which no other value takes away."""
        return tuple({TWO_PERSONS}.intersection(self.tags))

    def expired_at(self, now: int) -> int | None:
        """Return when it expired; ``None`` where it has not. Both are seconds since the epoch."""
        return None if self.expires is None or self.expires > now else self.expires

    def canonical(self) -> bytes:
        """Return the bytes that are sealed and hashed.

        :raise StoreError: when they are too many, or not text that can be written.
        """
        content = vars(self) | {"kind": _NAMES_OF_KINDS[self.kind], "tags": sorted(self.tags)}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        try:
            encoded = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise StoreError("the description, a tag or a builder is not valid Unicode") from error
        if len(encoded) > MAX_SIZE:
            msg = f"the description, tags and builders are longer than {MAX_SIZE >> 10} KiB"
            raise StoreError(msg)
        return encoded

    @classmethod
    def from_canonical(cls, content: bytes) -> Metadata:
        """Return the metadata of a canonical form.

        :raise DamagedBox: when it is none.
        """
        try:
            found = json.loads(content)
            if not isinstance(found, dict) or found.keys() != _KEYS:
                raise DamagedBox("it is not the metadata of a secret")
            kinds = {name: kind for kind, name in _NAMES_OF_KINDS.items()}
            allowed = found["allowed"]
            metadata = cls(
                **found
                | {
                    "kind": kinds[found["kind"]],
                    "tags": tuple(found["tags"]),
                    "allowed": None if allowed is None else tuple(allowed),
                }
            )
            canonical = metadata.canonical()
        except (ValueError, TypeError, KeyError, StoreError) as error:
            raise DamagedBox("it is not the metadata of a secret") from error
        if canonical != content:
            raise DamagedBox("it is not the canonical metadata of a secret")
        return metadata


def changed(known: Metadata, changes: dict[str, Any]) -> Metadata:
    """Return metadata with some fields changed: description, tags, allowed, expires, redact.

    :raise TypeError: when one of them is of another type, or there is no such field.
    """
    unknown = changes.keys() - _EDITABLE.keys()
    if unknown:
        msg = f"not metadata that can be changed: {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    for name, value in changes.items():
        is_valid, must = _EDITABLE[name]
        if not is_valid(value):
            msg = f"{name} must be {must}"
            raise TypeError(msg)
    new = replace(known, **changes)
    allowed = None if new.allowed is None else tuple(new.allowed)
    return replace(new, tags=tuple(sorted(set(new.tags))), allowed=allowed)


def digest_of_metadata(metadata: Metadata) -> bytes:
    """Return the SHA-256 that the context of a data key has."""
    return hashlib.sha256(metadata.canonical()).digest()


def seal_metadata(
    key: bytes, store_id: bytes, uid: bytes, version: int, metadata: Metadata
) -> bytes:
    """Return the box of a version's metadata, which tells little of its length."""
    plain = pad(Kind.TEXT, metadata.canonical())
    return seal(key, Purpose.FIELD, _place(store_id, uid, version), plain)


def open_metadata(key: bytes, store_id: bytes, uid: bytes, version: int, box: bytes) -> Metadata:
    """Return the metadata of a version.

    :raise StoreError: when the box was changed, or is of another version or secret.
    """
    _, content = unpad(open_box(key, Purpose.FIELD, _place(store_id, uid, version), box))
    return Metadata.from_canonical(content)


def _place(store_id: bytes, uid: bytes, version: int) -> Sequence[bytes]:
    return [store_id, b"store", b"metadata", uid, u64(version)]
