"""The errors that buildbot-keychain raises, in one hierarchy.

::

    KeychainError
    ├── ConfigurationError     the configuration is wrong: the administrator must edit it
    ├── InvalidName            a secret's name that no provider can hold, or that is not allowed
    ├── SecretNotFound         every provider was asked, and none holds the secret
    ├── RenderingError         a format string or a rendered name is wrong
    ├── HidingError            a value that a build made itself cannot be hidden
    ├── ApprovalError          somebody cannot approve or refuse
    ├── StoreError             the encrypted store cannot be used, or is not as it was left
    │   ├── NotABox               what should be sealed is not
    │   ├── WrongKey              it was sealed with another key
    │   ├── DamagedBox            it was changed, or moved from another place
    │   ├── KeyRingError          the file of keys is missing, damaged or open to others
    │   ├── StoreTampered         rows or the journal were changed by something else
    │   ├── StoreRolledBack       the database is older than what was seen of it
    │   ├── StoreConflict         somebody else changed it first, or the name is taken
    │   ├── NotInStore            it has no secret, or version of it, of that name
    │   └── StoreUnavailable      its database cannot answer now   (``retryable`` is true)
    └── ProviderError          a provider failed; the lookup ends there
        ├── ProviderUnavailable   it may answer later            (``retryable`` is true)
        │   ├── DeadlineExceeded  it did not answer in time      (``retryable`` is true)
        │   ├── AuditUnavailable  the audit trail is not written (``retryable`` is true)
        │   └── NotAsked          it was not asked this time     (``retryable`` is true)
        ├── AccessDenied          it denies access, or cannot be trusted: tokens, permissions
        │   └── DeniedByPolicy    the policy does not give the secret to whoever asks
        │       ├── ApprovalRequired  people must approve first
        │       └── NotApproved       they have not, or cannot
        └── InvalidSecret         what it holds is not text, or too weak where strict is set
            └── EmptySecret       it is empty, which ``allow_empty`` does not allow

Each message about a secret begins with its name, and says which provider, what is wrong and what to
do about it. No error that has left a provider holds a secret's value, in its text or anywhere else:
`boundary` ensures that.
Messages show names with `quote`, and can be written in any encoding of Unicode.

Pages of builds may be read by strangers. They show `page_message`: which secret, which provider and
what kind of trouble. Paths, owners, addresses and the other providers are for the process's log.
What an `InvalidSecret` says is about the secret alone, and is shown.
"""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.python.failure import Failure

_LONGEST = 200
_NOT_SHOWN = "(its message is not shown: it may hold a secret)"


class KeychainError(Exception):
    """The root: catch this to catch them all.

    ``retryable`` (`bool`) is whether the same request can succeed later with nothing changed.
    """

    retryable: ClassVar[bool] = False

    _message: str | None = None
    _page_message: str = ""

    def __init__(self, message: str = "", page_message: str | None = None) -> None:
        self._message = _encodable(message)
        self._page_message = self._message if page_message is None else _encodable(page_message)
        super().__init__(self._message)

    @property
    def page_message(self) -> str:
        """What strangers may read of the message."""
        return self._page_message


class ConfigurationError(KeychainError):
    """The configuration is wrong; the administrator must edit it."""


class ConfigurationWarning(UserWarning):
    """The configuration can be loaded, but something in it will not work as it stands."""


class InvalidName(KeychainError):
    """A name that no provider can hold, or that a build has filled in with what it may not."""


class RenderingError(KeychainError):
    """A renderable that cannot be rendered: its format is wrong, or a name is not a text."""


class HidingError(KeychainError):
    """A value that a build made itself cannot be hidden."""


class ApprovalError(KeychainError):
    """Somebody cannot approve or refuse; the message is a sentence for that person."""


class StoreError(KeychainError):
    """The encrypted store cannot be used, or is not as it was left."""


class NotABox(StoreError):
    """What should be sealed is not, or in a format of a later version."""


class WrongKey(StoreError):
    """It was sealed with another key; the message has the public ids of both."""


class DamagedBox(StoreError):
    """It was changed, or sealed for another purpose, or moved from another place."""


class KeyRingError(StoreError):
    """The file of the store's keys is missing, damaged, locked or open to others.

    No key is ever made in its place: what is sealed opens with the keys that it was sealed with.
    """


class StoreTampered(StoreError):
    """A row of the store or its journal was changed, moved, copied, put back or removed."""


class StoreRolledBack(StoreError):
    """The database is older than what was seen of it, or has another history."""


class StoreConflict(StoreError):
    """Somebody else changed the secret first, or another one has the name."""


class NotInStore(StoreError):
    """The store has no secret, or version of it, of that name."""


class StoreUnavailable(StoreError):
    """The store's database cannot answer now."""

    retryable = True


class SecretNotFound(KeychainError, LookupError):
    """Every provider was asked, and none holds the secret.

    :param name: the name that was looked up.
    :param providers: the names of the providers that were asked, in that order.
    :param hint: what may have been meant, as a sentence; it comes before what is always said.
    :param page_hint: the same for strangers: nothing that comes from the names of other secrets.
    """

    def __init__(
        self, name: str, providers: tuple[str, ...], hint: str = "", page_hint: str = ""
    ) -> None:
        self.name = name
        self.providers = providers
        asked = ", ".join(providers) or "none"
        beginning = f"secret {quote(name)}: no provider holds it"
        add = "add it to one of them" if providers else "add a provider that does"
        end = f"{add}, or give a default with {quote(f'%(secret:{name}:-default)s')}"
        for_log, for_page = (f"{text} {end}" if text else end for text in (hint, page_hint))
        super().__init__(f"{beginning} (asked: {asked}); {for_log}", f"{beginning}; {for_page}")


