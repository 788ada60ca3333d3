"""`now`: the value of a secret while a ``master.cfg`` is read, for what Buildbot never renders.

Only providers that answer without a network and without a reactor can be asked then: files and the
environment. They are those that the same reading of a configuration has made before, whether or not
they are in a list yet, in that order.

A value is hidden in what this process logs, and by every keychain of the process, from the moment
it is returned. No build counts as given it: one that somebody could guess is hidden in no build's
log, and a warning says so. It is read once for each configuration: a change is seen at the next
one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import quote_plus
from weakref import WeakSet

from buildbot.config import ConfigErrors, errors

from buildbot_keychain.buildbot.sinks import redact_process_logs
from buildbot_keychain.configuration import addressed
from buildbot_keychain.errors import (
    ConfigurationWarning,
    EmptySecret,
    InvalidName,
    KeychainError,
    ProviderError,
    SecretNotFound,
    quote,
)
from buildbot_keychain.hints import hint_for
from buildbot_keychain.inspection import keep_values, note_read
from buildbot_keychain.interfaces import IListsNames, IReadsNow
from buildbot_keychain.redaction import RedactionPolicy, Redactor


class ValuesNow:
    """The values that configurations of this process have read, and where they read them."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = {}
        self._own: Redactor | None = None
        self._redactors: WeakSet[Redactor] = WeakSet()
        # The reading that made the providers: Buildbot collects the errors of each in a new object.
        self._reading: object = None
        self._providers: list[Any] = []

    def made(self, provider: Any) -> None:
        """Note a provider of the core that the configuration has made."""
        self._begin()
        self._providers.append(provider)

    def hide_in(self, redactor: Redactor) -> None:
        """Have `redactor` know all values, also those that are still to be read."""
        self._redactors.add(redactor)
        for name, values in self._values.items():
            for value in values:
                redactor.add(name, value)

    def now(self, name: str) -> str:
        """Return the value of the secret `name`: ``[provider!]path``.

        :raise buildbot.config.ConfigErrors: when there is none, or it cannot be read now.
        """
        self._begin()
        try:
            value = self._value(name)
        except KeychainError as error:
            problem = str(error)
        else:
            self._hide(name, value)
            note_read(name)
            return value
        # Not while the error is handled, whose frames may hold a value.
        raise ConfigErrors([problem])

    def changed_between(self, former: str, new: str) -> list[str]:
        """Return the names of secrets of which two texts show different values.

        They are none if the texts differ in anything else.
        """
        changed: set[str] = set()
        for name, values in self._values.items():
            for value in sorted(_spellings(values), key=len, reverse=True):
                if (value in former) != (value in new):
                    changed.add(name)
                former, new = (text.replace(value, f"\0{name}\0") for text in (former, new))
        return sorted(changed) if former == new else []

    def _begin(self) -> None:
        reading = errors._errors  # noqa: SLF001 - nothing else tells one reading from another
        if reading is not self._reading:
            self._reading = reading
            self._providers = []

    def _hide(self, name: str, value: str) -> None:
        if self._own is None:
            self._own = Redactor(RedactionPolicy.build_log())
            redact_process_logs(self._own)
        self._values.setdefault(name, set()).add(value)
        for redactor in self._redactors:
            redactor.add(name, value)
        if not self._own.add(name, value).from_everybody:
            problem = (
                f"secret {quote(name)}: its value can be guessed, so it is hidden in no build's "
                "log; let its provider hold a longer one that is random"
            )
            warnings.warn(problem, ConfigurationWarning, stacklevel=4)

    def _value(self, name: str) -> str:
        candidates, path = self._candidates(name)
        for provider in candidates:
            readable: bool = IReadsNow.providedBy(provider)
            if not readable:
                reason = (
                    "it cannot be asked while the configuration is read; keep the secret in a "
                    "file or in the environment, and put that provider in front"
                )
                raise ProviderError(provider.name, path, reason)
            value: str | None = provider.read(path)
            if value is not None:
                if not value.strip():
                    raise EmptySecret(provider.name, path, "its value is empty")
                return value
        asked = tuple(provider.name for provider in candidates)
        names = [n for p in candidates if IListsNames.providedBy(p) for n in p.names()]
        hint = hint_for(path, candidates, names)
        if not asked:
            hint = "make the provider before secrets.now() is called."
        raise SecretNotFound(name, asked, hint)

    def _candidates(self, name: str) -> tuple[list[Any], str]:
        if not isinstance(name, str) or not name.strip():
            raise InvalidName("secrets.now() needs the name of a secret, a str that is not blank")
        prefix, mark, path = name.partition("!")
        if not mark:
            return self._providers, name
        chosen = addressed(self._providers, prefix)
        if len(chosen) != 1:
            known = ", ".join(provider.name for provider in self._providers) or "none"
            msg = (
                f"secret {quote(name)}: {len(chosen) or 'no'} providers that the configuration has "
                f"made so far are called {quote(prefix)} (providers: {known})"
            )
            raise InvalidName(msg)
        return chosen, path


def _spellings(values: Iterable[str]) -> set[str]:
    """Return `values` as they are, and as they stand in the address of a database."""
    spellings = (str, quote_plus, url_quote, partial(url_quote, safe=""))
    return {spell(value) for value in values for spell in spellings}


VALUES_NOW = ValuesNow()
"""Those of this process."""

keep_values(VALUES_NOW.hide_in)


def now(name: str) -> str:
    """Return the value of a secret at once, while the ``master.cfg`` is read.

    For arguments that Buildbot never renders. Everywhere else write ``Secret(name)``: it is looked
    up when it is used, and so follows a change of the secret.

    :param name: ``[provider!]path``, of a provider of files or of the environment that the
        configuration has made before.
    :raise buildbot.config.ConfigErrors: when it cannot be read.
    """
    return VALUES_NOW.now(name)
