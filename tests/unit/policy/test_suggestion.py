"""The rules that allow what was used."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import (
    Allow,
    Farm,
    Policy,
    Question,
    Suggestion,
    parse_rules,
    rule_problems,
    suggest,
    toml_of,
)
from tests.support.policies import PATHS, PROVIDERS, REQUESTERS

HOST = "https://git.example.org"


def build(builder: str, branch: str = "main", repository: str = f"{HOST}/app") -> Requester:
    stamp = SourceStamp(repository=repository, branch=branch)
    return Requester(
        "build", builder=builder, source_stamps=(stamp,), outside=False, scheduler="push"
    )


def asked(path: str, *requesters: Requester) -> list[tuple[Question, int]]:
    return [(Question("files", path, requester), 1) for requester in requesters]


def farm(*builders: str, names: tuple[str, ...] = ()) -> Farm:
    return Farm(builders, {"files": names})


class SuggestTests(SynchronousTestCase):
    """`suggest`."""

    def rules(self, suggestion: Suggestion) -> list[str]:
        return [repr(each.rule) for each in suggestion.rules]

    def test_what_builds_use(self) -> None:
        found = suggest(
            [
                *asked("deploy/key", build("release-1"), build("release-2", "stable")),
                *asked("deploy/user", build("release-1", "stable"), build("release-2")),
                *asked("ci", build("release-1"), build("release-2"), build("debug", "wip")),
            ],
            farm("release-1", "release-2", "debug"),
        )
        conditions = f"repositories=['{HOST}/app'], branches=["
        self.assertEqual(
            self.rules(found),
            [
                f"Allow('ci', builders=['*'], {conditions}'main', 'wip'])",
                f"Allow('deploy/*', builders=['release-*'], {conditions}'main', 'stable'])",
            ],
        )
        self.assertEqual([each.uses for each in found.rules], [3, 4])

    def test_a_pattern_has_no_more_than_was_used(self) -> None:
        observed = [
            *asked("d/a", build("r-1"), build("r-2")),
            *asked("d/b", build("r-1"), build("r-2")),
        ]
        for names, builders, expected in (
            ((), ("r-1", "r-2", "x"), "Allow('d/*', builders=['r-*']"),
            (("d/c",), ("r-1", "r-2", "r-3"), "Allow(['d/a', 'd/b'], builders=['r-1', 'r-2']"),
        ):
            (rule,) = self.rules(suggest(observed, farm(*builders, names=names)))
            self.assertTrue(rule.startswith(expected), rule)

    def test_many_repositories_and_branches(self) -> None:
        many = [build("a", f"wip-{number}") for number in range(20)]
        found = suggest(asked("x", *many), farm("a", "b"))
        self.assertEqual(
            self.rules(found), [f"Allow('x', builders=['a'], repositories=['{HOST}/app'])"]
        )
        self.assertEqual(found.rules[0].remarks, ("of 20 branches, so of any",))
        many = [build("a", repository=f"{HOST}/{number}") for number in range(20)]
        found = suggest(asked("x", *many), farm("a", "b"))
        self.assertEqual(self.rules(found), ["Allow('x', builders=['a'])"])
        self.assertEqual(found.rules[0].remarks, ("from 20 repositories, so from any",))

    def test_builds_without_changes(self) -> None:
        nightly = replace(build("a"), outside=None, scheduler="nightly", source_stamps=())
        forced = replace(nightly, forced=True, scheduler="force")
        unknown = replace(nightly, scheduler=None)
        found = suggest(asked("x", nightly, forced, unknown), farm("a", "b"))
        expected = ["Allow('x', builders=['a'], forced=True)"]
        expected += ["Allow('x', builders=['a'], schedulers=['nightly'])"]
        self.assertEqual(sorted(self.rules(found)), sorted(expected))
        (text,) = found.unanswered
        self.assertEqual(
            text, "1 times: 'x', by the builder 'a': nobody knows where its code is from"
        )

    def test_tags_and_chosen_revisions(self) -> None:
        tagged = SourceStamp(repository=f"{HOST}/app", tag_name="v1")
        chosen = SourceStamp(repository=f"{HOST}/app", branch="main", revision_chosen=True)
        release = replace(build("a"), source_stamps=(tagged,))
        found = suggest(asked("x", release), farm("a", "b"))
        tags = f"Allow('x', builders=['a'], repositories=['{HOST}/app'], tag_names=['v1'])"
        self.assertEqual(self.rules(found), [tags])
        again = replace(build("a"), source_stamps=(chosen,))
        found = suggest(asked("x", release, again), farm("a", "b"))
        self.assertEqual(self.rules(found), [tags.replace(", tag_names=['v1']", "")])

    def test_a_revision_of_unknown_origin_is_a_question(self) -> None:
        """A change source of somebody else has brought it, and its scheduler built it."""
        stamp = SourceStamp(repository=f"{HOST}/app", branch="main", revision_chosen=True)
        unknown = replace(build("a"), outside=None, scheduler="commits", source_stamps=(stamp,))
        found = suggest(asked("x", unknown), farm("a", "b"))
        self.assertEqual(found.rules, ())
        self.assertEqual(len(found.questions), 1)
        forced = replace(unknown, forced=True)
        self.assertEqual(suggest(asked("x", forced), farm("a", "b")).questions, ())

    def test_from_outside_is_a_question(self) -> None:
        outside = replace(build("a"), outside=True)
        patched = replace(
            build("a"), source_stamps=(SourceStamp(repository=f"{HOST}/app", patched=True),)
        )
        found = suggest(asked("x", outside, patched), farm("a", "b"))
        self.assertEqual(found.rules, ())
        (question,) = found.questions
        self.assertEqual(repr(question.rule), "Allow('x', builders=['a'], outside=True)")
        self.assertEqual(parse_rules(toml_of(found), "policy.toml"), [])

    def test_the_master_itself(self) -> None:
        hook, reporter = (Requester("service", service=name) for name in ("hook/github", "mail"))
        provider = Requester("provider", service="vault")
        found = suggest(
            [
                *asked("hook", hook),
                *asked("smtp/user", reporter),
                *asked("smtp/password", reporter),
                *asked("token", provider),
                *asked("token", Requester("unknown")),
            ],
            farm("a"),
        )
        self.assertEqual(
            self.rules(found),
            [
                "Allow('hook', services=['hook/github'])",
                "Allow('smtp/*', services=['mail'])",
                "Allow('token', services=['provider/vault'])",
            ],
        )
        self.assertEqual(found.unanswered, ("1 times: 'token', asked for by nobody who is known",))
        many = [
            each
            for number in range(20)
            for each in asked(f"worker/{number}", Requester("service", service=f"worker-{number}"))
        ]
        self.assertEqual(
            self.rules(suggest(many, farm("a"))), ["Allow('worker/*', services=['*'])"]
        )

    def test_several_providers(self) -> None:
        both = [(Question(name, "x", build("a")), 1) for name in ("files", "vault")]
        configured = Farm(["a", "b"], {"files": (), "vault": ()})
        (rule,) = self.rules(suggest(both, configured))
        self.assertIn("Allow('x', ", rule)
        (rule,) = self.rules(suggest(both[1:], configured))
        self.assertIn("Allow('vault!x', ", rule)

    def test_names_that_are_not_canonical(self) -> None:
        observed = [
            (Question("files", path, build("a"), canonical=False), 1)
            for path in ("d/a", "d/b", "é")
        ]
        found = suggest(observed, farm("a", "b"))
        self.assertIn("Allow(['d/a', 'd/b'], ", self.rules(found)[0])
        self.assertIn("must be in ASCII", found.unanswered[0])

    def test_a_builder_that_is_gone(self) -> None:
        found = suggest(asked("x", build("old")), farm("a"))
        self.assertEqual(
            (found.rules, found.unanswered),
            ((), ("1 times: 'x', by the builder 'old', which is gone",)),
        )

    @settings(max_examples=300)
    @given(
        st.lists(
            st.tuples(st.sampled_from(PROVIDERS), st.sampled_from(PATHS), REQUESTERS), max_size=8
        ),
        st.randoms(),
    )
    def test_any_use_is_allowed_or_said(
        self, uses: list[tuple[str, str, Requester]], shuffled: random.Random
    ) -> None:
        observed = [(Question(*use), 1) for use in uses]
        configured = Farm(["a", "ab"], dict.fromkeys(PROVIDERS, ()))
        found = suggest(observed, configured)
        policy = Policy([each.rule for each in found.rules])
        asking = Policy([each.rule for each in found.questions])
        denied = [q for q, _ in observed if not policy.decide(*q[:3]).is_allowed]
        left = [q for q in denied if not asking.decide(*q[:3]).is_allowed]
        self.assertEqual(bool(left) and not found.unanswered, False)
        for question, _ in observed:
            build = question.requester
            if build.outside or any(stamp.patched for stamp in build.source_stamps):
                self.assertIn(question, denied)
        self.assertEqual(list(rule_problems([each.rule for each in found.rules])), [])
        self.assertEqual(parse_rules(toml_of(found), "x"), [each.rule for each in found.rules])
        shuffled.shuffle(observed)
        self.assertEqual(toml_of(suggest(observed, configured)), toml_of(found))


TEAMS, BUILDERS = 50, 10


class FarmTests(SynchronousTestCase):
    """A farm of 500 builders, in which it is planted who uses what."""

    def setUp(self) -> None:
        random_ = random.Random(13)
        kinds = ("release", "test")
        self.builders = [
            f"team{team}-{kinds[number % 2]}-{number}"
            for team in range(TEAMS)
            for number in range(BUILDERS)
        ]
        self.observed: list[tuple[Question, int]] = []
        for name in self.builders:
            team, kind, number = name.split("-")
            repository = f"{HOST}/{team}/app"
            for branch in ("main", f"wip-{random_.randrange(1000)}"):
                each = build(name, branch, repository)
                self.use(("ci/npm", "ci/cache"), each)
            if kind == "release":
                branch = "main" if int(number) % 4 else "stable"
                for each in (build(name, branch, repository), build(name, "main", repository)):
                    self.use((f"{team}/deploy/key", f"{team}/deploy/user"), each)
            if kind == "test":
                self.use(("ci/npm",), replace(build(name), outside=True))
        night = replace(build(self.builders[0]), outside=None, scheduler="nightly")
        self.use(("signing/key",), night)
        for service, secret in (("hook/github", "hook"), ("mail", "smtp")):
            self.use((secret,), Requester("service", service=service))

    def use(self, paths: tuple[str, ...], requester: Requester) -> None:
        self.observed += [(Question("files", path, requester), 1) for path in paths]

    def test_nothing_that_was_used_is_denied(self) -> None:
        found = suggest(self.observed, Farm(self.builders, {"files": ()}))
        text = toml_of(found)
        policy = Policy(parse_rules(text, "policy.toml"))
        for question, _ in self.observed:
            decision = policy.decide(*question[:3])
            self.assertEqual(decision.is_allowed, question.requester.outside is not True, question)
        # The secrets of each team, those of all, the signing key and two services.
        self.assertLessEqual(len(policy.rules), TEAMS + 4)
        self.assertEqual(len(found.questions), 1)
        self.assertLess(len(text.splitlines()), 8 * (TEAMS + 8))
        self.assertIn(Allow("ci/*", builders=["*"]), policy.rules)
        (of_team,) = [rule for rule in policy.rules if "team7/deploy/" in repr(rule)]
        self.assertEqual(
            repr(of_team),
            "Allow('team7/deploy/*', builders=['team7-release-*'], "
            f"repositories=['{HOST}/team7/app'], branches=['main', 'stable'])",
        )
