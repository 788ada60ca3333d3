"""The functions that replace Buildbot's, each made from the one that it replaces.

`log_request` acts for the whole process, with the secrets of all its masters; all others act for
masters that have a keychain and leave others alone.

A replacement passes on arguments that it does not know: if an administrator accepts a patch that
does not fit, the master must still work.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from re import Pattern
from typing import Any

from buildbot import config
from buildbot.config import ConfigErrors
from buildbot.process.results import CANCELLED, EXCEPTION, RETRY
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot._master import MasterKeychain
from buildbot_keychain.buildbot._renderables import Interpolate
from buildbot_keychain.buildbot.builds import Asker, building, who_asks
from buildbot_keychain.buildbot.checks import missing_names, name_problems, provider_problems
from buildbot_keychain.buildbot.commands import escape_secrets, hide_from_worker_log
from buildbot_keychain.buildbot.outages import end_preparation, end_step, end_unnamed_step
from buildbot_keychain.buildbot.providers import hide_answers
from buildbot_keychain.buildbot.secret_files import SecretFileRegistry
from buildbot_keychain.buildbot.sinks import (
    BackspacePattern,
    Place,
    RedactingLogFormatter,
    audience_of_split_text,
    secret_error,
)
from buildbot_keychain.buildbot.unrendered import refuse_unrendered, unrendered_arguments
from buildbot_keychain.errors import ConfigurationWarning, quote, safe_summary
from buildbot_keychain.versions import DISTRIBUTION, version_of

OUTPUT_MODULE = "buildbot.process.remotecommand"
"""The module in which Buildbot cleans what a worker sends, before observers see it."""

Function = Callable[..., Any]

_log = Logger()

_asking: ContextVar[Asker | None] = ContextVar("asking", default=None)
"""Whom Buildbot's own classes look up for at the moment."""


# ------------------------------------------------------------------------------------- lookups


def use_secret(original: Function) -> Function:
    """Keep Buildbot from collecting values, which it would replace on their way to their use."""

    def useSecret(self: Any, *args: Any, **kwargs: Any) -> None:
        if keychain_of(self.master) is None:
            original(self, *args, **kwargs)

    return useSecret


def clean_text(original: Function) -> Function:
    """Redact for authors of steps, and keep Buildbot from altering what steps and observers see.

    It is redacted for the readers of the build, as what becomes of the text is shown to them.
    Buildbot replaces the values that `use_secret` let it collect: those that a build looked up
    before its master had a keychain.
    """

    def cleanupTextFromSecrets(self: Any, text: str, *args: Any, **kwargs: Any) -> Any:
        cleaned = original(self, text, *args, **kwargs)
        keychain = keychain_of(self.master)
        if keychain is None or module_of_caller() == OUTPUT_MODULE:
            return cleaned
        # Nobody hides it a second time where Buildbot stores it. That is, nearly always, as the
        # state of the step that runs, or has run.
        runs = getattr(self.build, "currentStep", None) is not None
        sink = "step state" if runs else "build state"
        place = Place(buildid=getattr(self.build, "buildid", None))
        audience = keychain.audiences.of_build(self.build)
        return keychain.reporter.redact(sink, place, audience, cleaned)

    return cleanupTextFromSecrets


def module_of_caller() -> str:
    """Return the name of the module whose code called the function that calls this one."""
    return str(sys._getframe(2).f_globals.get("__name__"))  # noqa: SLF001 - documented in `sys`


def render_secret(original: Function) -> Function:
    """Let `look_up` know for whom Buildbot's ``Secret`` or ``Interpolate`` renders.

    Buildbot calls `SecretManager.get` without the properties, which tell which build it is for.
    """

    def getRenderingFor(self: Any, properties: Any, *args: Any, **kwargs: Any) -> Any:
        # The lookup has begun when this returns.
        token = _asking.set(who_asks(properties))
        try:
            return original(self, properties, *args, **kwargs)
        finally:
            _asking.reset(token)

    return getRenderingFor


