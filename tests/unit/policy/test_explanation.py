from __future__ import annotations

from dataclasses import replace
from unittest import TestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Allow, Deny, Policy, Question, described, explain

MAIN = SourceStamp(repository="r", branch="main")
BUILD = Requester("build", builder="release-1", source_stamps=(MAIN,), outside=False, forced=False)


class ExplanationTests(TestCase):
    def test_it_names_what_fails(self) -> None:
        policy = Policy(
            [
                Allow(
                    "deploy/*",
                    builders=["release-*"],
                    repositories=["r"],
                    branches=["main"],
                    location="master.cfg:1",
                ),
                Allow("deploy/*", builders=["debug"], location="master.cfg:2"),
                Allow("other", location="master.cfg:3"),
                Deny("*", outside=True, location="master.cfg:4"),
            ]
        )
        stamps = (replace(MAIN, revision_chosen=True),)
        build = replace(BUILD, builder="debugger", source_stamps=stamps)
        chosen = (
            "branches: the branch is not known: whoever asked for the build chose the revision; "
            "it must be 'main'"
        )
        explanation = explain(policy, Question("files", "deploy/x", build))
        self.assertEqual(explanation.matching, ())
        self.assertEqual(
            {rule.location: reasons for rule, reasons in explanation.failing},
            {
                "master.cfg:1": (
                    "builders: the builder is 'debugger', and must be 'release-*'",
                    chosen,
                ),
                "master.cfg:2": ("builders: the builder is 'debugger', and must be 'debug'",),
                "master.cfg:4": ("outside: the code does not come from outside",),
            },
        )
        places = [rule.location for rule, _ in explanation.failing]
        self.assertEqual(places, ["master.cfg:2", "master.cfg:1", "master.cfg:4"])

    def reasons(self, rule: Allow | Deny, requester: Requester) -> tuple[str, ...]:
        ((_, reasons),) = explain(Policy([rule]), Question("files", "x", requester)).failing
        return reasons

    def test_each_reason_is_a_sentence(self) -> None:
        outside = replace(BUILD, outside=True)
        nightly = replace(BUILD, outside=None)
        patched = replace(BUILD, source_stamps=(replace(MAIN, patched=True),))
        for rule, requester, expected in (
            (Allow("x"), outside, "outside: the code comes from outside, and"),
            (Allow("x"), nightly, "outside: no change says where the code comes from;"),
            (Allow("x"), patched, "outside: the code is patched, and"),
            (Allow("x", forced=True), BUILD, "forced: the build was not forced by a person"),
            (
                Allow("x", forced=True),
                replace(BUILD, forced=None),
                "forced: the build is not known to have been forced",
            ),
            (Allow("x", owners=["a"]), BUILD, "owners: the owner is not known; it must be 'a'"),
            (Allow("x", tags=["a"]), BUILD, "tags: a tag of the builder does not exist"),
            (Allow("x", builders=["a"]), Requester("service"), "builders: a service has no such"),
            (Allow("x", services=["a"]), BUILD, "services: a build has no such fact"),
            (Allow("x"), Requester("unknown"), "the rule does not name who asks (unknown)"),
            (Allow("x"), Requester("person"), "the rule does not name who asks (person)"),
            (
                Allow("x", services=["provider/a"]),
                Requester("provider", service="b"),
                "services: the part of the master is 'b', and must be 'provider/a'",
            ),
        ):
            self.assertIn(expected, self.reasons(rule, requester)[0])

    def test_a_summary_has_the_rule_and_its_place(self) -> None:
        allow = Allow("x", location="master.cfg:1")
        deny = Deny("x", builders=["release-*"], location="master.cfg:2")
        for rules, expected in (
            ([allow], "allowed by Allow('x') (master.cfg:1)"),
            ([allow, deny], "denied by Deny('x', builders=['release-*']) (master.cfg:2)"),
            ([], "denied: no rule allows it to anybody"),
            ([Deny("x", outside=True)], "denied: no rule allows it to anybody"),
        ):
            self.assertEqual(explain(Policy(rules), Question("f", "x", BUILD)).summary(), expected)

    def test_a_password_in_an_address_is_not_shown(self) -> None:
        policy = Policy([Allow("x", repositories=["other"], location="master.cfg:1")])
        for address, shown in (
            ("https://bot:pass@word@example.org/app", "https://...@example.org/app"),
            ("https://token@example.org/a@b", "https://...@example.org/a@b"),
            ("ssh://git:password@example.org/app", "ssh://...@example.org/app"),
            ("ssh://git@example.org/app", "ssh://git@example.org/app"),
            ("git@example.org:app", "git@example.org:app"),
            ("https://example.org/@scope/app", "https://example.org/@scope/app"),
        ):
            build = replace(BUILD, source_stamps=(replace(MAIN, repository=address),))
            summary = explain(policy, Question("files", "x", build)).summary()
            self.assertIn(f"repositories: the repository is {shown!r}, and must be", summary)

    def test_who_asks_is_described(self) -> None:
        for requester, expected in (
            (BUILD, "the builder 'release-1'"),
            (Requester("service", service="a"), "the service 'a'"),
            (Requester("provider", service="a"), "the provider 'a'"),
            (Requester("person", owner="alice"), "the user 'alice'"),
            (Requester("unknown"), "whoever asks, who is not known,"),
        ):
            self.assertEqual(described(requester), expected)
