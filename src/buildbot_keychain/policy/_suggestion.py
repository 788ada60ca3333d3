"""`suggest`: the rules that allow what was used, for a person to read.

Uses of a secret that say as much about their sources are one rule: it has their builders, and the
repositories and branches, if these are few. Secrets with the same conditions share a rule. What
was used from outside, and what nobody can tell the origin of, is never allowed: it is a question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.patterns import ANYTHING
from buildbot_keychain.policy._abbreviation import abbreviated
from buildbot_keychain.policy._conditions import BUILD, PROVIDER, SERVICE
from buildbot_keychain.policy._engine import Policy, Question
from buildbot_keychain.policy._rules import Allow

MOST_LISTED = 10
"""Repositories, branches and services that a rule lists; if there are more, it depends on none."""


class Farm(NamedTuple):
    """What is configured.

    :param builders: the names of all builders.
    :param providers: the names of all providers, each with those of its secrets that it can list.
    """

    builders: Sequence[str]
    providers: Mapping[str, Collection[str]]


class Suggested(NamedTuple):
    """A rule, and how often it would have been needed.

    :param remarks: what a reader should know of it, as sentences without a full stop.
    """

    rule: Allow
    uses: int
    remarks: tuple[str, ...] = ()


class Suggestion(NamedTuple):
    """What is suggested.

    :param rules: those that allow what was used.
    :param questions: rules that would allow what was used from outside.
    :param unanswered: what no rule should allow, as sentences without a full stop.
    """

    rules: tuple[Suggested, ...]
    questions: tuple[Suggested, ...]
    unanswered: tuple[str, ...]


class _Secret(NamedTuple):
    provider: str
    path: str
    canonical: bool


class _Kind(NamedTuple):
    """Uses of one secret that a rule can allow.

    :param origin: a condition that says where the code comes from, if no change does.
    :param sources: the most that is known of all sources of each.
    """

    origin: tuple[tuple[str, Any], ...]
    sources: str


@dataclass
class _Uses:
    builders: set[str] = field(default_factory=set)
    repositories: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    questions: list[Question] = field(default_factory=list)
    count: int = 0


def suggest(observed: Iterable[tuple[Question, int]], farm: Farm) -> Suggestion:
    """Return the rules that allow what was `observed`: questions, and how often there were such."""
    return _Suggesting(farm).of(observed)


class _Suggesting:
    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._builders = frozenset(farm.builders)
        self._of_builds: dict[tuple[_Kind, _Secret], _Uses] = defaultdict(_Uses)
        self._of_services: dict[_Secret, _Uses] = defaultdict(_Uses)
        self._from_outside: dict[_Secret, _Uses] = defaultdict(_Uses)
        self._unanswered: dict[str, int] = defaultdict(int)
        self._secrets: dict[str, set[str]] = defaultdict(set)

    def of(self, observed: Iterable[tuple[Question, int]]) -> Suggestion:
        for question, count in observed:
            self._secrets[question.provider].add(question.path)
            self._sort(question, count)
        rules = _necessary([*self._build_rules(), *self._service_rules()])
        questions = self._merged({((), k): uses for k, uses in self._from_outside.items()})
        asked = [
            Suggested(self._rule(secrets, builders=self._pattern(uses.builders), outside=True), n)
            for secrets, uses, n in ((s, u, u.count) for _, s, u in questions)
        ]
        unanswered = tuple(f"{n:,} times: {what}" for what, n in sorted(self._unanswered.items()))
        return Suggestion(tuple(each for each, _ in rules), tuple(asked), unanswered)

    def _sort(self, question: Question, count: int) -> None:
        provider, path, requester, canonical = question
        secret = _Secret(provider, path, canonical)
        if not canonical and not path.isascii():
            text = f"{path!r} of the provider {provider!r}, whose names must be in ASCII for a rule"
            self._unanswered[text] += count
        elif requester.kind == BUILD:
            self._sort_build(secret, question, count)
        elif requester.kind in (SERVICE, PROVIDER) and requester.service:
            is_provider = requester.kind == PROVIDER
            name = f"provider/{requester.service}" if is_provider else requester.service
            _add(self._of_services[secret], question, count, name)
        else:
            self._unanswered[f"{path!r}, asked for by nobody who is known"] += count

    def _sort_build(self, secret: _Secret, question: Question, count: int) -> None:
        build = question.requester
        builder = build.builder or ""
        if builder not in self._builders:
            self._unanswered[f"{secret.path!r}, by the builder {builder!r}, which is gone"] += count
            return
        if _may_be_outside(build):
            _add(self._from_outside[secret], question, count, builder)
            return
        origin = _origin(build)
        if origin is None:
            text = (
                f"{secret.path!r}, by the builder {builder!r}: nobody knows where its code is from"
            )
            self._unanswered[text] += count
            return
        sources, names = _sources(build.source_stamps)
        uses = self._of_builds[_Kind(origin, sources), secret]
        _add(uses, question, count, builder)
        uses.names.update(names)
        uses.repositories.update(s.repository for s in build.source_stamps if s.repository)

    def _build_rules(self) -> list[tuple[Suggested, list[Question]]]:
        conditions: dict[tuple[Any, _Secret], _Uses] = {}
        for (kind, secret), uses in self._of_builds.items():
            key = (kind.origin, kind.sources, *_listed(kind.sources, uses))
            conditions[key, secret] = uses
        found = []
        for (origin, sources, repositories, names), secrets, uses in self._merged(conditions):
            said: dict[str, Any] = {"builders": self._pattern(uses.builders), **dict(origin)}
            remarks = []
            if repositories:
                said["repositories"] = list(repositories)
            elif len(uses.repositories) > MOST_LISTED:
                remarks.append(f"from {len(uses.repositories)} repositories, so from any")
            if names:
                said[sources] = list(names)
            elif repositories and len(uses.names) > MOST_LISTED:
                remarks.append(f"of {len(uses.names)} {sources}, so of any")
            rule = self._rule(secrets, **said)
            found.append((Suggested(rule, uses.count, tuple(remarks)), uses.questions))
        return found

    def _service_rules(self) -> list[tuple[Suggested, list[Question]]]:
        groups = self._merged({((), secret): uses for secret, uses in self._of_services.items()})
        if len(groups) > MOST_LISTED:
            together = _united(uses for _, _, uses in groups)
            groups = [((), sorted(self._of_services), together)]
        return [
            (
                Suggested(self._rule(secrets, services=_few(uses.builders)), uses.count),
                uses.questions,
            )
            for _, secrets, uses in groups
        ]

    def _merged(
        self, uses: Mapping[tuple[Any, _Secret], _Uses]
    ) -> list[tuple[Any, list[_Secret], _Uses]]:
        """Return the secrets that have the same conditions and users together, in order."""
        groups: dict[Any, list[_Secret]] = defaultdict(list)
        for (conditions, secret), of_secret in uses.items():
            groups[conditions, frozenset(of_secret.builders)].append(secret)
        found = []
        for (conditions, _), secrets in groups.items():
            together = _united(uses[conditions, secret] for secret in secrets)
            found.append((conditions, sorted(secrets), together))
        return sorted(found, key=lambda each: (each[1], repr(each[0]), sorted(each[2].builders)))

    def _rule(self, secrets: Sequence[_Secret], **conditions: Any) -> Allow:  # noqa: ANN401 - those of `Allow`
        return Allow(self._secret_patterns(secrets), location="suggestion", **conditions)

    def _secret_patterns(self, secrets: Sequence[_Secret]) -> list[str]:
        of_provider: dict[str, list[str]] = {}
        for provider in sorted({secret.provider for secret in secrets}):
            mine = [secret for secret in secrets if secret.provider == provider]
            exact = {secret.path for secret in mine if not secret.canonical}
            folded = {secret.path for secret in mine} - exact
            others = self._secrets[provider] | set(self._farm.providers.get(provider, ()))
            patterns = abbreviated(folded, others - folded)
            of_provider[provider] = sorted({*patterns, *exact})
        lists = list(of_provider.values())
        is_everywhere = set(self._farm.providers) <= set(of_provider)
        is_plain = not any("!" in pattern for patterns in lists for pattern in patterns)
        if is_everywhere and is_plain and all(patterns == lists[0] for patterns in lists):
            return lists[0]
        return [f"{provider}!{p}" for provider, patterns in of_provider.items() for p in patterns]

    def _pattern(self, builders: set[str]) -> list[str]:
        if len(builders) > 1 and builders == self._builders:
            return [ANYTHING]
        return abbreviated(builders, self._builders)


def _may_be_outside(build: Requester) -> bool:
    """Return whether people should decide: a scheduler is no answer to where a revision is from."""
    if build.outside or any(stamp.patched for stamp in build.source_stamps):
        return True
    is_known = build.outside is False or build.forced
    return not is_known and any(stamp.revision_chosen for stamp in build.source_stamps)


def _origin(build: Requester) -> tuple[tuple[str, Any], ...] | None:
    """Return the condition that a rule needs for builds without changes, such as ``forced``."""
    if build.outside is False:
        return ()
    if build.forced:
        return (("forced", True),)
    return None if build.scheduler is None else (("schedulers", (build.scheduler,)),)


def _sources(stamps: Sequence[SourceStamp]) -> tuple[str, set[str]]:
    """Return the condition that all of `stamps` can meet, and the names that they have in it."""
    if not stamps or not all(stamp.repository for stamp in stamps):
        return "", set()
    if any(stamp.revision_chosen for stamp in stamps):
        return "repositories", set()
    for condition, attribute in (("branches", "branch"), ("tag_names", "tag_name")):
        names = {getattr(stamp, attribute) for stamp in stamps}
        other = "tag_name" if attribute == "branch" else "branch"
        if all(names) and not any(getattr(stamp, other) for stamp in stamps):
            return condition, names
    return "repositories", set()


def _listed(sources: str, uses: _Uses) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the repositories, and the branches or tags, that a rule lists."""
    if not sources or len(uses.repositories) > MOST_LISTED:
        return (), ()
    names = () if len(uses.names) > MOST_LISTED else tuple(sorted(uses.names))
    return tuple(sorted(uses.repositories)), names