class ProviderError(KeychainError):
    """A provider failed.

    :param provider: the provider's name.
    :param path: what it was asked for.
    :param reason: what is wrong and what to do about it, as the end of a sentence; never a value.
    """

    trouble: ClassVar[str | None] = "it cannot answer as it is configured"
    """What pages that strangers may read say in place of the reason; ``None`` for the reason."""

    def __init__(self, provider: str, path: str, reason: str) -> None:
        self.provider = provider
        self.path = path
        self.reason = reason
        asked = f"secret {quote(path)}: provider {provider!r}"
        shown = None
        if self.trouble is not None:
            shown = f"{asked}: {self.trouble}; the master's twistd.log says more"
        super().__init__(f"{asked}: {reason}", shown)


class ProviderUnavailable(ProviderError):
    """The provider may answer the same request later."""

    retryable = True
    trouble = "it cannot be reached, or cannot answer now"


class DeadlineExceeded(ProviderUnavailable):
    """The provider did not answer in time."""

    trouble = "it did not answer in time"


class AuditUnavailable(ProviderUnavailable):
    """Nobody can be given the secret while no sink of the audit trail accepts that it is given.

    :param path: the name that was looked up.
    :param reason: what is wrong with the sinks, and what to do about it.
    """

    trouble = "what was given cannot be recorded now"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__("audit", path, reason)


class NotAsked(ProviderUnavailable):
    """The provider was not asked: it did not answer lately, or too many ask it."""

    trouble = "it was not asked: it did not answer lately, or too many ask it"


class AccessDenied(ProviderError):
    """The provider denies access, or what it would have to read cannot be trusted."""

    trouble = "it denies access, or what it would have to read is not trusted"


class DeniedByPolicy(AccessDenied):
    """The policy does not give the secret to whoever asks, whether or not there is one.

    No provider was asked. Why is in the process's log.

    :param name: the name that was looked up.
    :param asker: who asked, as the object of a sentence.
    """

    def __init__(self, name: str, asker: str) -> None:
        what = f"the policy does not give {asker} a secret of that name"
        self._deny(name, f"{what}; see `buildbot-keychain explain`")

    def _deny(self, name: str, reason: str) -> None:
        """Set what a `ProviderError` has; the message has no provider, as none was asked."""
        self.provider, self.path, self.reason = "policy", name, reason
        KeychainError.__init__(self, f"secret {quote(name)}: {reason}")


class ApprovalRequired(DeniedByPolicy):
    """The policy gives the secret only after people have approved, and nobody waits for that.

    :param needed: what must be approved: pairs of a `buildbot_keychain.policy.Question` and what is
        demanded for it.
    """

    def __init__(self, name: str, asker: str, needed: tuple[Any, ...]) -> None:
        self.needed = needed
        what = f"the policy gives {asker} a secret of that name only when people have approved it"
        self._deny(name, f"{what}, and only steps of builds wait for that")


class NotApproved(DeniedByPolicy):
    """People have not approved that the secret is given, or cannot.

    :param reason: why, as the end of a sentence.
    """

    def __init__(self, name: str, reason: str) -> None:
        self._deny(name, reason)


class InvalidSecret(ProviderError):
    """What the provider holds is not text, or too weak to be hidden where strict is set.

    The reason is about the secret alone: it has no path of a file, no address and no owner.
    """

    trouble = None


class EmptySecret(InvalidSecret):
    """What the provider holds is empty or blank, and the name is not allowed to be."""


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def quote(name: object) -> str:
    """Return `name` as messages show it: on one line, printable, and cut where it is very long."""
    text = repr(name[: _LONGEST + 1] if isinstance(name, (str, bytes)) else name)
    if len(text) <= _LONGEST:
        return text
    length = f" ({len(name)} characters)" if isinstance(name, str) else ""
    return f"{text[:_LONGEST]}...{length}"


def message_of(error: object) -> str | None:
    """Return the message that one of our errors was made with; ``None`` for any other error.

    Unlike ``str(error)`` it does not depend on what a subclass makes of its arguments, which may be
    a value.
    """
    return error._message if isinstance(error, KeychainError) else None  # noqa: SLF001 - of this module


def page_message_of(error: object) -> str | None:
    """Return the part of `message_of` that strangers may read."""
    return error._page_message if isinstance(error, KeychainError) else None  # noqa: SLF001 - of this module


def safe_summary(failure: Failure) -> str:
    """Return what happened, for a message or a log: never the text of an error of other code.

    That text may be a value, so the error's type and the place where it was raised stand for it.
    """
    message = message_of(failure.value)
    if message is not None:
        return message
    place = "an unknown place"
    if failure.frames:
        function, file, line, *_ = failure.frames[-1]
        place = f"{file}:{line} in {function}"
    kind = failure.type.__name__ if failure.type else "an error"
    return f"it failed with {kind} at {place} {_NOT_SHOWN}"


def is_safe_summary(text: str) -> bool:
    """Return whether `text` stands for an error of other code, as `safe_summary` words it."""
    return text.endswith(_NOT_SHOWN)
