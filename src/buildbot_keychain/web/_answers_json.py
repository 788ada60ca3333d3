"""What the JSON answers about secrets, builders, builds, approvals and the audit trail, as schemas.

What is optional is for administrators, or for viewers instead.
"""

from __future__ import annotations

from buildbot_keychain.approvals import ApprovalRequest
from buildbot_keychain.web._schemas import (
    NUMBER,
    SWITCH,
    TEXT,
    TEXTS,
    Schema,
    list_of,
    of_members,
    or_null,
)
from buildbot_keychain.web._typed_schemas import map_of, schema_of
from buildbot_keychain.web.host_builds import BuildFacts, Decided, HiddenIn
from buildbot_keychain.web.host_inspections import Found, Named, State
from buildbot_keychain.web.host_secrets import (
    Asked,
    BuildUse,
    Known,
    Listed,
    Provider,
    Record,
    UseRow,
)

_PROBLEMS = {**map_of(TEXT), "description": "why secrets of a provider are missing, by its name"}
_REQUESTER: Schema = {"type": "object", "description": "what is known of who asked"}
_USE = of_members({"name": TEXT, "requester": _REQUESTER, "outcome": TEXT, "reason": TEXT})
_RULE = of_members({"rule": TEXT, "location": TEXT})
_WHY_NOT = of_members({**_RULE["properties"], "why": TEXTS})
_PROVIDER = schema_of(Provider)["properties"]
_KNOWN = schema_of(Known)["properties"]
_RECORD = schema_of(Record)["properties"]
_OF_VIEWERS = ("exists", "description", "tags", "versions", "problem")
_CELL = of_members(
    {"secret": TEXT, "builder": TEXT, "outcome": TEXT},
    {
        "depends": TEXTS,
        "rule": or_null(_RULE),
        "given": or_null(NUMBER),
        "refused": or_null(NUMBER),
    },
)
_DECIDED = of_members({**schema_of(Decided)["properties"], "secrets": TEXTS})
_HIDDEN = of_members({**schema_of(HiddenIn)["properties"], "secrets": TEXTS})

APPROVAL = schema_of(ApprovalRequest)
APPROVALS = of_members(
    {"waiting": list_of(APPROVAL), "after": or_null(TEXT), "recent": list_of(APPROVAL)}
)

SECRETS = of_members(
    {
        "secrets": list_of(of_members({**schema_of(Listed)["properties"], "name": TEXT})),
        "after": or_null(TEXT),
        "problems": _PROBLEMS,
    }
)
PROVIDERS = of_members(
    {
        "providers": list_of(
            of_members(
                {name: _PROVIDER[name] for name in ("name", "kind", "lists")},
                {**_PROVIDER, "breaker": TEXT},
            )
        )
    }
)
SECRET = of_members(
    {"name": TEXT, **{name: _KNOWN[name] for name in _OF_VIEWERS}},
    {
        **{name: schema for name, schema in _KNOWN.items() if name not in _OF_VIEWERS},
        **_RECORD,
        "rules": list_of(_RULE),
        "uses": list_of(of_members({**schema_of(UseRow)["properties"], "use": _USE})),
        "builds": list_of(of_members({**schema_of(BuildUse)["properties"], "use": _USE})),
    },
)
NAME = of_members({"name": TEXT})
ASKED = of_members({"name": TEXT, "asked": schema_of(Asked)})
_FINDING = of_members({"topic": TEXT, "text": TEXT, "secret": or_null(TEXT), "page": or_null(TEXT)})
ATTENTION = of_members({"findings": list_of(_FINDING)})
TRIAL = of_members(
    {
        "name": TEXT,
        "outcome": TEXT,
        "denied_by_provider": SWITCH,
        "applies": list_of(_RULE),
        "does_not_apply": list_of(_WHY_NOT),
    }
)
BUILDERS = of_members(
    {
        "cells": list_of(_CELL),
        "builders": TEXTS,
        "after": or_null(TEXT),
        "begin": or_null(TEXT),
        "problems": _PROBLEMS,
        "are_uses_known": SWITCH,
    }
)
BUILD = of_members(
    {
        **schema_of(BuildFacts)["properties"],
        "most": NUMBER,
        "given": list_of(_DECIDED),
        "approvals": list_of(APPROVAL),
    },
    {"refused": list_of(_DECIDED), "hidden": list_of(_HIDDEN)},
)
INSPECT = of_members(
    {}, {"offline": {**SWITCH, "description": "whether no provider is asked; false by default"}}
)
INSPECTION = schema_of(State)
_OF_INSPECTION = {"id": TEXT, "count": NUMBER, "after": or_null(NUMBER)}
FINDINGS = of_members({**_OF_INSPECTION, "findings": list_of(schema_of(Found))})
PLACES = of_members({**_OF_INSPECTION, "places": list_of(schema_of(Named))})
EVENTS = of_members(
    {
        "events": list_of({"type": "object"}),
        "before": or_null(NUMBER),
        "read_back_to": TEXT,
    }
)
