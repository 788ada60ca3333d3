"""The JSON of encrypted stores: what programs send and get, and which changes they ask for.

A value only goes in: no schema of what is answered has a place for it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.generators import ALPHABETS, KINDS, LONGEST, Recipe
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.pending import Pending
from buildbot_keychain.store.rotating import KeyStatus
from buildbot_keychain.store.values import Description
from buildbot_keychain.web._refusals import Refused, sentence
from buildbot_keychain.web._schemas import (
    COUNT,
    NUMBER,
    SWITCH,
    TEXT,
    TEXTS,
    Schema,
    list_of,
    of_members,
    or_null,
)


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


_NAME = _said(TEXT, "STORE!NAME, or NAME where there is one store")
_REVISION = _said(or_null(TEXT), "what it must have been until now; any by default")
_EXPECTED = _said(or_null(COUNT), "the current version until now, 0 for none; any by default")
_TIME = _said(NUMBER, "seconds since the epoch")
LATEST = 253_402_300_799
"""The last second of the year 9999: people and programs know no later one."""

_ABOUT = {
    "description": TEXT,
    "tags": TEXTS,
    "allowed": _said(or_null(TEXTS), "patterns of builders; null leaves it to the policy"),
    "expires": _said(
        or_null({**COUNT, "maximum": LATEST}), "seconds since the epoch; null for never"
    ),
    "redact": _said(SWITCH, "whether it is hidden in logs"),
}
_RECIPE = of_members(
    {"kind": _said(TEXT, " or ".join(KINDS))},
    {
        "length": _said(NUMBER, f"of a password: 1 to {LONGEST}"),
        "alphabet": _said(TEXT, f"of a password: {', '.join(ALPHABETS)}, or its characters"),
    },
)

SEEN = of_members({"name": _NAME}, {"revision": _REVISION})
DELETE = of_members(
    {"name": _NAME},
    {"revision": _REVISION, "purge": _said(SWITCH, "what is deleted, for good")},
)
RENAME = of_members({"name": _NAME, "new": TEXT}, {"revision": _REVISION})
ROLL_BACK = of_members(
    {"name": _NAME, "version": COUNT}, {"revision": _REVISION, "expected": _EXPECTED}
)
EDIT = of_members({"name": _NAME}, {"revision": _REVISION, **_ABOUT})
PUT = of_members(
    {"name": _NAME},
    {
        "value": _said(TEXT, "the new value; or else base64 or generate"),
        "base64": _said(TEXT, "a value that is no text"),
        "generate": _RECIPE,
        "revision": _REVISION,
        "expected": _EXPECTED,
        **_ABOUT,
    },
)

DONE = of_members(
    {
        "name": TEXT,
        "version": _said(NUMBER, "the current one; 0 if there is none"),
        "public": _said(or_null(TEXT), "the public half of a key pair that was made"),
        "pending": _said(TEXT, "the id under which it waits for a second person; or empty"),
    }
)
_DESCRIPTION = of_members(
    {
        "name": TEXT,
        "version": NUMBER,
        "current": SWITCH,
        "kind": _said(TEXT, "text or bytes"),
        "created": _TIME,
        "used": _said(NUMBER, "the hour of its last use, in seconds since the epoch; 0 for never"),
        "deleted": _said(NUMBER, "seconds since the epoch; 0 while it is not"),
        "revision": TEXT,
        **_ABOUT,
    }
)
_ENTRY = of_members(
    {
        "seq": NUMBER,
        "time": _TIME,
        "operation": TEXT,
        "version": NUMBER,
        "actor": TEXT,
    }
)
_PENDING = of_members(
    {
        "id": TEXT,
        "operation": TEXT,
        "name": TEXT,
        "asked_by": TEXT,
        "asked_at": _TIME,
        "expires": _TIME,
        "has_value": SWITCH,
        "metadata": {"type": "object"},
        "version": NUMBER,
        "new_name": TEXT,
        "ends_two_persons": _said(
            SWITCH, "whether one person alone can change it, or what has its name, after that"
        ),
    }
)
_WITHHELD = of_members(
    {"id": TEXT, "problem": _said(TEXT, "why nobody can confirm it: as a rule, it is damaged")}
)
WAITING = of_members({"store": TEXT, "changes": list_of(_PENDING), "problems": list_of(_WITHHELD)})
OF_STORE = of_members({}, {"store": _said(TEXT, "where there are several")})
DISCARDED = of_members({})
ROTATE = of_members(
    {"primary": _said(TEXT, "the id of the key that seals until now")},
    {
        "store": _said(TEXT, "where there are several"),
        "interrupted": _said(
            SWITCH, "whether a rotation is not finished, which goes on then; false by default"
        ),
    },
)
KEYS = of_members(
    {
        "store": TEXT,
        "keys": list_of(
            of_members(
                {
                    "id": TEXT,
                    "use": _said(TEXT, "primary, waiting, older or retired"),
                    "created": _TIME,
                    "data_keys": _said(NUMBER, "how many are sealed with it"),
                    "replaced": _said(NUMBER, "seconds since the epoch; 0 while it is not"),
                }
            )
        ),
        "masters": list_of(of_members({"name": TEXT, "seen": _TIME, "lacks": _said(TEXTS, "ids")})),
        "interrupted": _said(SWITCH, "whether a rotation was begun and is not finished"),
        "left": _said(NUMBER, "data keys that another key than the primary one seals"),
        "progress": or_null(
            of_members(
                {
                    "actor": TEXT,
                    "began": _TIME,
                    "done": _said(NUMBER, "data keys that are sealed again"),
                    "goes_on": SWITCH,
                    "problem": _said(TEXT, "why it has ended before it was finished; or empty"),
                }
            )
        ),
    }
)
PAGE = of_members(
    {
        "store": TEXT,
        "secrets": list_of(_DESCRIPTION),
        "after": _said(or_null(TEXT), "what to ask for next; null at the end"),
    }
)
SECRET = of_members(
    {
        "store": TEXT,
        "versions": list_of(_DESCRIPTION),
        "history": list_of(_ENTRY),
    }
)


def change_of(operation: str, path: str, sent: Mapping[str, Any]) -> Change:
    """Return the change that is asked for, as its schema says it.

    :param path: the name in its store.
    """
    return Change(
        operation,
        path,
        revision=sent.get("revision"),
        expected=sent.get("expected"),
        value=_value(sent),
        recipe=_recipe(sent.get("generate")),
        metadata={name: sent[name] for name in _ABOUT if name in sent},
        version=sent.get("version", 0),
        new_name=sent.get("new", ""),
    )


def shown(known: Description) -> dict[str, Any]:
    """Return what is known of a version, as the schema says it."""
    about = known.metadata
    return {
        **{name: getattr(known, name) for name in ("name", "version", "current", "used")},
        "deleted": known.deleted,
        "revision": known.revision,
        "kind": about.kind.name.lower(),
        "created": about.created,
        **{name: getattr(about, name) for name in _ABOUT},
    }


def shown_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry of the journal, as the schema says it."""
    return {name: getattr(entry, name) for name in _ENTRY["properties"]}


