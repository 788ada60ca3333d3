"""What hosts of repositories send to hooks, in their shapes, with values of our own."""

from __future__ import annotations

from typing import Any, NamedTuple

ACME, FORK = "https://git.example.org/acme/app", "https://git.example.org/other/app"
GERRIT_KINDS = ("patchset-created", "change-restored", "change-merged", "ref-updated")
_PERSON = {"name": "Eve", "email": "eve@example.org", "username": "eve"}
_ACTOR = {"displayName": "Eve", "username": "eve", "display_name": "Eve", "nickname": "eve"}
_URLS = {"html_url": FORK, "clone_url": FORK}
_TIME = "2026-01-02T03:04:05+00:00"


class Sent(NamedTuple):
    """A request to a hook.

    :param dialect: the hook.
    :param event: the header that names the event, and its value.
    :param body: the payload, in JSON; of `base`, fields of a form.
    """

    dialect: str
    event: tuple[str, str]
    body: dict[str, Any]


def _commit(revision: str) -> dict[str, Any]:
    files: dict[str, Any] = {"added": [], "removed": [], "modified": ["a"]}
    named = {"id": revision, "message": "m", "timestamp": _TIME, "distinct": True}
    return {**named, **files, "author": _PERSON, "committer": _PERSON, "url": f"{ACME}/{revision}"}


def github_push(ref: str, revision: str) -> Sent:
    repository = {"name": "app", "full_name": "acme/app", "html_url": ACME}
    body = {
        "ref": ref,
        "created": False,
        "deleted": False,
        "repository": repository,
        "commits": [_commit(revision)],
        "head_commit": _commit(revision),
        "compare": ACME,
        "pusher": _PERSON,
    }
    return Sent("github", ("X-GitHub-Event", "push"), body)


def github_pull_request(revision: str, head: str = "other/app") -> Sent:
    repository = {"name": "app", "full_name": "acme/app", "html_url": ACME}
    request = {
        "title": "t",
        "body": "b",
        "number": 5,
        "html_url": f"{ACME}/pull/5",
        "updated_at": "2026-01-02T03:04:05Z",
        "commits": 1,
        "created_at": _TIME,
        "_links": {"html": {"href": f"{ACME}/pull/5"}},
        "user": {"login": "eve"},
        "base": {"ref": "main", "sha": "b0", "repo": {**repository}},
        "head": {"ref": "main", "sha": revision, "repo": {"full_name": head, **_URLS}},
    }
    body = {
        "action": "opened",
        "number": 5,
        "pull_request": request,
        "repository": repository,
        "sender": {"login": "eve"},
    }
    return Sent("github", ("X-GitHub-Event", "pull_request"), body)


def answer_of_github(path: str, pull_request: dict[str, Any]) -> object:
    """Return what the API of GitHub answers of a pull request."""
    if path.endswith("/files"):
        return [{"filename": "a"}]
    if path.endswith("/commits"):
        return [{"commit": {"author": _PERSON, "committer": _PERSON}}]
    if "/commits/" in path:
        return {"commit": {"message": "m"}}
    return [pull_request] if path.endswith("/pulls") else pull_request


def bitbucket_pull_requests(api: str) -> dict[str, Any]:
    """Return what the API of Bitbucket Cloud lists, with links to `api`."""
    link = {"self": {"href": f"{api}/2.0/any"}, "html": {"href": f"{FORK}/pull-requests/5"}}
    return {
        "values": [
            {
                "id": 5,
                "title": "t",
                "author": {"display_name": "Mallory"},
                "updated_on": "2026-01-31T00:00:00.0+00:00",
                "links": link,
                "source": {
                    "branch": {"name": "main"},
                    "commit": {"hash": "0123456789ab", "links": link},
                    "repository": {"links": link},
                },
            }
        ]
    }


def answer_of_bitbucket(api: str) -> dict[str, Any]:
    """Return what the API of Bitbucket Cloud answers of a pull request, commit and repository."""
    links = {"html": {"href": FORK}, "diff": {"href": f"{api}/2.0/diff"}}
    return {"hash": "0123456789ab" * 3, "links": links}


def gitlab_push(ref: str, revision: str, kind: str = "push") -> Sent:
    body = {
        "object_kind": kind,
        "ref": ref,
        "before": "0" * 40,
        "after": revision,
        "user_name": "Eve",
        "repository": {"name": "app", "git_http_url": ACME, "url": ACME},
        "project": {"name": "app", "namespace": "acme"},
        "commits": [_commit(revision)],
    }
    return Sent("gitlab", ("X-Gitlab-Event", f"{kind} Hook"), body)


def gitlab_merge_request(revision: str, kind: str = "merge_request") -> Sent:
    """Of a fork, for the branch ``main``."""
    request = {
        "iid": 5,
        "title": "t",
        "description": "d",
        "state": "opened",
        "action": "open",
        "url": f"{ACME}/5",
        "last_commit": _commit(revision),
        "target_branch": "main",
        "target_project_id": 3,
        "target": {"name": "app", "git_http_url": ACME, "git_ssh_url": "git@x:acme/app"},
        "source_branch": "main",
        "source_project_id": 7,
        "source": {"name": "app", "git_http_url": FORK, "git_ssh_url": "git@x:other/app"},
    }
    body: dict[str, Any] = {"object_kind": kind, "object_attributes": request}
    if kind == "note":
        note = {"id": 9, "note": "please build", "noteable_type": "MergeRequest", "url": ACME}
        body = {"object_kind": kind, "object_attributes": note, "merge_request": request}
    body |= {"user": _PERSON, "project": {"name": "app"}}
    return Sent("gitlab", ("X-Gitlab-Event", "Merge Request Hook"), body)


