from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._outside import (
    is_brought_by,
    is_from_outside,
    outside_of,
    united,
)
from tests.support.builds import Stamp


def change(branch: str = "main", category: str | None = None, **properties: Any) -> Any:
    named = {name.replace("__", "."): value for name, value in properties.items()}
    return SimpleNamespace(branch=branch, category=category, properties=named)


def of_github(head: str | None, base: str | None) -> dict[str, Any]:
    names = ("github__head__repo__full_name", "github__base__repo__full_name")
    return {"pullrequesturl": "https://x", **dict(zip(names, (head, base), strict=True))}


_VALUES = st.sampled_from((None, False, True, 0, "", "no", 7))
_CHANGES = st.dictionaries(
    st.sampled_from(
        ("keychain_outside", "pullrequesturl", "source_project_id", "head_repo_id", "pr_number")
    ),
    _VALUES,
)
"""Properties that changes may have."""


class OutsideTests(SynchronousTestCase):
    """`is_from_outside` and `outside_of`."""

    def test_what_change_sources_say_of_requests(self) -> None:
        for outside in (
            change("main", "merge_request", source_project_id=7, target_project_id=3),
            change("main", "note"),
            change("fork-branch", "anything", pullrequesturl="https://git.example.org/app/1"),
            change("refs/pull/1/merge", "pull"),
            change("refs/pull-requests/1/merge", None),
            change("feature", "pull-rejected"),
            change("refs/merge-requests/1/head"),
            change("main", "patchset-created", event__type="patchset-created"),
            change("refs/changes/41/4741/5"),
            change("main", "pull_request", head_repo_id=7, base_repo_id=3, pr_number=5),
            change("main", "pull_request_sync"),
            change("main", "push", keychain_outside=True),
            change("main", "push", keychain_outside="no"),
            change("refs/pull/1/merge", "pull", **of_github("other/app", "acme/app")),
            change("refs/pull/1/merge", "pull", **of_github(None, None)),
            change("refs/pull/1/merge", "pull", github__head__repo__full_name="acme/app"),
            change("main", "note", keychain_outside=True, **of_github("acme/app", "acme/app")),
        ):
            self.assertTrue(is_from_outside(outside), outside)

    def test_what_is_in_a_branch(self) -> None:
        for inside in (
            change(),
            change("main", "push"),
            change("main", "pulling"),
            change("main", "ref-updated", event__type="ref-updated"),
            change("main", "change-merged", event__type="change-merged"),
            change("refs/tags/v1", "tag"),
            change("main", "push", keychain_outside=False),
            change("refs/pull/1/merge", "pull", **of_github("acme/app", "acme/app")),
        ):
            self.assertIs(is_from_outside(inside), False, inside)

    def test_what_nobody_knows(self) -> None:
        for unknown in (
            change("main", "push", keychain_outside=None),
            change("main", keychain_outside=None, **of_github("acme/app", "acme/app")),
            change("refs/users/1/app", "ref-updated", event__type="ref-updated"),
        ):
            self.assertIsNone(is_from_outside(unknown))
        request = change("main", "merge_request", keychain_outside=None)
        self.assertIs(is_from_outside(request), True)
        stamp = Stamp("main", "app", revision="a1", properties={"keychain_outside": None})
        self.assertIsNone(outside_of(stamp))
        self.assertFalse(is_brought_by(stamp.changes, stamp))
        stamp.changes += Stamp("main", "app", category="note").changes
        self.assertIs(outside_of(stamp), True)

    def test_a_source_stamp(self) -> None:
        self.assertIs(outside_of(Stamp("main", "app")), False)
        self.assertIs(outside_of(Stamp("main", "app", category="pull")), True)
        self.assertIs(outside_of(Stamp("main", "app", patch=(1, "", ""))), True)
        forced = Stamp("main", "app")
        forced.changes = []
        self.assertIsNone(outside_of(forced))
        for branch in (
            "refs/pull/1/head",
            "pull/1/head",
            "+refs/pull/1/head:main",
            "merge-requests/1/head",
            "refs/pipelines/17",
            "pipelines/17",
            "pipelines/17:main",
            "refs/keep-around/" + "0123456789" * 4,
            "keep-around/" + "0123456789" * 4,
            "+refs/anything/else",
            "pull-requests/1/from",
            "changes/41/4741/5",
        ):
            forced.branch = branch
            self.assertIs(outside_of(forced), True, branch)
        for branch in (
            "changes/of-today",
            "pull",
            "pull/x",
            "pipelines/17x",
            "main",
            "refs/heads/x",
        ):
            forced.branch = branch
            self.assertIsNone(outside_of(forced), branch)

    @given(_CHANGES, _CHANGES)
    def test_whatever_else_a_change_says_it_is_trusted_no_more(
        self, said: dict[str, Any], more: dict[str, Any]
    ) -> None:
        """But by what GitHub says of both repositories, which has a test of its own."""
        order: tuple[bool | None, ...] = (True, None, False)
        before = is_from_outside(change(**said))
        after = is_from_outside(change(**{**more, **said}))
        self.assertLessEqual(order.index(after), order.index(before))

    def test_all_together(self) -> None:
        self.assertIs(united([False, None, True]), True)
        self.assertIsNone(united([False, None]))
        self.assertIs(united([False, False]), False)
        self.assertIsNone(united([]))


class BroughtTests(SynchronousTestCase):
    """`is_brought_by`."""

    def test_a_revision_and_the_change_that_brought_it(self) -> None:
        here = "https://git.example.org/app"
        brought = Stamp("main", "app", here, revision="a1")
        self.assertTrue(is_brought_by(brought.changes, brought))
        for branch, repository, revision in (
            ("dev", here, "a1"),
            ("main", "https://git.example.org/fork", "a1"),
            ("main", here, "a2"),
        ):
            other = Stamp(branch, "app", repository, revision=revision)
            self.assertFalse(is_brought_by(brought.changes, other))

    def test_a_change_from_outside_brings_nothing(self) -> None:
        stamp = Stamp("main", "app", revision="a1", category="merge_request")
        self.assertFalse(is_brought_by(stamp.changes, stamp))

    def test_the_newest_revision_is_of_the_branch(self) -> None:
        self.assertTrue(is_brought_by([], Stamp("main", "app")))

    def test_a_commit_is_no_branch(self) -> None:
        for branch in ("0123456789" * 4, "+" + "A" * 40, "b" * 64, "c" * 40 + ":main"):
            self.assertFalse(is_brought_by([], Stamp(branch, "app")), branch)
        self.assertTrue(is_brought_by([], Stamp("a" * 39, "app")))

    def test_another_spelling_of_a_branch(self) -> None:
        """A rule that denies a branch is not to be got around."""
        for branch in ("heads/main", "tags/v1", "+main", "main:x", "HEAD", "@", "remotes/x/main"):
            self.assertFalse(is_brought_by([], Stamp(branch, "app")), branch)
        for branch in ("main", "head", "heads", "user@host", "refs/heads/main", "refs/tags/v1"):
            self.assertTrue(is_brought_by([], Stamp(branch, "app")), branch)

    def test_what_is_tagged_is_not_on_the_branch_of_that_name(self) -> None:
        tagged = Stamp("main", "app", revision="a1", category="tag")
        pushed = Stamp("main", "app", revision="a1")
        self.assertTrue(is_brought_by(tagged.changes, tagged))
        self.assertFalse(is_brought_by(tagged.changes, pushed))
        self.assertFalse(is_brought_by(pushed.changes, tagged))
