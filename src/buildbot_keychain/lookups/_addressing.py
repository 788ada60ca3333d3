"""Which providers a name asks, and who waits for whom.

A provider whose own arguments are being rendered is not asked for the secrets that they name, so
providers that need each other end in an error, and nothing waits for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from buildbot_keychain.configuration import addressed
from buildbot_keychain.errors import InvalidName, quote
from buildbot_keychain.interfaces import IAskedByNameOnly

# The providers whose arguments are being rendered by what runs now, outermost first.
_rendering_for: ContextVar[tuple[Any, ...]] = ContextVar("rendering_for", default=())


def waiting_providers() -> tuple[Any, ...]:
    """Return the providers that wait for what is looked up now, outermost first."""
    return _rendering_for.get()


def let_wait(providers: tuple[Any, ...]) -> None:
    """Have `providers` wait for all that is looked up in the context of the caller."""
    _rendering_for.set(providers)


def candidates_for(
    providers: Sequence[Any], name: str, *, kinds: bool
) -> tuple[Sequence[Any], str]:
    """Return the providers to ask for the secret `name`, and the path to ask them for.

    :param kinds: whether the kind of a provider stands for its name.
    :raise InvalidName: when no provider can have it.
    """
    if not isinstance(name, str) or not name.strip():
        kind = "blank" if isinstance(name, str) else f"of type {type(name).__name__}"
        msg = f"a secret's name must be a str that is not blank; this one is {kind}"
        raise InvalidName(msg)
    prefix, mark, path = name.partition("!")
    waiting = waiting_providers()
    if not mark:
        walked = [p for p in providers if not IAskedByNameOnly.providedBy(p)]
        return [p for p in walked if p not in waiting], name
    chosen = addressed(providers, prefix)
    if not kinds:
        chosen = [provider for provider in chosen if provider.name == prefix]
    if len(chosen) == 1 and chosen[0] in waiting:
        msg = (
            f"secret {quote(name)}: the provider {prefix!r} needs it before it can answer; "
            "keep it in another provider"
        )
        raise InvalidName(msg)
    if len(chosen) == 1 and path:
        return chosen, path
    known = ", ".join(provider.name for provider in providers) or "none"
    called = f"{len(chosen)} providers are" if chosen else "no provider is"
    problem = f"{called} called {quote(prefix)}"
    if len(chosen) == 1:
        problem = "no path follows the '!'"
    msg = f"secret {quote(name)}: its name is read as provider!path, and {problem}"
    raise InvalidName(f"{msg} (providers: {known})", msg)