def _bitbucket(dialect: str) -> dict[str, Any]:
    link: Any = [{"href": f"{ACME}/"}] if dialect == "bitbucketserver" else {"href": f"{ACME}/"}
    repository = {
        "scm": "git",
        "scmId": "git",
        "project": {"name": "acme"},
        "links": {"self": link, "html": {"href": ACME}},
        "fullName": "acme/app",
    }
    return {"actor": _ACTOR, "repository": repository}


def bitbucket_push(dialect: str, kind: str, name: str, revision: str) -> Sent:
    new = {"type": kind, "name": name, "target": {"hash": revision}}
    body = {**_bitbucket(dialect), "push": {"changes": [{"new": new, "old": None}]}}
    return Sent(dialect, ("X-Event-Key", "repo:push"), body)


def bitbucket_pull_request(dialect: str, event: str, revision: str) -> Sent:
    """Of a branch called ``main``, in a fork."""
    request = {
        "id": 5,
        "title": "t",
        "link": f"{ACME}/5",
        "fromRef": {"branch": {"name": "main"}, "commit": {"hash": revision}},
        "toRef": {"branch": {"name": "main"}, "commit": {"hash": "b0"}},
    }
    body = {**_bitbucket(dialect), "pullrequest": request}
    return Sent(dialect, ("X-Event-Key", f"pullrequest:{event}"), body)


def plain(revision: str, **fields: Any) -> Sent:
    """Of the hook `base`."""
    known = {"author": "eve", "branch": "main", "repository": ACME, "revision": revision}
    return Sent("base", ("X-None", ""), {**known, "comments": "c", **fields})


def _of_gitea(name: str, owner: str, number: int, url: str) -> dict[str, Any]:
    account = {"id": number, "login": owner, "username": owner, "full_name": owner}
    return {
        "id": number,
        "owner": {**account, "email": f"{owner}@example.org"},
        "name": name,
        "full_name": f"{owner}/{name}",
        "private": False,
        "fork": owner != "acme",
        "html_url": f"https://git.example.org/{owner}/{name}",
        "ssh_url": url,
        "clone_url": url,
        "default_branch": "main",
    }


def gitea_push(ref: str, revision: str, url: str = ACME) -> Sent:
    """Of the plug-in for Gitea; of a tag there are no commits."""
    commit = _commit(revision)
    body = {
        "ref": ref,
        "before": "0" * 40,
        "after": revision,
        "compare_url": "",
        "commits": [] if ref.startswith("refs/tags/") else [commit],
        "head_commit": commit,
        "repository": _of_gitea("app", "acme", 3, url),
        "pusher": _PERSON,
        "sender": _PERSON,
    }
    return Sent("gitea", ("X-Gitea-Event", "push"), body)


def gitea_pull_request(
    base: tuple[str, str], head: tuple[str, str], *, fork: bool = True, action: str = "opened"
) -> Sent:
    """Of a branch called ``main``.

    :param base: the revision that it is for, and the address of its repository; `head`: what it
        brings, and from where.
    """
    revision, url = base
    repository = _of_gitea("app", "acme", 3, url)
    source = _of_gitea("app", "mallory", 7, head[1]) if fork else repository
    request = {
        "id": 41,
        "number": 5,
        "user": {"id": 9, "login": "eve", "full_name": "Eve", "email": "eve@example.org"},
        "title": "t",
        "body": "b",
        "state": "open",
        "mergeable": True,
        "merged": False,
        "html_url": f"{ACME}/pulls/5",
        "updated_at": _TIME,
        "merge_base": revision,
        "base": {
            "label": "main",
            "ref": "main",
            "sha": revision,
            "repo_id": 3,
            "repo": repository,
        },
        "head": {
            "label": "topic",
            "ref": "topic",
            "sha": head[0],
            "repo_id": source["id"],
            "repo": source,
        },
    }
    body = {
        "action": action,
        "number": 5,
        "pull_request": request,
        "repository": repository,
        "sender": _PERSON,
    }
    return Sent("gitea", ("X-Gitea-Event", "pull_request"), body)


def gerrit_events() -> list[dict[str, Any]]:
    """Return what Gerrit tells of changes: in review, restored, merged, and of the branch."""
    change = {
        "branch": "main",
        "project": "app",
        "number": "41",
        "subject": "s",
        "url": f"{ACME}/41",
        "owner": _PERSON,
    }
    patch_set = {"revision": "g1", "number": "1", "ref": "refs/changes/41/41/1"}
    of_change = {"change": change, "patchSet": patch_set, "eventCreatedOn": 1_767_323_045}
    update = {"refName": "refs/heads/main", "newRev": "g2", "oldRev": "g0", "project": "app"}
    return [
        *({**of_change, "type": kind} for kind in GERRIT_KINDS[:-1]),
        {"refUpdate": update, "eventCreatedOn": 1_767_323_046, "type": GERRIT_KINDS[-1]},
    ]
