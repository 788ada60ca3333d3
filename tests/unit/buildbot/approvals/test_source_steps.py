from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process.properties import Properties
from buildbot.steps.source.gerrit import Gerrit
from buildbot.steps.source.git import Git
from buildbot.steps.source.github import GitHub
from buildbot.steps.source.gitlab import GitLab
from buildbot.steps.source.mercurial import Mercurial
from buildbot.steps.source.repo import Repo
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.approvals._source_steps import why_not_pinned

REPOSITORY = "https://git.example.org/app"


class SourceStepsTests(SynchronousTestCase):
    """A build of the branch ``main`` of the codebase ``app``."""

    def setUp(self) -> None:
        self.properties = Properties()
        self.branch: str | None = "main"

    def reason(self, *pending: Any, executed: Any = ()) -> str:
        def stamp_of(codebase: str) -> Any:
            return SimpleNamespace(branch=self.branch) if codebase == "app" else None

        build = SimpleNamespace(
            executedSteps=executed,
            steps=pending,
            getProperties=lambda: self.properties,
            getAllSourceStamps=list,
            getSourceStamp=stamp_of,
        )
        return why_not_pinned(build)

    def step(self, kind: Any, **arguments: Any) -> Any:
        return kind(repourl=REPOSITORY, codebase="app", **arguments)

    def test_those_that_build_the_revision(self) -> None:
        shell = steps.ShellCommand(command=["make"])
        self.assertEqual(self.reason(shell), "")
        self.assertEqual(self.reason(*map(self.step, (Git, GitLab, GitHub, Mercurial)), shell), "")
        self.assertEqual(self.reason(self.step(Git, submodules=True)), "")

    def test_those_that_do_not(self) -> None:
        latest = util.Property("x")
        repo = Repo(manifestURL=REPOSITORY)
        for step, reason in (
            (self.step(Git, alwaysUseLatest=True), "alwaysUseLatest is set"),
            (self.step(Mercurial, alwaysUseLatest=latest), "alwaysUseLatest is set"),
            (repo, "manifests name what is built"),
            (self.step(Git, submodules=True, remoteSubmodules=True), "the newest submodules"),
        ):
            good = self.step(Git)
            for found in (self.reason(good, step), self.reason(good, executed=[good, step])):
                self.assertIn(f"its step {type(step).__name__} does not build the", found)
                self.assertIn(reason, found)

    def test_what_properties_name(self) -> None:
        self.properties.setProperty("target_branch", "main", "test")
        self.assertIn("of a merge request", self.reason(self.step(GitLab)))
        self.assertEqual(self.reason(*map(self.step, (Git, Gerrit))), "")
        self.properties.setProperty("gerrit_change", "4711/2", "test")
        self.assertIn("what properties name", self.reason(self.step(Gerrit)))

    def test_a_merged_branch_of_github(self) -> None:
        """The branch is that of the codebase or, where there is none, of the step."""
        merged = "refs/pull/5/merge"
        self.assertEqual(self.reason(self.step(GitHub, branch=merged)), "")
        self.branch = None
        self.assertIn("of a branch .../merge", self.reason(self.step(GitHub, branch=merged)))
        self.branch = merged
        self.assertIn("of a branch .../merge", self.reason(self.step(GitHub)))
        self.assertEqual(self.reason(self.step(Git)), "")
        self.assertEqual(self.reason(GitHub(repourl=REPOSITORY, codebase="other")), "")
