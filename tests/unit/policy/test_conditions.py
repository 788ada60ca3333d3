from __future__ import annotations

from typing import Any
from unittest import TestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Allow, Rule


class FactTests(TestCase):
    """What is known of a condition: met, not met, or nobody knows."""

    def met(self, name: str, subject: Any, *patterns: str) -> bool | None:
        said: dict[str, Any] = {name: list(patterns or ("a",))}
        rule: Rule = Allow("x", **said)
        (check,) = rule.checks
        return check(subject)

    def test_texts_of_the_requester(self) -> None:
        for name, fact in (
            ("builders", "builder"),
            ("workers", "worker"),
            ("schedulers", "scheduler"),
            ("owners", "owner"),
        ):
            values: Any = ({fact: "a"}, {fact: "b"}, {})
            found = [self.met(name, Requester("build", **given)) for given in values]
            self.assertEqual(found, [True, False, None], name)

    def test_a_builder_may_have_no_project_and_many_tags(self) -> None:
        requester = Requester("build", builder="b")
        self.assertIs(self.met("projects", requester), False)
        self.assertIs(self.met("tags", requester), False)
        tagged = Requester("build", builder="b", builder_tags=("x", "a"), builder_project="a")
        self.assertIs(self.met("projects", tagged), True)
        self.assertIs(self.met("tags", tagged), True)

    def test_texts_of_a_source_stamp(self) -> None:
        for name, fact in (
            ("repositories", "repository"),
            ("branches", "branch"),
            ("tag_names", "tag_name"),
            ("source_projects", "project"),
        ):
            values: Any = ({fact: "a"}, {fact: "b"}, {})
            found = [self.met(name, SourceStamp(**given)) for given in values]
            self.assertEqual(found, [True, False, None], name)

    def test_a_tag_is_not_a_branch(self) -> None:
        self.assertIs(self.met("branches", SourceStamp(tag_name="a")), False)
        self.assertIs(self.met("tag_names", SourceStamp(branch="a")), False)

    def test_whoever_chooses_the_revision_chooses_the_code(self) -> None:
        for name, fact in (("branches", "branch"), ("tag_names", "tag_name")):
            given: Any = {fact: "a", "revision_chosen": True}
            self.assertIsNone(self.met(name, SourceStamp(**given)))

    def test_parts_of_the_master_are_told_apart(self) -> None:
        service, provider = Requester("service", service="a"), Requester("provider", service="a")
        unknown, unnamed = Requester("unknown"), Requester("service")
        for pattern, expected in (
            ("a", (True, False, False, None)),
            ("*", (True, False, False, None)),
            ("provider/a", (False, True, False, None)),
            ("provider/*", (False, True, False, None)),
            ("unknown", (False, False, True, None)),
        ):
            found = [
                self.met("services", r, pattern) for r in (service, provider, unknown, unnamed)
            ]
            self.assertEqual(tuple(found), expected, pattern)
