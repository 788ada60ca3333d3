"""What is known of a secret but its value, and of a key, as commands print it in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli._times import format_time
from buildbot_keychain.redaction.fields import secret_bits
from buildbot_keychain.redaction.strength import OPEN_BITS

if TYPE_CHECKING:
    from buildbot_keychain.store.access import Secrets
    from buildbot_keychain.store.rotation import KeyUse
    from buildbot_keychain.store.store import Description


def facts(found: Description) -> dict[str, Any]:
    """Return what is known of a version of a secret; times as ISO 8601 has them."""
    known = found.metadata
    return {
        "name": found.name,
        "version": found.version,
        "kind": known.kind.name.lower(),
        "created": format_time(known.created),
        "expires": None if known.expires is None else format_time(known.expires),
        "used": format_time(found.used) if found.used else None,
        "deleted": format_time(found.deleted) if found.deleted else None,
        "description": known.description,
        "tags": list(known.tags),
        "allowed": None if known.allowed is None else list(known.allowed),
        "redact": known.redact,
    }


def key_facts(key: KeyUse) -> dict[str, Any]:
    """Return what is known of a key of the ring."""
    return {
        "key": key.id.hex(),
        "use": key.use,
        "created": format_time(key.created),
        "versions": key.data_keys,
        "replaced": format_time(key.replaced) if key.replaced else None,
    }


def strength(secrets: Secrets, found: Description) -> str | None:
    """Return how hard the value is to guess: ``strong`` or ``weak``.

    No number: it would help to guess. ``None`` for what is not a text, and what is gone meanwhile.
    """
    value = secrets.get(found.name, found.version)
    if value is None or value.metadata.kind.name != "TEXT":
        return None
    return "strong" if secret_bits(value.text) >= OPEN_BITS else "weak"