def _few(services: set[str]) -> list[str]:
    if len(services) <= MOST_LISTED:
        return sorted(services)
    providers = {service for service in services if service.startswith("provider/")}
    patterns = ["provider/*"] if providers else []
    return [ANYTHING, *patterns] if services - providers else patterns


def _add(uses: _Uses, question: Question, count: int, name: str) -> None:
    uses.builders.add(name)
    uses.questions.append(question)
    uses.count += count


def _united(groups: Iterable[_Uses]) -> _Uses:
    united = _Uses()
    for uses in groups:
        united.builders |= uses.builders
        united.repositories |= uses.repositories
        united.names |= uses.names
        united.questions += uses.questions
        united.count += uses.count
    return united


def _necessary(
    rules: list[tuple[Suggested, list[Question]]],
) -> list[tuple[Suggested, list[Question]]]:
    """Return `rules` without those whose uses the others allow as well."""
    kept = list(rules)
    # A rule with many conditions is more likely to be part of another one.
    for each in sorted(rules, key=lambda each: -len(each[0].rule.checks)):
        others = Policy([suggested.rule for suggested, _ in kept if suggested is not each[0]])
        if all(others.decide(*q[:3], canonical=q.canonical).is_allowed for q in each[1]):
            kept = [other for other in kept if other[0] is not each[0]]
    return kept
