"""What Buildbot's columns hold, and which of them must keep their values.

From ``db/model.py`` of Buildbot 4.0 to 4.3. A column that is not listed here is a text that may be
rewritten, also in a table that is Buildbot's and new. A table that is not Buildbot's is only
reported.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from buildbot_keychain import given_names
from buildbot_keychain.cli.scrub._cell_redactor import CellFormat

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
"""Buildbot's own tables."""

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
"""Columns by which Buildbot finds again what the configuration, a person or a repository names. If
they were rewritten, the next start would create the thing a second time."""

_FORMATS = {
    ("build_properties", "value"): CellFormat.JSON,
    ("buildset_properties", "property_value"): CellFormat.JSON,
    ("change_properties", "property_value"): CellFormat.JSON,
    ("object_state", "value_json"): CellFormat.JSON,
    ("patches", "patch_base64"): CellFormat.BASE64,
    ("steps", "urls_json"): CellFormat.JSON,
    ("workers", "info"): CellFormat.JSON,
}

_UNIQUE = {("build_data", "name"), ("logs", "slug"), ("steps", "name")}
"""Columns that are unique among the rows of one build or step."""

_DIGEST_COLUMNS = ("branch", "revision", "repository", "project", "codebase", "patchid")
# What may not be in a slug, from buildbot.util.identifiers.
_NOT_IN_SLUGS = re.compile(r"[^a-zA-Z0-9\u00a0-\U0010ffff_-]")


def format_of(table: str, column: str) -> CellFormat:
    """Return the format of the values in a column."""
    return _FORMATS.get((table, column), CellFormat.TEXT)


def is_checked(table: str, column: str) -> bool:
    """Return whether a column can hold a secret at all; digests and version numbers cannot."""
    if table == given_names.TABLE:  # names only
        return False
    return table != "alembic_version" and not column.endswith("_hash")


def is_kept(table: str, column: str) -> bool:
    """Return whether a column is only reported, and never rewritten."""
    return table not in TABLES or column in KEPT.get(table, ())


def update_dependents(
    table: str, row: Mapping[str, Any], changes: dict[str, Any], attempt: int
) -> None:
    """Add to `changes` what depends on the values that change: lengths, slugs, digests.

    :param attempt: how often the database has rejected the values as not unique.
    :raise LookupError: if they cannot be made unique.
    """
    if table == "build_data" and "value" in changes:
        changes["length"] = len(changes["value"])
    if table == "logs" and "slug" in changes:
        changes["slug"] = _NOT_IN_SLUGS.sub("_", changes["slug"])
    if table == "sourcestamps":
        _update_digest(row, changes, attempt)
    elif attempt:
        unique = [column for column in changes if (table, column) in _UNIQUE]
        if not unique:
            raise LookupError(table)
        for column in unique:
            # As Buildbot makes the names of steps unique.
            suffix = f"_{attempt}"
            changes[column] = changes[column][: max(1, 50 - len(suffix))] + suffix


def _update_digest(row: Mapping[str, Any], changes: dict[str, Any], attempt: int) -> None:
    """Set the digest by which Buildbot finds a source stamp of the same content.

    If another source stamp already has that content, this one gets a digest that no content has:
    it stays the source stamp of its builds, and no new build is assigned to it.
    """
    if attempt > 1:
        raise LookupError("sourcestamps")
    content = {**row, **changes}
    extra = (row["id"],) if attempt else ()
    changes["ss_hash"] = _digest(*(content[column] for column in _DIGEST_COLUMNS), *extra)


def _digest(*values: object) -> str:
    """Return the digest of ``buildbot.util.sautils.hash_columns``."""
    encoded = (b"\xf5" if value is None else str(value).encode("utf-8") for value in values)
    return hashlib.sha1(b"\0".join(encoded)).hexdigest()  # noqa: S324 - Buildbot's choice
