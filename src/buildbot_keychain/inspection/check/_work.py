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
from buildbot_keychain.inspection._problems import MISSING, problems_of
from buildbot_keychain.inspection.check._assessment import Assessment
from buildbot_keychain.inspection.check._report import Report
from buildbot_keychain.inspection.plain_secrets import files_of, plain_secrets

_INTERVAL = 50
"""Secrets after which progress is told."""

_PLUGINS = "buildbot_keychain.plugins"
"""The module that prepares a process for masters whose secrets are hidden."""

_UNPROTECTED = (
    f"the configuration does not import {_PLUGINS}: a master hides secrets in the logs of steps "
    "alone, gives each to every builder, and buildbot checkconfig finds nothing of this: import "
    "secrets, steps and util from there, where the names are the same"
)


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
    has_providers = bool(loaded.config.secretsProviders)
    findings = [*_problems(loaded, names_missing=offline and has_providers), *_plain(files)]
    if (has_providers or assessment.named) and _PLUGINS not in sys.modules:
        findings.append(Finding(NOTE, "unprotected", _UNPROTECTED, (str(loaded.file),)))
    if offline or not has_providers:
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


def _problems(loaded: Loaded, *, names_missing: bool) -> Iterator[Finding]:
    """Yield what is wrong with the configuration, each once.

    :param names_missing: whether nothing else says which secrets are missing.
    """
    problems = problems_of(loaded.config)
    ours = {problem.sentence for problem in problems}
    for error in loaded.errors:
        if error not in ours:
            yield Finding(PROBLEM, "configuration", without_values(error))
    for warning in loaded.warnings:
        if warning not in ours:
            yield Finding(NOTE, "configuration", without_values(warning))
    for problem in problems:
        if names_missing or problem.kind != MISSING:
            level = PROBLEM if problem.is_error else NOTE
            yield Finding(level, problem.kind, problem.sentence)


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
