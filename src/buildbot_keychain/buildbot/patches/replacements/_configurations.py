"""What a master makes of a configuration, and what is wrong with one."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

from buildbot import config
from buildbot.config import ConfigErrors
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot._master import MasterKeychain
from buildbot_keychain.buildbot._renderables import Interpolate
from buildbot_keychain.buildbot._values_now import VALUES_NOW
from buildbot_keychain.buildbot.forms import form_problems
from buildbot_keychain.buildbot.patches._patches import Function
from buildbot_keychain.buildbot.secret_files import block_problems
from buildbot_keychain.buildbot.services import report_changed
from buildbot_keychain.buildbot.sinks import on_secret_error
from buildbot_keychain.buildbot.www import page_problems
from buildbot_keychain.errors import (
    ConfigurationWarning,
    KeychainError,
    message_of,
    quote,
    safe_summary,
)
from buildbot_keychain.inspection import PROVIDER_LIST, is_rendered_later, problems_of

_log = Logger()


def take_configuration(original: Function) -> Function:
    """Attach a keychain to each master before it takes on a configuration that it has loaded.

    If that fails, the master keeps the configuration that it has, or does not start.
    """

    def set_attribute(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
        # A master that is being made gets the default one.
        if name == "config" and "config" in vars(self):
            _add_to_about(_attach_keychain(self), args[0])
        original(self, name, *args, **kwargs)

    return set_attribute


def _attach_keychain(master: Any) -> MasterKeychain:
    try:
        return MasterKeychain.of(master)
    except Exception:  # noqa: BLE001 - anything may be different in an unknown Buildbot
        sentence = (
            "buildbot-keychain could not prepare the master to hide its secrets, so the "
            f"configuration is refused and nothing of it is in force: {safe_summary(Failure())}"
        )
        raise ConfigErrors([sentence]) from None


def _add_to_about(keychain: MasterKeychain, new_config: Any) -> None:
    """Have our version on Buildbot's page "About", with who waits for secrets.

    The page shows what is in the row when it is asked for.
    """
    www = getattr(new_config, "www", {})
    versions = www.get("versions") or []
    if not any(each is keychain.about for each in versions):
        www["versions"] = [*versions, keychain.about]


def reconfigure_providers(original: Function) -> Function:
    """Let the keychain set up the providers."""

    def reconfigServiceWithBuildbotConfig(
        self: Any, new_config: Any, *args: Any, **kwargs: Any
    ) -> Any:
        keychain = MasterKeychain.of(self.master)
        apply = partial(original, self, new_config, *args, **kwargs)
        return keychain.providers.reconfigure(new_config, apply)

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


def configure_database(original: Function) -> Function:
    """Let a reconfiguration end well although the secret of the database is missing or has changed.

    Buildbot only compares its address with the one that is in use.
    """

    def reconfigServiceWithBuildbotConfig(
        self: Any, new_config: Any, *args: Any, **kwargs: Any
    ) -> Any:
        done = maybeDeferred(original, self, new_config, *args, **kwargs)
        keychain = keychain_of(self.master)
        if keychain is None:
            return done

        def differs(failure: Failure) -> Any:
            if failure.check(ConfigErrors) is None:
                return failure
            if keychain.services.database.report_changes():
                return None
            # It may have been read from a file when the master.cfg was.
            names = VALUES_NOW.changed_between(_address_in_use(self), _address(new_config.db))
            report_changed(names)
            return None if names else failure

        return done.addErrback(_keep_database).addErrback(differs)

    return reconfigServiceWithBuildbotConfig


def _address_in_use(database: Any) -> str:
    """Return what Buildbot's ``DBConnector`` is connected to."""
    configured = getattr(database, "configured_db_config", None)
    if configured is None:  # before Buildbot 4.3
        return str(getattr(database, "configured_url", ""))
    return _address(configured)


def _address(config: Any) -> str:
    """Return the address in a configuration of a database, which is a dict before Buildbot 4.3."""
    return str(config["db_url"] if isinstance(config, dict) else config.db_url)


@on_secret_error
def _keep_database(error: KeychainError) -> None:
    _log.emit(LogLevel.warn, "{error}; the database stays as it is", error=message_of(error))


def add_service(original: Function) -> Function:
    """Have a service whose secret cannot be looked up wait for it outside of the master."""

    def addService(self: Any, service: Any, *args: Any, **kwargs: Any) -> Any:
        add = partial(original, self, service, *args, **kwargs)
        keychain = keychain_of(self.master)
        return add() if keychain is None else keychain.services.join(self, service, add)

    return addService


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


def describe_parameter(original: Function) -> Function:
    """Have a form show nothing where the default of a field is rendered when it stays empty."""

    def getSpec(self: Any, *args: Any, **kwargs: Any) -> Any:
        spec = original(self, *args, **kwargs)
        if isinstance(spec, dict) and is_rendered_later(spec.get("default")):
            return {**spec, "default": ""}
        return spec

    return getSpec


def check_arguments(original: Function) -> Function:
    """Report what is wrong with providers, names of secrets and places of renderables."""

    def check_builders(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        found = problems_of(self)
        errors = [problem.sentence for problem in found if problem.is_error]
        if not any(problem.kind == PROVIDER_LIST for problem in found):
            errors += form_problems(self)
        for error in (*errors, *page_problems(self), *block_problems(self)):
            config.error(error)
        for problem in found:
            if not problem.is_error:
                text = problem.sentence
                warnings.warn_explicit(text, ConfigurationWarning, "master.cfg", 0)
        return result

    return check_builders
