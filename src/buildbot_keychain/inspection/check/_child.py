"""What runs in the process of a check: ``python -c`` with `main`, see `_process`.

Standard output and error of the configuration lead nowhere, as they may hold values. What is found
is written to a pipe, a line of JSON for each step of the way, the report last.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError, message_of, safe_summary
from buildbot_keychain.inspection._loading import Loaded, drop_logs, find, load
from buildbot_keychain.inspection._now import without_values
from buildbot_keychain.inspection._problems import Problem, problems_of
from buildbot_keychain.inspection.check._assessment import Assessment
from buildbot_keychain.inspection.check._report import (
    NOTE,
    PROBLEM,
    UNCHECKED,
    Finding,
    Report,
)
from buildbot_keychain.inspection.plain_secrets import files_of, plain_secrets

_INTERVAL = 50
"""Secrets after which progress is told."""


def main(pipe: int, path: str, seconds: float, *, offline: bool) -> None:
    """Check the configuration at `path`, write to `pipe`, and end the process.

    :param seconds: how long the providers may be asked.
    :param offline: whether they are not asked at all.
    """
    os.set_inheritable(pipe, False)  # noqa: FBT003 - or programs would keep it open
    threading.Thread(target=_end_with_reader, args=(pipe,), daemon=True).start()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    drop_logs()
    with open(pipe, "w", encoding="ascii") as stream:

        def tell(**message: Any) -> None:
            stream.write(f"{json.dumps(message)}\n")
            stream.flush()

        try:
            report = _check(path, seconds, tell, offline=offline)
        except KeychainError as error:
            tell(failed=message_of(error))
        except Exception:  # noqa: BLE001 - its text may hold a value
            tell(failed=f"unexpected error: {safe_summary(Failure())}")
        else:
            stream.write(f"{report.to_json()}\n")
            stream.flush()
    # Threads of what the configuration has imported may never end.
    os._exit(0)


def _end_with_reader(pipe: int) -> None:
    """End this process, and all of its group, when nobody reads from `pipe` any more."""
    waiting = select.poll()
    waiting.register(pipe, 0)
    waiting.poll()
    os.killpg(0, signal.SIGKILL)


def _check(path: str, seconds: float, tell: Callable[..., None], *, offline: bool) -> Report:
    before = set(sys.modules)
    tell(progress=[0, 0, "executing the configuration"])
    loaded = load(*find(path))
    config = loaded.config
    files = files_of(loaded.file, before)
    tell(progress=[0, 0, "looking for secrets"])

    def progress(done: int, total: int, label: str) -> None:
        if done % _INTERVAL == 0 or done == total:
            tell(progress=[done, total, label])

    assessment = Assessment(loaded, progress)
    findings = [*_problems(loaded, offline=offline), *_plain(files)]
    if offline or not config.secretsProviders:
        assessment.leave_unasked()
    else:
        findings += _ask(assessment, seconds)
    findings += assessment.findings
    return Report(
        str(loaded.file),
        len(config.builders),
        len(assessment.named),
        tuple(sorted(assessment.secrets, key=lambda secret: secret.name)),
        tuple(sorted(findings, key=_order)),
    )


_LEVELS = (PROBLEM, UNCHECKED, NOTE)


def _order(finding: Finding) -> tuple[int, str, str]:
    return _LEVELS.index(finding.level), finding.kind, finding.sentence


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


def _ask(assessment: Assessment, seconds: float) -> list[Finding]:
    """Ask the providers; return why that was not possible, if it was not."""
    from twisted.internet import reactor  # noqa: PLC0415 - the import installs it

    running: Any = reactor
    failures: list[Failure] = []

    def start() -> None:
        asking = Deferred.fromCoroutine(assessment.ask(running, seconds))
        asking.addErrback(failures.append)
        asking.addBoth(lambda _: running.stop())

    running.callWhenRunning(start)
    running.run(installSignalHandlers=False)
    return [
        Finding(UNCHECKED, "providers", f"the providers cannot be asked: {safe_summary(failure)}")
        for failure in failures
    ]
