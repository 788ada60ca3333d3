"""With which result a step, or the preparation of a build, ends for which a secret is missing."""

from __future__ import annotations

from functools import partial
from typing import Any

from buildbot.process.buildstep import BuildStep
from buildbot.process.results import CANCELLED, EXCEPTION, FAILURE, RETRY
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.buildbot.outages._retries import Retries
from buildbot_keychain.errors import KeychainError

_log = Logger()


def end_step(keychain: Any, step: Any, error: KeychainError) -> None:
    """Have `step`, Buildbot's ``BuildStep``, end because of `error`.

    :param keychain: the `MasterKeychain` of its master.
    """
    build = step.build
    say_why(step, error)
    # Whatever it is worth to the build as a rule: the build did not get what it was promised.
    step.haltOnFailure = step.flunkOnFailure = True
    step.updateBuildSummaryPolicy = [*step.updateBuildSummaryPolicy, FAILURE]
    # By a person, or by a lost worker or a shutdown, after which it is to be built again.
    stopped = keychain.waiting.results_of_stopped(build)
    step.results = _result(keychain.retries, build, error) if stopped is None else stopped


def say_why(step: Any, error: KeychainError) -> None:
    """Have the state of `step`, Buildbot's ``BuildStep``, say nothing but what `error` is."""
    step.descriptionDone = error.page_message
    step.descriptionSuffix = None
    # Classes of steps that have a summary of their own count what they have not done.
    step.getResultSummary = partial(BuildStep.getResultSummary, step)


async def end_unnamed_step(keychain: Any, step: Any, error: KeychainError) -> int:
    """End a step whose own name cannot be rendered, under the name of its class.

    Buildbot has not recorded it yet.

    :return: the step's result.
    """
    updates = step.master.data.updates
    step.name = type(step).__name__
    await maybeDeferred(step.addStep)
    await maybeDeferred(updates.startStep, step.stepid)
    end_step(keychain, step, error)
    _log.error("the name of a step: {error}", error=str(error))
    await _record_end(step, error)
    results: int = step.results
    return results


async def end_preparation(retries: Retries, build: Any, error: KeychainError) -> None:
    """Record that `build` could not be prepared because of `error`; Buildbot ends it after that."""
    step = build._preparation_step  # noqa: SLF001 - as Buildbot has it
    step.results = _result(retries, build, error)
    _log.error("the preparation of a build: {error}", error=str(error))
    retries.end_unprepared(build, [error.page_message], step.results)
    await _record_end(step, error)


async def _record_end(step: Any, error: KeychainError) -> None:
    """Store why `step` ended, and with what result, where nothing of Buildbot's does."""
    updates = step.master.data.updates
    await maybeDeferred(step.addCompleteLog, "err.text", f"{error.page_message}\n")
    await maybeDeferred(updates.setStepStateString, step.stepid, error.page_message)
    await maybeDeferred(updates.finishStep, step.stepid, step.results, False)  # noqa: FBT003 - Buildbot's


def _result(retries: Retries, build: Any, error: KeychainError) -> int:
    """Return ``RETRY`` if that can help, or ``FAILURE``."""
    # A build that has failed already is not built again because its last steps cannot clean up.
    if error.retryable and build.results not in {FAILURE, EXCEPTION, CANCELLED}:
        retries.retry(build, error)
        return int(RETRY)
    return int(FAILURE)
