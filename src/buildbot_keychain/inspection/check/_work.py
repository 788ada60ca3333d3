"""What is done in the process of a check."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from buildbot_keychain.inspection._asking import run_asking
from buildbot_keychain.inspection._child import EXECUTING, Told
from buildbot_keychain.inspection._findings import (
    NOTE,
    PROBLEM,
    UNCHECKED,
    Finding,
    in_order,
)
from buildbot_keychain.inspection._loading import Loaded, find, load
from buildbot_keychain.inspection._now import without_values
from buildbot_keychain.inspection._problems import Problem, problems_of
from buildbot_keychain.inspection.check._assessment import Assessment
from buildbot_keychain.inspection.check._report import Report
from buildbot_keychain.inspection.plain_secrets import files_of, plain_secrets

_INTERVAL = 50
"""Secrets after which progress is told."""


def work(path: str, told: Told, seconds: float, *, offline: bool) -> Report:
    """Return what is found about a configuration.

    :param path: its file, or the directory of a master.
    :param seconds: how long it may take to execute it, and how long the providers may be asked.
    :param offline: whether they are not asked at all.
    """
    before = set(sys.modules)
    told.stage(EXECUTING, seconds)
    loaded = load(*find(path))
    files = files_of(loaded.file, before)
    told.stage("looking for secrets")
    assessment = assessed(loaded, told)
    findings = [*_problems(loaded, offline=offline), *_plain(files)]
    if offline or not loaded.config.secretsProviders:
        assessment.leave_unasked()
    else:
        findings += _ask(assessment, told, seconds)
    findings += assessment.findings
    return Report(
        str(loaded.file),
        in_order(findings),
        len(loaded.config.builders),
        len(assessment.named),
        tuple(sorted(assessment.secrets, key=lambda secret: secret.name)),
    )


def assessed(loaded: Loaded, told: Told) -> Assessment:
    """Return what finds out about the secrets of a configuration, and tells how far it is."""

    def progress(done: int, total: int, label: str) -> None:
        if done % _INTERVAL == 0 or done == total:
            told.progress(done, total, label)

    return Assessment(loaded, progress)


def _problems(loaded: Loaded, *, offline: bool) -> Iterator[Finding]:
    """Yield what is wrong with the configuration, each once."""
    problems = problems_of(loaded.config)
    ours = {problem.sentence for problem in problems}
    for error in loaded.errors:
        if error not in ours:
            yield Finding(PROBLEM, "configuration", without_values(error))
    for warning in loaded.warnings:
        if warning not in ours:
            yield Finding(NOTE, "configuration", without_values(warning))
    for problem in problems:
        if not _is_asked_anyway(problem, offline=offline):
            level = PROBLEM if problem.is_error else NOTE
            yield Finding(level, problem.kind, problem.sentence)


def _is_asked_anyway(problem: Problem, *, offline: bool) -> bool:
    """Return whether the providers, when they are asked, say it as well."""
    return not offline and problem.kind == "missing"


def _plain(files: Any) -> Iterator[Finding]:
    for found in plain_secrets(files):
        place = f"{found.file}, line {found.line}"
        sentence = f"a secret stands here as it is ({found.kind}): keep it in a provider"
        yield Finding(PROBLEM, "plain text", sentence, (place,))


def _ask(assessment: Assessment, told: Told, seconds: float) -> list[Finding]:
    """Ask the providers; return why that was not possible, if it was not."""
    sentence = run_asking(lambda reactor: assessment.ask(reactor, seconds), told, seconds)
    if sentence is None:
        return []
    return [Finding(UNCHECKED, "providers", f"the providers cannot be asked: {sentence}")]
