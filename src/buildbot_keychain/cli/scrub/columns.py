"""What Buildbot's columns hold, and which of them it finds things by.

From ``db/model.py`` of Buildbot 4.0 to 4.3. Columns that are not listed here are texts that may be
rewritten, also in tables that newer versions bring. A table that is not Buildbot's is reported and
left alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from buildbot_keychain.cli.scrub.cells import Kind

LOG_CHUNKS = "logchunks"

TABLES = frozenset(
    [
        "alembic_version",
        "build_data",
        "build_properties",
        "builder_masters",
        "builders",
        "builders_tags",
        "buildrequest_claims",
        "buildrequests",
        "builds",
        "buildset_properties",
        "buildset_sourcestamps",
        "buildsets",
        "change_files",
        "change_properties",
        "change_users",
        "changes",
        "changesource_masters",
        "changesources",
        "codebase_branches",
        "codebase_commits",
        "codebases",
        "configured_workers",
        "connected_workers",
        "logchunks",
        "logs",
        "masters",
        "object_state",
        "objects",
        "patches",
        "projects",
        "scheduler_changes",
        "scheduler_masters",
        "schedulers",
        "sourcestamps",
        "steps",
        "tags",
        "test_code_paths",
        "test_names",
        "test_result_sets",
        "test_results",
        "users",
        "users_info",
        "workers",
    ]
)
"""Buildbot's own."""

KEPT = {
    "builders": ("name",),
    "changesources": ("name",),
    "codebase_branches": ("name",),
    "codebase_commits": ("revision",),
    "codebases": ("name", "slug"),
    "masters": ("name",),
    "object_state": ("name",),
    "objects": ("name", "class_name"),
    "projects": ("name", "slug"),
    "schedulers": ("name",),
    "tags": ("name",),
    "users": ("identifier", "bb_username", "bb_password"),
    "users_info": ("attr_type", "attr_data"),
    "workers": ("name",),
}
"""Columns by which Buildbot finds a thing again that its configuration, a person or a repository
names: rewritten, the next start would not find it and would make another."""

_KINDS = {
    ("build_properties", "value"): Kind.JSON,
    ("buildset_properties", "property_value"): Kind.JSON,
    ("change_properties", "property_value"): Kind.JSON,
    ("object_state", "value_json"): Kind.JSON,
    ("patches", "patch_base64"): Kind.BASE64,
    ("steps", "urls_json"): Kind.JSON,
    ("workers", "info"): Kind.JSON,
}

_UNIQUE = {("build_data", "name"), ("logs", "slug"), ("steps", "name")}
"""Columns that are unique among the rows of one build or step."""

_STAMP = ("branch", "revision", "repository", "project", "codebase", "patchid")
# buildbot.util.identifiers: what may stand in a slug.
_NO_IDENTIFIER = re.compile(r"[^a-zA-Z0-9\u00a0-\U0010ffff_-]")


def kind_of(table: str, column: str) -> Kind:
    """Say what a column holds."""
    return _KINDS.get((table, column), Kind.TEXT)


def is_checked(table: str, column: str) -> bool:
    """Tell whether a column may hold a secret at all: digests and version numbers do not."""
    return table != "alembic_version" and not column.endswith("_hash")


def is_kept(table: str, column: str) -> bool:
    """Tell whether a column is reported only."""
    return table not in TABLES or column in KEPT.get(table, ())


def completed(table: str, row: Mapping[str, Any], changes: dict[str, Any], attempt: int) -> None:
    """Bring into line, in `changes`, what depends on the values that change.

    :param attempt: how often these values were refused already for not being unique.
    :raise LookupError: when nothing can be done for uniqueness.
    """
    if table == "build_data" and "value" in changes:
        changes["length"] = len(changes["value"])
    if table == "logs" and "slug" in changes:
        changes["slug"] = _NO_IDENTIFIER.sub("_", changes["slug"])
    if table == "sourcestamps":
        _complete_stamp(row, changes, attempt)
    elif attempt:
        unique = [column for column in changes if (table, column) in _UNIQUE]
        if not unique:
            raise LookupError(table)
        for column in unique:
            # As Buildbot makes names of steps unique.
            suffix = f"_{attempt}"
            changes[column] = changes[column][: max(1, 50 - len(suffix))] + suffix


def _complete_stamp(row: Mapping[str, Any], changes: dict[str, Any], attempt: int) -> None:
    """Give a source stamp the digest by which Buildbot knows one of the same content.

    When there is another one of that content, this one gets a digest of its own, which no content
    has: it stays what its builds were made from, and is never taken for a new one.
    """
    if attempt > 1:
        raise LookupError("sourcestamps")
    content = {**row, **changes}
    extra = (row["id"],) if attempt else ()
    changes["ss_hash"] = _digest(*(content[column] for column in _STAMP), *extra)


def _digest(*values: object) -> str:
    """Do as ``buildbot.util.sautils.hash_columns`` does."""
    encoded = (b"\xf5" if value is None else str(value).encode("utf-8") for value in values)
    return hashlib.sha1(b"\0".join(encoded)).hexdigest()  # noqa: S324 - Buildbot's choice
