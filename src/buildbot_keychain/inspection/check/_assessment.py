"""`assess`: puts together what a check of a configuration finds."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from buildbot_keychain.attention import ANY_AGE
from buildbot_keychain.configuration import Configuration, united
from buildbot_keychain.errors import InvalidName, KeychainError, message_of, quote
from buildbot_keychain.inspection._findings import NOTE, PROBLEM, UNCHECKED, Finding
from buildbot_keychain.inspection._hosting import hosted_by, started_providers
from buildbot_keychain.inspection._loading import Loaded
from buildbot_keychain.inspection._problems import problems_of
from buildbot_keychain.inspection._references import Reference, references
from buildbot_keychain.inspection.check import _answers as answers
from buildbot_keychain.inspection.check._answers import Answer, Answers
from buildbot_keychain.inspection.check._askers import Askers
from buildbot_keychain.inspection.check._decisions import Decided, decide
from buildbot_keychain.inspection.check._faults import faults_of
from buildbot_keychain.inspection.check._report import (
    WOULD_BE_DENIED,
    Decision,
    Place,
    Secret,
)
from buildbot_keychain.inspection.check._unused import unused
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.policy import Prospect, Question
from buildbot_keychain.redaction import Redactor

_AT_ONCE = 16
"""Secrets that are asked for at the same time."""

_NO_PROVIDERS = (
    'nothing provides secrets: set c["secretsProviders"], such as to '
    '[secrets.SecretManager([secrets.SecretInAFile(dirname="...")])] with '
    "from buildbot_keychain.plugins import secrets"
)

Progress = Callable[[int, int, str], None]


class Assessment:
    """What is found about the secrets of one configuration.

    :param progress: called with how many secrets have been looked at, how many there are, and what
        is done.
    :ivar secrets: what is known of each.
    :ivar findings: what somebody should know.
    :ivar for_all: names of secrets that were found, that whoever asks is given, and that a text can
        be searched for; each with the provider that holds it.
    """

    def __init__(self, loaded: Loaded, progress: Progress) -> None:
        self.secrets: list[Secret] = []
        self.findings: list[Finding] = []
        self.for_all: list[tuple[str, str]] = []
        self._loaded = loaded
        self._progress = progress
        self._told = "\n".join(problem.sentence for problem in problems_of(loaded.config))
        self._scope = f"check/{os.getpid()}"
        self._askers = Askers.of(loaded.config, self._scope)
        self.named = list(references(loaded.config))
        self._ages = ANY_AGE
        self._used: set[tuple[str, str]] = set()
        self._by_name: dict[str, list[Reference]] = defaultdict(list)
        for reference in self.named:
            if reference.is_computed:
                self._compute(reference)
            else:
                self._by_name[reference.name].append(reference)

    async def ask(
        self, reactor: Any, seconds: float, also: Callable[[Any], Awaitable[None]] | None = None
    ) -> None:
        """Ask the providers, and take at most so long.

        :param also: what else to do with the ``BuildMaster`` while they are started.
        """
        entries, until = self._loaded.config.secretsProviders, reactor.seconds() + seconds
        basedir = self._loaded.basedir
        async with started_providers(basedir, entries, reactor, seconds) as master:
            providers = hosted_by(master)
            settings = [e.keychain_settings for e in entries if hasattr(e, "keychain_settings")]
            configuration = united(settings, providers)
            self._ages = configuration.max_age
            lookups = Lookups(Redactor(), reactor=reactor)
            asking = Answers(lookups, configuration, reactor, until)
            try:
                await self._ask_all(lookups, configuration, asking)
                computed = [each for each in self.named if each.is_computed]
                self.findings += await unused(self._used, computed, providers, asking)
                if also is not None:
                    await also(master)
            finally:
                asking.stop()
                await lookups.end_scope(configuration, self._scope)

    def leave_unasked(self) -> None:
        """Report what is named, and ask nobody: nobody can be asked, or is to be."""
        has_providers = bool(self._loaded.config.secretsProviders)
        for name, named in self._by_name.items():
            places = tuple(map(place_of, named))
            decisions = (Decision("not asked", None, None, (), places),)
            state = "not asked" if has_providers else answers.MISSING
            self.secrets.append(Secret(name, state, decisions=decisions))
        if not has_providers:
            self._tell(PROBLEM, "missing", _NO_PROVIDERS, [e for e in self.named if e.is_needed])

    async def _ask_all(
        self, lookups: Lookups, configuration: Configuration, asking: Answers
    ) -> None:
        names = iter(sorted(self._by_name))
        done = Counter[str]()

        async def work() -> None:
            for name in names:
                await self._ask_for(name, lookups, configuration, asking)
                done["secrets"] += 1
                self._progress(done["secrets"], len(self._by_name), "asking for secrets")

        await gatherResults([Deferred.fromCoroutine(work()) for _ in range(_AT_ONCE)])

    async def _ask_for(
        self, name: str, lookups: Lookups, configuration: Configuration, asking: Answers
    ) -> None:
        named = self._by_name[name]
        kinds = configuration.policies is None
        try:
            requester = self._askers.at(named[0].place).requester
            questions = await lookups.questions(configuration, name, requester, kinds=kinds)
        except InvalidName as error:
            if quote(name) not in self._told:
                self._tell(PROBLEM, "name", message_of(error) or "", named)
            return
        except KeychainError as error:
            self._tell(UNCHECKED, "unavailable", message_of(error) or "", named)
            return
        self._used.update((question.provider, question.path) for question in questions)
        decided = self._decide(configuration, questions, named)
        asked = {
            self._askers.at(each.place).requester: None
            for each in named
            if decided[self._askers.at(each.place)].is_given
        }
        found = await asking.of(name, questions, list(asked))
        for answer in dict.fromkeys(found.values()):
            if answer.for_all and answer.state == answers.FOUND and answer.can_be_searched_for:
                self.for_all.append((str(answer.provider), name))
        self._tell_denials(name, named, decided)
        self._tell_answers(name, named, found)
        self.secrets.append(summary(name, found, self._decisions(named, decided)))

    def _decide(
        self, configuration: Configuration, questions: Sequence[Question], named: list[Reference]
    ) -> dict[Prospect, Decided]:
        prospects = dict.fromkeys(self._askers.at(each.place) for each in named)
        return {each: decide(configuration, questions, each) for each in prospects}

    def _decisions(
        self, named: list[Reference], decided: dict[Prospect, Decided]
    ) -> tuple[Decision, ...]:
        places: dict[Decided, list[Place]] = defaultdict(list)
        for reference in named:
            found = decided[self._askers.at(reference.place)]
            places[found].append(place_of(reference))
        return tuple(Decision(*each[:4], tuple(found)) for each, found in places.items())

    def _tell_denials(
        self, name: str, named: list[Reference], decided: dict[Prospect, Decided]
    ) -> None:
        denied: dict[Decided, list[Reference]] = defaultdict(list)
        for reference in named:
            found = decided[self._askers.at(reference.place)]
            if found.reason:
                denied[found].append(reference)
        for found, where in denied.items():
            only_reported = found.outcome == WOULD_BE_DENIED
            words = "would deny" if only_reported else "denies"
            sentence = f"the policy {words} the secret {quote(name)}: {found.reason}"
            self._tell(NOTE if only_reported else PROBLEM, found.outcome, sentence, where)

    def _tell_answers(self, name: str, named: list[Reference], found: dict[Any, Answer]) -> None:
        where: dict[Answer, list[Reference]] = defaultdict(list)
        for reference in named:
            answer = found.get(self._askers.at(reference.place).requester)
            if answer is not None:
                # The same fault is told once, whether or not it is known that all get that answer.
                where[answer._replace(for_all=False)].append(reference)
        for answer, places in where.items():
            for level, kind, sentence in faults_of(name, answer, self._ages):
                needed = places
                if answer.state == answers.MISSING:
                    needed = [each for each in places if each.is_needed]
                    others = [each for each in places if not each.is_needed]
                    self._tell(NOTE, kind, f"{sentence}; it may be that none is needed", others)
                self._tell(level, kind, sentence, needed)

    def _compute(self, reference: Reference) -> None:
        limit = reference.allowed or (reference.pattern,)
        what = " or ".join(map(repr, limit))
        sentence = (
            "a function puts the name of a secret together"
            if reference.in_code and reference.pattern == "*"
            else f"the name is known at run time: {what}"
        )
        self._tell(NOTE, "computed", sentence, [reference])

    def _tell(self, level: str, kind: str, sentence: str, named: Iterable[Reference]) -> None:
        places = tuple(dict.fromkeys(str(place_of(each)) for each in named))
        if places:
            self.findings.append(Finding(level, kind, sentence, places))


def place_of(reference: Reference) -> Place:
    """Return where a reference is, for a report."""
    place, argument = reference.place, reference.argument
    if place.step is None or place.owner is None:
        return Place(place.report, argument, place.builder, asker=place.name)
    return Place(place.report, argument, place.builder, place.step, place.name)


def summary(name: str, found: dict[Any, Answer], decisions: tuple[Decision, ...]) -> Secret:
    """Return what is known of a secret, by the answers that those got who may ask for it."""
    if not found:
        return Secret(name, "denied", decisions=decisions)
    states = {answer.state for answer in found.values()}
    # Where it depends on who asks, what is known is what those know who are given it.
    answer = min(found.values(), key=lambda each: each.state != answers.FOUND)
    known = answer.known
    return Secret(
        name,
        answer.state if len(states) == 1 else "differs",
        answer.provider,
        None if known is None else known.version,
        None if known is None else known.created,
        None if known is None else known.expires,
        answer.hidden,
        decisions,
    )
