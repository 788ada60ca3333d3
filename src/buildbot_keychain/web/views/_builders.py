"""The matrix of secrets and builders: a page, a table for spreadsheets, and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from buildbot_keychain.policy import Rule
from buildbot_keychain.web._csv import CSV, table
from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web._templates import moment
from buildbot_keychain.web.host_builders import OF_USE, ONLY, Cell, Matrix, WantedCells
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, address, json_answer
from buildbot_keychain.web.views._seen import NOT_ALL, limit_in, limited, secrets_of, seen_by

_SECRETS, _BUILDERS = 25, 10
"""On a page."""

_MOST = 200
"""Secrets in an answer to a program, which has as many builders as a page."""

_TABLE_SECRETS, _TABLE_BUILDERS = 100, 50
"""In a table for a spreadsheet."""

_COLUMNS = ("secret", "builder", "outcome", "depends on", "rule", "location", "given", "refused")


def outcome(cell: Cell) -> str:
    """Return what is foreseen, in words."""
    if cell.denied_by_provider:
        return "denied by its provider"
    if cell.depends and not cell.is_denied:
        return f"{cell.outcome.value}, depending on the build"
    return cell.outcome.value


class BuilderViews(ViewsOfHost):
    """The builders of a host, and what secrets they may have."""

    async def show(self, call: Call) -> Answer:
        """Return the page."""
        has_policy = secrets_of(self.host).policy is not None
        providers = await secrets_of(self.host).providers(details=False)
        names = [each.name for each in providers]
        wanted = self._wanted(call)
        matrix = await self._matrix(wanted)
        return self.page(
            call,
            "builders.html",
            query={name: call.query.get(name, "") for name in call.route.query},
            matrix=matrix,
            rules=_Rules(matrix),
            has_policy=has_policy,
            not_all=NOT_ALL,
            providers=names,
            choices=[each for each in ONLY if call.is_admin or each not in OF_USE],
            outcome=outcome,
            links=_links(call.query, matrix),
        )

    async def table(self, call: Call) -> Answer:
        """Return the table for a spreadsheet, for a person."""
        wanted = self._wanted(call, _TABLE_SECRETS, _TABLE_BUILDERS)
        return await self._table(call, wanted, "builders.csv")

    async def list_all(self, call: Call) -> Answer:
        """List which builders may have which secrets, as JSON or CSV."""
        form = call.query.get("format", "json")
        if form not in ("json", "csv"):
            raise Refused(400, "The format must be json or csv.")
        wanted = self._wanted(call, limit_in(call, _MOST, _MOST))
        if form == "csv":
            return await self._table(call, wanted, "builders")
        return json_answer(_content(call, wanted, await self._matrix(wanted)))

    async def _table(self, call: Call, wanted: WantedCells, path: str) -> Answer:
        body, following = _csv(call, wanted, path, await self._matrix(wanted))
        headers = {"Content-Disposition": 'attachment; filename="builders.csv"'}
        if following:
            headers["Link"] = f'<{following}>; rel="next"'
        return Answer(body, CSV, headers=headers)

    async def _matrix(self, wanted: WantedCells) -> Matrix:
        if self.host.builders is None:
            raise Refused(503, NO_SECRETS)
        found: Matrix = await self.host.builders.matrix(wanted)
        return found

    def _wanted(self, call: Call, limit: int = _SECRETS, columns: int = _BUILDERS) -> WantedCells:
        names = ("builder", "tag", "secret", "provider", "after", "begin")
        texts = {name: limited(call, name) for name in names}
        only = call.query.get("only", "")
        if only and only not in ONLY:
            raise Refused(400, f"What is shown only must be one of {', '.join(ONLY)}.")
        if only in OF_USE and not call.is_admin:
            raise Refused(403, "Who had what is for administrators.")
        return WantedCells(
            seen_by(self.host, call),
            **texts,
            only=only,
            uses=call.is_admin,
            limit=limit,
            columns=columns,
        )


class _Rules:
    """The rules that decide on a matrix; each is the policy's own object, and written once."""

    def __init__(self, matrix: Matrix) -> None:
        found = (cell.rule for _, row in matrix.rows for cell in row)
        shown = {id(rule): rule for rule in found if rule is not None}
        self._texts = {key: repr(rule) for key, rule in shown.items()}
        rules = enumerate(matrix.rules, start=1)
        self._numbers = {id(rule): number for number, rule in rules if id(rule) in shown}
        self.numbered = [(number, shown[key]) for key, number in self._numbers.items()]

    def text(self, rule: Rule) -> str:
        """Return what a rule says."""
        return self._texts[id(rule)]

    def number(self, rule: Rule) -> int:
        """Return the number of a rule in the policy."""
        return self._numbers[id(rule)]


