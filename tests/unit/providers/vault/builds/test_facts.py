"""What is vouched for about a requester."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.providers.vault.builds._facts import (
    known_fact,
    known_facts,
    why_not_of_branch,
)

APP, LIB = "https://git.example.org/app", "https://git.example.org/lib"


def build(*stamps: SourceStamp, branch: str | None = "main") -> Requester:
    return Requester(
        "build", builder="linux", build=3, branch=branch, project="", source_stamps=stamps
    )


class FactsTests(SynchronousTestCase):
    """`known_facts`."""

    def test_what_is_known(self) -> None:
        self.assertEqual(
            known_facts(build(SourceStamp(repository=APP, branch="main"))),
            {"builder": "linux", "build": 3, "branch": "main", "repository": APP, "patched": False},
        )
        self.assertEqual(known_facts(Requester("service", service="x")), {})
        self.assertEqual(known_facts(None), {})

    def test_a_patched_build_is_not_of_its_branch(self) -> None:
        """As `buildbot try` makes them: anybody's code, with the branch of the master's."""
        stamps = (
            SourceStamp("app", APP, "main"),
            SourceStamp("lib", APP, "main", patched=True),
        )
        facts = known_facts(build(*stamps))
        self.assertNotIn("branch", facts)
        self.assertIs(facts["patched"], True)
        self.assertEqual(facts["repository"], APP)

    def test_a_tag_is_not_a_branch(self) -> None:
        self.assertNotIn("branch", known_facts(build(SourceStamp(tag_name="main"))))

    def test_a_change_from_outside_is_not_of_its_branch(self) -> None:
        """As GitLab's hook tells merge requests: with the branch and repository of the target."""
        requester = replace(build(SourceStamp(repository=APP, branch="main")), outside=True)
        facts = known_facts(requester)
        self.assertNotIn("branch", facts)
        self.assertIs(facts["outside"], True)
        self.assertIs(known_facts(replace(requester, outside=False))["branch"], "main")
        self.assertNotIn("outside", known_facts(replace(requester, outside=None)))

    def test_the_scheduler(self) -> None:
        requester = build(SourceStamp(repository=APP, branch="main"))
        self.assertNotIn("scheduler", known_facts(requester))
        self.assertEqual(known_facts(replace(requester, scheduler="n"))["scheduler"], "n")

    def test_a_chosen_revision_is_not_of_its_branch(self) -> None:
        stamp = SourceStamp(repository=APP, branch="main", revision_chosen=True)
        self.assertNotIn("branch", known_facts(build(stamp)))
        self.assertIn("chosen revision", why_not_of_branch(build(stamp)))

    def test_repositories_must_agree(self) -> None:
        stamps = (SourceStamp("app", APP, "main"), SourceStamp("lib", LIB, "main"))
        self.assertIsNone(known_fact(build(*stamps), "repository"))
        self.assertIsNone(known_fact(build(), "repository"))

    def test_others(self) -> None:
        self.assertEqual(known_fact(Requester("build", worker="w"), "worker"), "w")
        self.assertIsNone(known_fact(None, "worker"))