def shown_pending(pending: Pending) -> dict[str, Any]:
    """Return a change that waits, as the schema says it."""
    return {name: getattr(pending, name) for name in _PENDING["properties"]}


def shown_keys(store: str, status: KeyStatus) -> dict[str, Any]:
    """Return the keys of a store, as the schema says it."""
    return {
        "store": store,
        "keys": [{**asdict(key), "id": key.id.hex()} for key in status.keys],
        "masters": [
            {**asdict(master), "lacks": [kid.hex() for kid in master.lacks]}
            for master in status.masters
        ],
        "interrupted": status.interrupted,
        "left": status.left,
        "progress": None if status.progress is None else asdict(status.progress),
    }


def _value(sent: Mapping[str, Any]) -> str | bytes | None:
    given = [name for name in ("value", "base64", "generate") if name in sent]
    if len(given) > 1:
        raise Refused(400, "Send one of value, base64 and generate.")
    if "base64" in sent:
        try:
            return base64.b64decode(sent["base64"], validate=True)
        except (ValueError, binascii.Error):
            raise Refused(400, "What base64 says is not in base64.") from None
    return sent.get("value")


def _recipe(sent: Mapping[str, Any] | None) -> Recipe | None:
    if sent is None:
        return None
    recipe = Recipe(**sent)
    problem = recipe.problem()
    if problem is not None:
        raise Refused(400, sentence(problem))
    return recipe
