from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.plugins import util
from buildbot.steps.source.gerrit import Gerrit
from buildbot.steps.source.git import Git
from buildbot.steps.source.gitlab import GitLab
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import codebases_of_properties
from tests.support.builds import FakeBuild, Stamp

REVIEW = "refs/changes/41/4741/5"


class Gitea(Git):
    """As the class of the plug-in, which is not installed."""

    __module__ = "buildbot_gitea.step_source"


class OwnGitea(Gitea):
    """Of somebody who has derived it."""


class PropertySourcesTests(SynchronousTestCase):
    def found(
        self, *kinds: tuple[Any, str], stamps: tuple[Stamp, ...] = (), **properties: Any
    ) -> set[str]:
        steps = [kind(repourl="https://x", codebase=codebase) for kind, codebase in kinds]
        build: Any = FakeBuild()
        build.stamps = stamps
        for name, value in properties.items():
            build.properties.setProperty(name.replace("__", "."), value, "Force Build Form")
        build.builder = SimpleNamespace(config=SimpleNamespace(factory=util.BuildFactory(steps)))
        found = codebases_of_properties(build)
        build.steps, build.executedSteps = steps, []
        self.assertEqual(codebases_of_properties(build), found)
        build.steps, build.executedSteps = [], steps
        self.assertEqual(codebases_of_properties(build), found)
        return set(found)

    def test_who_takes_what_from_properties(self) -> None:
        gerrit, gitlab, git = (Gerrit, ""), (GitLab, "app"), (Git, "lib")
        for properties, codebases in (
            ({}, set()),
            ({"branch": REVIEW, "event__type": "x"}, set()),
            ({"event__patchSet__ref": REVIEW}, {""}),
            ({"gerrit_change": "4741/5"}, {""}),
            # An empty field of a form.
            ({"gerrit_change": "", "event__patchSet__ref": ""}, set()),
            # The step asks whether it is there.
            ({"target_branch": ""}, {"app"}),
            ({"target_branch": None, "gerrit_change": "4741/5"}, {"", "app"}),
        ):
            self.assertEqual(self.found(gerrit, gitlab, git, **properties), codebases, properties)
        self.assertEqual(self.found(git, target_branch="main", gerrit_change="1/2"), set())
        for kind in (Gitea, OwnGitea):
            self.assertEqual(self.found((kind, "web"), gitlab, git, pr_id=None), {"web"})
            self.assertEqual(self.found((kind, "web"), gitlab, git, pr_number=5), set())

    def test_what_a_change_from_inside_has_brought(self) -> None:
        """Gerrit says of what was merged which review it was."""
        gerrit = (Gerrit, "")
        said: dict[str, object] = {"event.type": "change-merged", "event.patchSet.ref": REVIEW}
        merged = Stamp("main", "app", properties=dict(said))
        self.assertEqual(self.found(gerrit, stamps=(merged,), event__patchSet__ref=REVIEW), set())
        for stamp, properties in (
            (merged, {"event__patchSet__ref": "refs/changes/42/4742/1"}),
            (merged, {"event__patchSet__ref": REVIEW, "gerrit_change": "4742/1"}),
            (
                Stamp("main", "app", properties=said | {"event.type": "comment-added"}),
                {"event__patchSet__ref": REVIEW},
            ),
            (
                Stamp("main", "app", codebase="lib", properties=said),
                {"event__patchSet__ref": REVIEW},
            ),
        ):
            self.assertEqual(self.found(gerrit, stamps=(stamp,), **properties), {""}, properties)
