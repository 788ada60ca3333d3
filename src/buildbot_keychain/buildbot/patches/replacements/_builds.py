"""How builds and their steps begin and end, and workers connect."""

from __future__ import annotations

from functools import partial
from typing import Any

from buildbot.process.results import CANCELLED, EXCEPTION, RETRY
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import building
from buildbot_keychain.buildbot.outages import (
    end_preparation,
    end_step,
    end_unnamed_step,
    say_why,
)
from buildbot_keychain.buildbot.patches._patches import Function
from buildbot_keychain.buildbot.secret_files import (
    SecretFileRegistry,
    remove_git_files,
    write_git_files,
)
from buildbot_keychain.buildbot.sinks import secret_error

_log = Logger()


def start_step(original: Function) -> Function:
    """Attribute to its build what a step looks up with properties that are not its build's.

    A step whose name needs a secret that cannot be looked up ends as others do.
    """

    def startStep(self: Any, *args: Any, **kwargs: Any) -> Any:
        # Buildbot's function takes a copy of the context when it is called.
        with building(self.build):
            started = original(self, *args, **kwargs)
        keychain = keychain_of(self.master)
        if keychain is None:
            return started

        def failed(failure: Failure) -> Any:
            error = secret_error(failure)
            if error is None or self.stepid is not None:
                return failure
            return Deferred.fromCoroutine(end_unnamed_step(keychain, self, error))

        return started.addErrback(failed)

    return startStep


def log_failure(original: Function) -> Function:
    """Report what is wrong with a secret in one sentence, and in no other log.

    A step that fails with it is a failure, which is not the worker's, or is built again.
    """

    def addLogWithFailure(
        self: Any, why: Failure, logprefix: str = "", *args: Any, **kwargs: Any
    ) -> Any:
        error = secret_error(why)
        if error is None:
            return original(self, why, logprefix, *args, **kwargs)
        say_why(self, error)
        keychain = keychain_of(self.master)
        # Buildbot has given it this result before; whatever else logs an error has its own.
        if keychain is not None and self.results == EXCEPTION:
            end_step(keychain, self, error)
        _log.error("step {step!r}: {error}", step=self.name, error=str(error))
        text = f"{error.page_message}\n"
        logged = maybeDeferred(self.addCompleteLog, f"{logprefix}err.text", text)
        # As Buildbot does: the step has failed by then, and ends.
        return logged.addErrback(
            lambda failure: _log.failure("while logging why a step failed", failure)
        )

    return addLogWithFailure


def finish_build(original: Function) -> Function:
    """Release what is held for a build when it has finished, and pause before it is retried."""

    def buildFinished(self: Any, text: Any, results: int, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is None:
            return original(self, text, results, *args, **kwargs)
        text, results = keychain.retries.at_end(self, text, results)
        finish = partial(original, self, text, results, *args, **kwargs)
        return keychain.build_scopes.finish(self, finish)

    return buildFinished


def fail_preparation(original: Function) -> Function:
    """Keep a worker out of quarantine if it is a secret that it cannot be prepared for."""

    def buildPreparationFailure(self: Any, why: Any, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        # It may be `False`, of a worker that does not want to.
        error = secret_error(why) if isinstance(why, Failure) else None
        if keychain is None or error is None or self.stopped:
            return original(self, why, *args, **kwargs)
        return Deferred.fromCoroutine(end_preparation(keychain.retries, self, error))

    return buildPreparationFailure


def stop_build(original: Function) -> Function:
    """End what a build waits for when it is stopped."""

    def stopBuild(
        self: Any, reason: Any = "", results: int = CANCELLED, *args: Any, **kwargs: Any
    ) -> Any:
        keychain = keychain_of(self.master)
        if keychain is None:
            return original(self, reason, results, *args, **kwargs)
        with keychain.waiting.ending(self, results):
            return original(self, reason, results, *args, **kwargs)

    return stopBuild


def lose_worker(original: Function) -> Function:
    """End what a build waits for when its worker is lost."""

    def lostRemote(self: Any, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is None:
            return original(self, *args, **kwargs)
        with keychain.waiting.ending(self, RETRY):
            return original(self, *args, **kwargs)

    return lostRemote


def fetch_requests(original: Function) -> Function:
    """Leave a request alone whose build was to be retried, until its pause is over.

    Buildbot does not choose a worker for it then.
    """

    def _fetchUnclaimedBrdicts(self: Any, *args: Any, **kwargs: Any) -> Any:
        fetched = original(self, *args, **kwargs)
        keychain = keychain_of(self.master)
        if keychain is None:
            return fetched

        def without_paused(requests: Any) -> Any:
            # It is the list that Buildbot keeps, and removes from itself.
            for request in list(requests):
                if keychain.retries.is_paused(request["buildrequestid"]):
                    requests.remove(request)
            return requests

        return fetched.addCallback(without_paused)

    return _fetchUnclaimedBrdicts


def accept_worker(original: Function) -> Function:
    """Remove secret files that were left behind on a worker before it is attached."""

    def newConnection(self: Any, conn: Any, workerName: str, *args: Any, **kwargs: Any) -> Any:
        accept = partial(original, self, conn, workerName, *args, **kwargs)
        if keychain_of(self.master) is None:
            return accept()
        return SecretFileRegistry.of(self.master).admit(conn, workerName, accept)

    return newConnection


def write_git_keys(original: Function) -> Function:
    """Remember the key files of a Git step before it writes them."""

    def download_auth_files_if_needed(self: Any, workdir: str, *args: Any, **kwargs: Any) -> Any:
        write = partial(original, self, workdir, *args, **kwargs)
        return (
            write() if keychain_of(self._master) is None else write_git_files(self, workdir, write)
        )

    return download_auth_files_if_needed


def remove_git_keys(original: Function) -> Function:
    """Remove the key files of a Git step, also where Buildbot does not."""

    def remove_auth_files_if_needed(self: Any, *args: Any, **kwargs: Any) -> Any:
        remove = partial(original, self, *args, **kwargs)
        if keychain_of(self._master) is None:
            return remove()
        return remove_git_files(self, remove)

    return remove_auth_files_if_needed
