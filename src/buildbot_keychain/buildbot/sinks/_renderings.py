"""Properties rendered for storage, and the errors of their renderings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from twisted.internet.defer import FirstError
from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.references import stored_entry
from buildbot_keychain.deferreds import root_error
from buildbot_keychain.errors import KeychainError

P = ParamSpec("P")

_log = Logger()


def secret_error(failure: Failure) -> KeychainError | None:
    """Return the error about a secret that made a rendering fail; ``None`` if it is another one."""
    error = root_error(failure.value)
    return error if isinstance(error, KeychainError) else None


def on_secret_error(
    handle: Callable[Concatenate[KeychainError, P], Any],
) -> Callable[Concatenate[Failure, P], Any]:
    """Return an errback that calls `handle` with an error about a secret, and passes on others."""

    @wraps(handle)
    def errback(failure: Failure, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        error = secret_error(failure)
        return failure if error is None else handle(error, *args, **kwargs)

    return errback


async def render_all(properties: Any) -> dict[str, tuple[Any, str]]:
    """Return Buildbot's `properties` rendered, with their sources, by name.

    A property whose secret cannot be looked up is rendered as the reason for that, as far as
    strangers may read it; the log has all of it.
    """
    own: Mapping[str, tuple[Any, str]] = properties.asDict()
    entries = {name: stored_entry(entry) for name, entry in own.items()}
    return {
        name: (await _rendered(properties, name, value), source)
        for name, (value, source) in entries.items()
    }


async def _rendered(properties: Any, name: str, value: Any) -> Any:
    try:
        return await properties.render(value)
    except (FirstError, KeychainError):
        error = secret_error(Failure())
        if error is None:
            raise
    _log.error("the property {name!r}: {error}", name=name, error=str(error))
    return f"[{error.page_message}]"
