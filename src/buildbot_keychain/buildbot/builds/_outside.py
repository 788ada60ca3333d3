"""Whether code comes from outside: from somebody who may not write to the branch that is built.

Hooks and pollers say it in different ways, and some say the branch that a merge request is *for*,
GitLab's hook also its repository. What is known of Buildbot's own change sources is here. A change
of theirs that says nothing of the kind is one of somebody who may write there: whoever can send one
must be checked by the hook. Of other sources it is unknown unless they state it. A patch is from
outside, too.

Whoever chooses a revision chooses the code. So a revision belongs to its branch only if a change
from inside has brought it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_CATEGORIES = re.compile(r"merge_request|note|pull([-_].*)?")
"""Of hooks for GitLab, GitHub, both Bitbuckets and Gitea."""

_BRANCHES = ("refs/pull/", "refs/pull-requests/", "refs/merge-requests/", "refs/changes/")

_OTHER_REF = re.compile(r"\+?refs/(?!(heads|tags)/)")
"""A ref of which nobody knows who may write it, such as those in which hosts keep all commits."""

_FETCHED = re.compile(
    r"\+?((pull|pull-requests|merge-requests|pipelines)/[0-9]+(/|:|$)"
    r"|changes/[0-9]{2}/[0-9]+/|keep-around/[0-9a-f]{40})"
)
"""How else Git takes such a ref, where somebody has typed it."""

_OBJECT = re.compile(r"\+?([0-9a-f]{40}|[0-9a-f]{64})(:.*)?", re.IGNORECASE | re.DOTALL)
"""A commit, which Git fetches like a branch."""

_SPELLING = re.compile(r"\+.*|.*:.*|HEAD|@|(heads|tags|remotes)/.*", re.DOTALL)
"""What Git may fetch as a branch of another name."""

_TAGS = "refs/tags/"
_TAG_CATEGORIES = frozenset({"tag", "tag_push"})
"""The categories of changes whose branch is a tag: of Buildbot's hooks for GitHub and GitLab."""

_PROPERTIES = ("pullrequesturl", "source_project_id", "head_repo_id", "pr_number")
"""Set by pollers of pull requests and the hook for GitHub, by that for GitLab, and by Gitea's."""

STATEMENT = "keychain_outside"
"""The property by which a change source of others says whether a change is from outside.

It is ``None`` where nobody knows: `ChangeSources` states that of changes without a statement.
"""

TAG = "keychain_tag"
"""The property of a change whose branch is a tag, where the change says nothing else of that."""

_GITHUB_REPOSITORIES = ("github.head.repo.full_name", "github.base.repo.full_name")
"""Set where ``github_property_whitelist`` of the hook or poller has them."""

_GERRIT_EVENT = "event.type"
_GERRIT_MERGED = frozenset({"ref-updated", "change-merged", "ref-replicated"})
"""Events of Gerrit about what is in a branch; all others are about what is reviewed."""


def is_from_outside(change: Any) -> bool | None:
    """Return whether a change, Buildbot's ``TempChange``, is of somebody from outside.

    :return: ``None`` if nobody knows.
    """
    properties = change.properties
    stated = _value(properties, STATEMENT)
    if stated not in (None, False):
        return True
    is_unknown = stated is None and STATEMENT in properties
    if not _is_of_same_repository(properties):
        if _says_request(change):
            return True
        is_unknown = is_unknown or _OTHER_REF.match(change.branch or "") is not None
    return None if is_unknown else False


def _says_request(change: Any) -> bool:
    """Return whether a change says that it is a request, or in review."""
    properties = change.properties
    if any(name in properties for name in _PROPERTIES):
        return True
    if _GERRIT_EVENT in properties and properties[_GERRIT_EVENT] not in _GERRIT_MERGED:
        return True
    in_review = (change.branch or "").startswith(_BRANCHES)
    return in_review or _CATEGORIES.fullmatch(change.category or "") is not None


def _is_of_same_repository(properties: Any) -> bool:
    """Return whether GitHub says that a pull request is of a branch of the same repository."""
    head, base = (_value(properties, name) for name in _GITHUB_REPOSITORIES)
    return isinstance(head, str) and head == base


def _value(properties: Any, name: str) -> Any:
    return properties[name] if name in properties else None  # noqa: SIM401 - not a mapping


def outside_of(stamp: Any) -> bool | None:
    """Return whether a source stamp is from outside; ``None`` if nobody knows."""
    if stamp.patch:
        return True
    if stamp.changes:
        return united(map(is_from_outside, stamp.changes))
    branch = stamp.branch or ""
    return True if _OTHER_REF.match(branch) or _FETCHED.match(branch) else None


def says_tag(change: Any) -> bool:
    """Return whether the branch of a change is a tag."""
    is_named = (change.branch or "").startswith(_TAGS)
    return is_named or change.category in _TAG_CATEGORIES or TAG in change.properties


def united(marks: Iterable[bool | None]) -> bool | None:
    """Return the mark of all: outside if any is, and unknown if any of the others is."""
    all_marks = list(marks)
    if True in all_marks:
        return True
    return None if None in all_marks or not all_marks else False


def is_brought_by(changes: Iterable[Any], stamp: Any) -> bool:
    """Return whether one of the changes has brought the revision of a source stamp to its branch.

    A stamp without a revision is of whatever is on the branch when it is checked out, unless its
    branch may be another spelling of something else. What was brought to a tag was not brought to
    the branch of its name.
    """
    if not stamp.revision:
        branch = stamp.branch or ""
        return not _OBJECT.fullmatch(branch) and not _SPELLING.fullmatch(branch)
    wanted = (stamp.branch, stamp.revision, stamp.repository or "")
    is_tag = (stamp.branch or "").startswith(_TAGS) or any(map(says_tag, stamp.changes))
    return any(
        (change.branch, change.revision, change.repository or "") == wanted
        and says_tag(change) is is_tag
        and is_from_outside(change) is False
        for change in changes
    )
