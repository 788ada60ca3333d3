"""What messages say of services and of the secrets that they want."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildbot.changes.base import ChangeSource
from buildbot.reporters.base import ReporterBase
from buildbot.worker.base import AbstractWorker
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.services._held import Problem
from buildbot_keychain.errors import KeychainError, message_of, quote, safe_summary

_log = Logger()

_KINDS = ((AbstractWorker, "worker"), (ReporterBase, "reporter"), (ChangeSource, "change source"))


def name_of(service: Any) -> str:
    """Return how messages call `service`: its kind and its name."""
    return f"{kind_of(service)} {service.name}"


def kind_of(service: Any) -> str:
    """Return what `service` is: ``worker``."""
    return next((kind for cls, kind in _KINDS if isinstance(service, cls)), "service")


def name_of_secret(name: str) -> str:
    """Return how messages call the secret `name`."""
    return f"`{quote(name)[1:-1]}`"


def cause(name: str, error: KeychainError) -> str:
    """Return what an error says, without the secret's name at its beginning."""
    text = message_of(error) or ""
    for known in (name, name.partition("!")[2]):
        text = text.removeprefix(f"secret {quote(known)}: ")
    return text


def database_error(name: str, error: KeychainError) -> KeychainError:
    """Return an error that says that the master's database needs the secret `name`, and why not."""
    return KeychainError(f"c['db']['db_url'] needs {name_of_secret(name)}: {cause(name, error)}")


def listed(problems: Mapping[str, Problem], separator: str = "; and for ") -> str:
    """Return a list of secrets, each with why it is not there.

    :param problems: by name.
    """
    return separator.join(f"{name_of_secret(name)}: {p.text}" for name, p in problems.items())


def log_failure(subject: str, what: str) -> None:
    """Log that `subject` has failed in some way, without the message of the exception at hand.

    :param what: the predicate: ``could not be set up``.
    """
    _log.error(
        "{subject} {what}: {problem}", subject=subject, what=what, problem=safe_summary(Failure())
    )