def _cells(matrix: Matrix, only: str) -> Iterator[tuple[str, str, Cell]]:
    """Yield the cells that are wanted, each behind its secret and builder."""
    for secret, row in matrix.rows:
        for builder, cell in zip(matrix.builders, row, strict=True):
            if cell.is_one_of(only):
                yield secret.name, builder, cell


def _content(call: Call, wanted: WantedCells, matrix: Matrix) -> dict[str, Any]:
    """Return a matrix as JSON has it."""
    problems, rules = dict(matrix.problems), _Rules(matrix)
    return {
        "cells": (_document(call, rules, *each) for each in _cells(matrix, wanted.only)),
        "builders": list(matrix.builders),
        "after": matrix.after,
        "begin": matrix.begin,
        "problems": problems if call.is_admin else dict.fromkeys(problems, NOT_ALL),
        "are_uses_known": matrix.are_uses_known,
    }


def _document(call: Call, rules: _Rules, secret: str, builder: str, cell: Cell) -> dict[str, Any]:
    content: dict[str, Any] = {"secret": secret, "builder": builder, "outcome": outcome(cell)}
    if call.is_admin:
        rule = cell.rule
        content |= {"depends": list(cell.depends), "given": cell.given, "refused": cell.refused}
        content["rule"] = rule and {"rule": rules.text(rule), "location": rule.location}
    return content


def _csv(call: Call, wanted: WantedCells, path: str, matrix: Matrix) -> tuple[Iterator[str], str]:
    """Return a table, and where it goes on: first with secrets, then with builders."""
    header = _COLUMNS if call.is_admin else _COLUMNS[:3]
    rows = _fields(matrix, wanted.only, len(header))
    following = ""
    if matrix.after is not None:
        following = address(path, call.query, after=matrix.after)
    elif matrix.begin is not None:
        following = address(path, call.query, after="", begin=matrix.begin)
    return table(header, rows), following


def _fields(matrix: Matrix, only: str, count: int) -> Iterator[Sequence[str]]:
    """Yield the rows of a table; of each the first `count` fields."""
    rules = _Rules(matrix)
    decided: dict[object, tuple[str, ...]] = {}
    for secret, builder, cell in _cells(matrix, only):
        key = cell.outcome, cell.denied_by_provider, cell.depends, id(cell.rule)
        found = decided.get(key)
        if found is None:
            rule = cell.rule
            of_rule = ("", "") if rule is None else (rules.text(rule), rule.location)
            found = decided[key] = (outcome(cell), ", ".join(cell.depends), *of_rule)
        times = ("" if each is None else moment(each) for each in (cell.given, cell.refused))
        yield (secret, builder, *found, *times)[:count]


def _links(query: Mapping[str, str], matrix: Matrix) -> dict[str, str]:
    """Return where the page leads to the rest of the matrix; not where there is no more."""
    links = {"Download as CSV": address("builders.csv", query, after="", begin="")}
    if query.get("after"):
        links["first secrets"] = address("builders", query, after="")
    if matrix.after is not None:
        links["more secrets"] = address("builders", query, after=matrix.after)
    if query.get("begin"):
        links["first builders"] = address("builders", query, begin="")
    if matrix.begin is not None:
        links["more builders"] = address("builders", query, begin=matrix.begin)
    return links