def look_up(original: Function) -> Function:
    """Look up with the master's keychain, whose redactor knows a value before anybody else."""

    def get(self: Any, secret: str, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is None:
            return original(self, secret, *args, **kwargs)
        asker = _asking.get()
        if asker is None:
            return keychain.get_for_buildbot(secret, who_asks(None))
        _asking.set(None)  # what the lookup leads to has its own
        # A renderable would say less of a missing secret than the keychain does.
        return Deferred.fromCoroutine(keychain.get_for(secret, asker))

    return get


def take_configuration(original: Function) -> Function:
    """Attach a keychain to each master before it takes on a configuration that it has loaded.

    If that fails, the master keeps the configuration that it has, or does not start.
    """

    def set_attribute(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
        # A master that is being made gets the default one.
        if name == "config" and "config" in vars(self):
            _attach_keychain(self)
            _add_version(args[0])
        original(self, name, *args, **kwargs)

    return set_attribute


def _attach_keychain(master: Any) -> None:
    try:
        MasterKeychain.of(master)
    except Exception:  # noqa: BLE001 - anything may be different in an unknown Buildbot
        sentence = (
            "buildbot-keychain could not prepare the master to hide its secrets, so the "
            f"configuration is refused and nothing of it is in force: {safe_summary(Failure())}"
        )
        raise ConfigErrors([sentence]) from None


def _add_version(new_config: Any) -> None:
    """Have our version on Buildbot's page "About"."""
    ours = (DISTRIBUTION, version_of(DISTRIBUTION))
    www = getattr(new_config, "www", {})
    versions = www.get("versions") or []
    if ours not in versions:
        www["versions"] = [*versions, ours]


def join_master(original: Function) -> Function:
    """Hide what a provider answers to whoever asks it without the keychain."""

    def setServiceParent(self: Any, *args: Any, **kwargs: Any) -> Any:
        hide_answers(self)
        return original(self, *args, **kwargs)

    return setServiceParent


def reconfigure_providers(original: Function) -> Function:
    """Let the keychain set up the providers."""

    def reconfigServiceWithBuildbotConfig(
        self: Any, new_config: Any, *args: Any, **kwargs: Any
    ) -> Any:
        keychain = MasterKeychain.of(self.master)
        apply = partial(original, self, new_config, *args, **kwargs)
        return keychain.reconfigure(new_config, apply)

    return reconfigServiceWithBuildbotConfig


def configure_service(original: Function) -> Function:
    """Configure a service again when a secret that it holds has changed, and not needlessly."""

    def reconfigServiceWithSibling(self: Any, sibling: Any, *args: Any, **kwargs: Any) -> Any:
        def apply(sibling: Any) -> Any:
            return original(self, sibling, *args, **kwargs)

        keychain = keychain_of(self.master)
        # A provider keeps no secrets: it has its arguments rendered for each lookup.
        if keychain is None or isinstance(self, SecretProviderBase):
            return apply(sibling)
        return keychain.services.configure(self, sibling, apply)

    return reconfigServiceWithSibling


def configure_web(original: Function) -> Function:
    """Keep a master from starting without the secrets by which people log in."""

    def reconfigServiceWithBuildbotConfig(
        self: Any, new_config: Any, *args: Any, **kwargs: Any
    ) -> Any:
        apply = partial(original, self, new_config, *args, **kwargs)
        keychain = keychain_of(self.master)
        if keychain is None:
            return apply()
        return keychain.services.configure_web(new_config.www["auth"], apply)

    return reconfigServiceWithBuildbotConfig


def add_service(original: Function) -> Function:
    """Have a service whose secret cannot be looked up wait for it outside of the master."""

    def addService(self: Any, service: Any, *args: Any, **kwargs: Any) -> Any:
        add = partial(original, self, service, *args, **kwargs)
        keychain = keychain_of(self.master)
        return add() if keychain is None else keychain.services.join(self, service, add)

    return addService


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


# ------------------------------------------------------------------------------- configurations


def check_length(original: Function) -> Function:
    """Check the length of a name that our ``Interpolate`` makes as that of Buildbot's own."""

    def check_param_length(
        value: Any, name: str, max_length: int, *args: Any, **kwargs: Any
    ) -> None:
        if isinstance(value, Interpolate) and len(value.shortest()) > max_length:
            config.error(
                f"{name} {quote(value)} (shortest interpolation) exceeds maximum length of "
                f"{max_length}"
            )
        original(value, name, max_length, *args, **kwargs)

    return check_param_length


def check_arguments(original: Function) -> Function:
    """Report what is wrong with providers, names of secrets and places of renderables."""

    def check_builders(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        problems = list(provider_problems(self.secretsProviders)) or list(name_problems(self))
        for problem in (*problems, *unrendered_arguments(self)):
            config.error(problem)
        for problem in () if problems else missing_names(self):
            warnings.warn_explicit(problem, ConfigurationWarning, "master.cfg", 0)
        return result

    return check_builders


# ------------------------------------------------------------------------------------- commands


def start_command(original: Function) -> Function:
    """Refuse renderables, and keep secrets out of the worker's log, where a command is sent."""

    def _start(self: Any, *args: Any, **kwargs: Any) -> Any:
        step = self.step
        keychain = None if step is None or step.build is None else keychain_of(step.master)
        if keychain is not None:
            refuse_unrendered(self)
            audience = keychain.audiences.of_build(step.build)
            self.args, notice = hide_from_worker_log(audience, self)
            if notice:
                self.addHeader(notice)
        return original(self, *args, **kwargs)

    return _start


def run_on_master(original: Function) -> Function:
    """Have secrets arrive unaltered in the environment of a command that the master runs."""

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is not None and self.env is not None:
            self.env = escape_secrets(keychain.audiences.of_build(self.build), self.env)
        return original(self, *args, **kwargs)

    return run


# ---------------------------------------------------------------------------------------- sinks


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
        self.descriptionDone = error.page_message
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


def log_request(original: Function) -> Function:
    """Redact ``http.log``."""

    def log(self: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(self._logFormatter, RedactingLogFormatter):
            self._logFormatter = RedactingLogFormatter(self._logFormatter)
        original(self, *args, **kwargs)

    return log


def publish(original: Function) -> Function:
    """Redact what is published without passing the update methods, and deliver for no build.

    That is the orders of people, whose reasons are in their own words, and the metrics that steps
    yield. Whoever listens, such as a reporter, does not act for the build that publishes.
    """

    def produce(
        self: Any, routingKey: tuple[str, ...], data: Any, *args: Any, **kwargs: Any
    ) -> Any:
        keychain = keychain_of(self.master)
        if keychain is not None and routingKey[0] == "control":
            data = keychain.reporter.redact("order", Place(), keychain.audiences.nobody, data)
        elif keychain is not None and routingKey[0] == "stats-yieldMetricsValue":
            # Consumers find the data by its name; the build comes out of the database.
            place = Place(buildid=data["build_data"]["buildid"])
            audience = keychain.audiences.of_buildid(place.buildid)
            metrics = keychain.reporter.redact("metrics", place, audience, data["post_data"])
            data = {**data, "post_data": metrics}
        with building(None):
            return original(self, routingKey, data, *args, **kwargs)

    return produce


def find_line_ends(original: Pattern[str]) -> BackspacePattern:
    """Store text as a terminal shows it where backspaces would break a secret up."""
    return BackspacePattern(original, audience_of_split_text)
