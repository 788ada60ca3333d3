"""A build, or a part of the master, as a requester."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._requesters import requester_named, requester_of
from buildbot_keychain.details import Requester, SourceStamp
from tests.support.builds import FakeBuild, Stamp

REPOSITORY = "https://git.example.org/app"


class BuildTests(SynchronousTestCase):
    """`requester_of`."""

    def setUp(self) -> None:
        self.build = FakeBuild()

    def stamps(self, *stamps: Stamp) -> tuple[SourceStamp, ...]:
        self.build.stamps = stamps
        return requester_of(self.build).source_stamps

    def test_a_build(self) -> None:
        self.assertEqual(
            requester_of(self.build),
            Requester(
                "build",
                builder="linux",
                build=3,
                branch="main",
                project="app",
                worker="worker",
                scope="build/17",
                builder_project="site",
                builder_tags=("release",),
                source_stamps=(SourceStamp(branch="main", project="app"),),
                outside=False,
            ),
        )

    def test_it_is_the_same_while_the_build_is(self) -> None:
        found = [requester_of(self.build), requester_of(self.build)]
        self.assertIs(found[0], found[1])
        config = SimpleNamespace(tags=["other"])
        for owner, name, value in (
            (self.build, "buildid", 18),
            (self.build, "number", 4),
            (self.build, "workername", "other"),
            (self.build, "stamps", (Stamp("feature", "app"),)),
            (self.build, "stamps", ()),
            (self.build.builder, "name", "other"),
            (self.build.builder, "project_name", "other"),
            (self.build.builder, "config", config),
        ):
            self.patch(owner, name, value)
            found.append(requester_of(self.build))
        self.assertEqual(len(set(found)), 9)

    def test_a_build_that_has_not_begun(self) -> None:
        self.build.buildid = None
        self.assertIsNone(requester_of(self.build).scope)

    def test_a_builder_without_a_configuration(self) -> None:
        self.patch(self.build.builder, "config", None)
        self.patch(self.build.builder, "project_name", "")
        requester = requester_of(self.build)
        self.assertEqual((requester.builder_project, requester.builder_tags), (None, ()))

    def test_source_stamps_must_agree(self) -> None:
        for stamps, branch, project in (
            ((Stamp("main", "app"), Stamp("dev", "app")), None, "app"),
            ((Stamp("main", "app"), Stamp("main", "lib")), "main", None),
            ((Stamp(None, ""),), None, None),
            ((), None, None),
        ):
            self.build.stamps = stamps
            requester = requester_of(self.build)
            self.assertEqual((requester.branch, requester.project), (branch, project))

    def test_each_source_stamp(self) -> None:
        found = self.stamps(
            Stamp("main", "app", REPOSITORY, "app"), Stamp(None, "", "", "lib", patch=(1, "", ""))
        )
        self.assertEqual(
            found,
            (
                SourceStamp("app", REPOSITORY, "main", None, "app"),
                SourceStamp("lib", patched=True),
            ),
        )

    def test_what_comes_from_outside(self) -> None:
        inside, outside = Stamp("main", "app"), Stamp("main", "app", category="merge_request")
        forced = Stamp("main", "app")
        forced.changes = []
        for stamps, mark in (
            ((inside,), False),
            ((inside, outside), True),
            ((forced, outside), True),
            ((inside, forced), None),
            ((), None),
        ):
            self.build.stamps = stamps
            self.assertIs(requester_of(self.build).outside, mark)

    def test_a_chosen_revision(self) -> None:
        chosen = Stamp("main", "app", revision="a1")
        chosen.changes = []
        found = self.stamps(chosen, Stamp("main", "app", revision="a1"))
        self.assertEqual([stamp.revision_chosen for stamp in found], [True, False])

    def test_a_branch_as_git_keeps_it(self) -> None:
        for branch, name in (("refs/heads/main", "main"), ("heads/main", "heads/main")):
            (stamp,) = self.stamps(Stamp(branch, "app"))
            self.assertEqual(stamp.branch, name)

    def test_a_tag_is_not_a_branch(self) -> None:
        """As GitHub's hook says it, as GitLab's does, and as pollers do."""
        for branch, category in (("v1", "tag"), ("v1", "tag_push"), ("refs/tags/v1", None)):
            (stamp,) = self.stamps(Stamp(branch, "app", category=category))
            self.assertEqual((stamp.branch, stamp.tag_name), (None, "v1"))
        (stamp,) = self.stamps(Stamp("v1", "app", category="push"))
        self.assertEqual((stamp.branch, stamp.tag_name), ("v1", None))
        other = Stamp("main", "app")
        other.changes = Stamp("v1", "app", category="tag").changes
        (stamp,) = self.stamps(other)
        self.assertEqual((stamp.branch, stamp.tag_name), ("main", None))


class PartTests(SynchronousTestCase):
    """`requester_named`."""

    def test_its_name_and_class(self) -> None:
        requester = requester_named("service", "github", Stamp("", ""))
        self.assertEqual(requester, Requester("service", service="github", service_class=CLASS))


CLASS = "tests.support.builds.Stamp"
