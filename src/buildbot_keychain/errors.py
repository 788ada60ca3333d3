"""Everything that buildbot-keychain raises, in one hierarchy.

::

    KeychainError
    ├── ConfigurationError     the configuration is wrong: the administrator must edit it
    ├── InvalidName            a secret's name that can never be right: whoever asks must fix it
    ├── SecretNotFound         every provider was asked and none holds it
    ├── RenderingError         a format string or a rendered name that makes no sense
    └── ProviderError          a provider could not answer; the lookup ends there
        ├── ProviderUnavailable   it may answer later            (``retryable`` is true)
        │   └── DeadlineExceeded  it did not answer in time      (``retryable`` is true)
        ├── AccessDenied          it refuses, or is not to be trusted: permissions, tokens
        └── InvalidSecret         what it holds is no text, or too weak where strict is set

Each message says which provider, which name, what was wrong and what to do about it. No error ever
holds a secret's value: not in its text, arguments, attributes, ``__cause__`` or ``__context__``.
Names are shown by `quote`; whatever a message quotes, it can be written in any encoding of Unicode.
"""

from __future__ import annotations

from typing import ClassVar

from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure

_LONGEST = 200
_ATTRIBUTES = frozenset({"name", "path", "provider", "providers", "reason"})
"""What our errors say of themselves; what others add to theirs may hold anything."""


class KeychainError(Exception):
    """The root: catch this to catch them all.

    ``retryable`` (`bool`) says whether the same request can succeed later with nothing edited.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message.encode("utf-8", "backslashreplace").decode())


class ConfigurationError(KeychainError):
    """The configuration is wrong; nothing will work before it is edited."""


class InvalidName(KeychainError):
    """A name that no provider could hold, or that addresses a provider that is not configured."""


class RenderingError(KeychainError):
    """A renderable that cannot be rendered: a wrong format, or a name that is not a text."""


class SecretNotFound(KeychainError, LookupError):
    """Every provider was asked, and none holds the secret.

    :param name: the name as it was asked for.
    :param providers: the names of the providers that were asked, in that order.
    """

    def __init__(self, name: str, providers: tuple[str, ...]) -> None:
        self.name = name
        self.providers = providers
        asked = ", ".join(providers) or "none is configured"
        super().__init__(
            f"no provider holds the secret {quote(name)} (asked: {asked}); add it to one of them, "
            f"or give a default with {quote(f'%(secret:{name}:-default)s')}"
        )


class ProviderError(KeychainError):
    """A provider could not answer.

    :param provider: the provider's name.
    :param path: what it was asked for.
    :param reason: what was wrong and what to do, as the end of a sentence; never a value.
    """

    def __init__(self, provider: str, path: str, reason: str) -> None:
        self.provider = provider
        self.path = path
        self.reason = reason
        super().__init__(f"provider {provider!r}, asked for {quote(path)}: {reason}")


class ProviderUnavailable(ProviderError):
    """The provider may answer the same request later."""

    retryable = True


class DeadlineExceeded(ProviderUnavailable):
    """The provider did not answer in time."""


class AccessDenied(ProviderError):
    """The provider refuses, or what it would have to read cannot be trusted."""


class InvalidSecret(ProviderError):
    """What the provider holds under that name is no text, or too weak to be hidden, if strict."""


def quote(name: object) -> str:
    """Give `name` as messages show it: on one line, printable, and cut where it is very long."""
    text = repr(name[: _LONGEST + 1] if isinstance(name, (str, bytes)) else name)
    if len(text) <= _LONGEST:
        return text
    length = f" ({len(name)} characters)" if isinstance(name, str) else ""
    return f"{text[:_LONGEST]}...{length}"


def safe_summary(failure: Failure) -> str:
    """Say what happened without a word of what the exception says, which may be a value."""
    if failure.check(KeychainError):
        return failure.getErrorMessage()
    place = "an unknown place"
    if failure.frames:
        function, file, line, *_ = failure.frames[-1]
        place = f"{file}:{line} in {function}"
    kind = failure.type.__name__ if failure.type else "an error"
    return f"it failed with {kind} at {place} (its message is withheld: it may hold a secret)"


def without_trace(failure: Failure, provider: str, path: str) -> Failure:
    """Return a failure of one of our errors that holds nothing of the code that raised it.

    The error is a fresh one: it has no cause, no context, no notes and no frames, since each of
    those may hold a value. An error that is not of this module is replaced by a `ProviderError`
    that says where it was raised, not what it said.

    :param provider: the name of the provider that failed, for an error that does not say it.
    :param path: what it was asked for.
    """
    if failure.check(CancelledError):
        return Failure(CancelledError())
    error = failure.value
    if not isinstance(error, KeychainError):
        return Failure(ProviderError(provider, path, safe_summary(failure)))
    fresh = type(error).__new__(type(error), *error.args)
    kept = {name: value for name, value in vars(error).items() if name in _ATTRIBUTES}
    fresh.__dict__.update(kept)
    return Failure(fresh)
