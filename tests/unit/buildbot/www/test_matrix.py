"""The matrix of secrets and builders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import BriefUse
from buildbot_keychain.buildbot.www import _matrix as module
from buildbot_keychain.buildbot.www._matrix import BuilderFacts, Sources, matrix_of
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._used import Used
from buildbot_keychain.policy import Allow, Deny, Foresight, Outcome, Policy, Question, foresee
from buildbot_keychain.web.host_builders import ONLY, Cell, Matrix, WantedCells
from buildbot_keychain.web.host_secrets import Listed

ALLOWED, DENIED = Outcome.ALLOWED, Outcome.DENIED
BUILDERS = [
    BuilderFacts("release", "shop", ("prod",), ("w1", "w2")),
    BuilderFacts("debug", None, (), ("w2",)),
]
LISTS = {"files": NameList(("app", "team/key")), "vault": NameList(("app",), "it is slow")}


def wanted(**more: Any) -> WantedCells:
    return WantedCells(**{"sees": lambda _secret: True, **more})


class MatrixTests(SynchronousTestCase):
    def matrix(self, *rules: Any, used: Used | None = None, **more: Any) -> Matrix:
        policy = Policy(rules) if rules else None
        sources = Sources(BUILDERS, LISTS, {"files"}, policy, {}, used or Used())
        return matrix_of(sources, wanted(**more))

    def test_without_a_policy(self) -> None:
        free = Cell(ALLOWED)
        expected = Matrix(
            ("debug", "release"),
            tuple(
                (secret, (free, free))
                for secret in (
                    Listed("files", "app"),
                    Listed("files", "team/key"),
                    Listed("vault", "app", is_canonical=False),
                )
            ),
            problems={"vault": "it is slow"},
        )
        self.assertEqual(self.matrix(), expected)

    def test_what_the_configuration_decides(self) -> None:
        by_tag = Allow("files!*", tags=["prod"])
        by_worker = Allow("vault!app", workers=["w1"], branches=["main"])
        outside = Deny("*", outside=True)
        found = dict(self.matrix(by_tag, by_worker, outside).rows)
        app, _, vault = sorted(found, key=lambda secret: secret.name)
        self.assertEqual(found[app], (Cell(DENIED), Cell(ALLOWED, by_tag)))
        depends = Cell(ALLOWED, by_worker, ("workers", "branches"))
        self.assertEqual(found[vault], (Cell(DENIED), depends))

    def test_what_only_an_exact_rule_gives(self) -> None:
        """As where a provider knows no canonical names."""
        (files, _), (vault, _) = (
            row for secret, row in self.matrix(Allow("a*")).rows if secret.path == "app"
        )
        self.assertEqual((files.outcome, vault.outcome), (ALLOWED, DENIED))

    def test_who_had_what(self) -> None:
        used = Used()
        for name, builder, was_given, at in (
            ("app", "debug", True, 5),
            ("files!app|user", "debug", False, 7),
            ("files!app@3", "debug", True, 6),
            ("vault!app", "release", True, 9),
            ("app", None, True, 9),
        ):
            used.add([BriefUse("x", name, builder, was_given, at)])
        found = {
            (secret.name, builder): (cell.given, cell.refused)
            for secret, row in self.matrix(used=used).rows
            for builder, cell in zip(("debug", "release"), row, strict=True)
        }
        never = (None, None)
        self.assertEqual(found["files!app", "debug"], (6, 7))
        self.assertEqual(found["files!app", "release"], never)
        self.assertEqual(found["vault!app", "debug"], (5, None))
        self.assertEqual(found["vault!app", "release"], (9, None))
        self.assertEqual(found["files!team/key", "debug"], never)

    def test_a_search_ends(self) -> None:
        self.patch(module, "MOST_SEARCHED", 2)
        found = self.matrix(Deny("*"), only="allowed")
        self.assertEqual((found.rows, found.after), ((), "files!team/key"))
        found = self.matrix(Deny("*"), only="allowed", after="files!team/key")
        self.assertEqual((found.rows, found.after), ((), None))

    @given(
        st.sets(st.sampled_from(["files!app", "files!team/key", "vault!app"])),
        st.integers(1, 3),
        st.integers(1, 3),
        st.sampled_from(["", "allowed", "denied"]),
        st.sampled_from(["", "files!b"]),
    )
    def test_hidden_secrets_are_as_if_they_were_not(
        self, hidden: set[str], limit: int, searched: int, only: str, after: str
    ) -> None:
        rest = {
            provider: replace(
                each, names=tuple(n for n in each.names if f"{provider}!{n}" not in hidden)
            )
            for provider, each in LISTS.items()
        }
        policy = Policy([Allow("team/*", builders=["release"]), Allow("vault!app")])
        more = {"limit": limit, "only": only, "after": after}
        with patch.object(module, "MOST_SEARCHED", searched):
            expected = matrix_of(Sources(BUILDERS, rest, {"files"}, policy), wanted(**more))
            found = matrix_of(
                Sources(BUILDERS, LISTS, {"files"}, policy),
                wanted(sees=lambda secret: secret.name not in hidden, **more),
            )
        self.assertEqual(found, expected)

    def test_it_is_decided_once_for_equal_rules(self) -> None:
        lists = {"files": NameList(tuple(f"a/{number:04}" for number in range(1000)))}
        calls: list[Any] = []

        def counted(_self: Any, rules: Any) -> Any:
            calls.append(rules)
            return (DENIED, None, ())

        self.patch(Foresight, "of", counted)
        sources = Sources(BUILDERS, lists, {"files"}, Policy([Allow("a/*"), Allow("b")]))
        self.assertEqual(len(matrix_of(sources, wanted(only="allowed")).rows), 0)
        self.assertEqual(len(calls), len(BUILDERS))

    def test_few_sets_of_rules_are_remembered(self) -> None:
        self.patch(module, "_REMEMBERED", 2)
        lists = {"files": NameList(tuple(f"{number:03}" for number in range(9)))}
        rules = [Allow(f"{number:03}", builders=["debug"]) for number in range(9)]
        found = matrix_of(Sources(BUILDERS, lists, {"files"}, Policy(rules)), wanted())
        expected = [(Cell(ALLOWED, rule), Cell(DENIED)) for rule in rules]
        self.assertEqual([row for _, row in found.rows], expected)

    @given(
        st.integers(1, 4),
        st.integers(1, 3),
        st.sampled_from(["", *ONLY]),
        st.sampled_from(["", "app", "e"]),
    )
    def test_its_parts_are_the_whole(
        self, limit: int, columns: int, only: str, needle: str
    ) -> None:
        rules = (Allow("team/*", builders=["release"]), Allow("vault!app", builders=["debug"]))
        whole = self.cells(self.matrix(*rules, secret=needle), only)
        found: dict[Any, Cell] = {}
        begin: str | None = ""
        while begin is not None:
            after: str | None = ""
            while after is not None:
                part = self.matrix(
                    *rules,
                    secret=needle,
                    only=only,
                    limit=limit,
                    columns=columns,
                    after=after,
                    begin=begin,
                )
                cells = self.cells(part, only)
                self.assertTrue(cells.keys().isdisjoint(found))
                found |= cells
                after = part.after
            begin = part.begin
        self.assertEqual(found, whole)
        for (secret, builder), cell in found.items():
            facts = next(each for each in BUILDERS if each.name == builder)
            question = Question(
                secret.provider, secret.path, facts.prospect.requester, secret.is_canonical
            )
            self.assertEqual(Cell(*foresee(Policy(rules), question, facts.prospect)), cell)

    def cells(self, matrix: Matrix, only: str) -> dict[Any, Cell]:
        return {
            (secret, builder): cell
            for secret, row in matrix.rows
            for builder, cell in zip(matrix.builders, row, strict=True)
            if cell.is_one_of(only)
        }
