"""The result of a lookup, `SecretDetails`, and who asked for it, `Requester`.

A requester that is a build knows what it builds: a `SourceStamp` for each codebase. What is known
of a secret, but its value, is a `SecretDescription`; a value that needs no hiding, a `PublicText`,
and one that is valid for a time, a `LeasedText`.

A `SecretDetails` shows its value only to code that writes ``.value``: ``repr``, ``str``,
``format``, JSON, pickle and Twisted's jelly never do.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

_NOT_SENT = "what a provider answers must not be pickled or sent: it is a secret"
_NOT_COPIED = "a SecretDetails must not be pickled, copied or sent: it holds a secret; pass its key"


class SecretDetails:
    """A secret that was found. The names are those of Buildbot's class of the same name.

    :param source: the name of the provider that has it.
    :param key: the name by which it was looked up.
    :param value: its text.
    :param version: of which version it is, where the provider says that.
    :ivar asked: the `buildbot_keychain.audit.asked.Asked` of its lookup, if there was one here.
    """

    __slots__ = ("_key", "_source", "_value", "asked", "version")

    def __init__(self, source: str, key: str, value: str, version: int | str | None = None) -> None:
        self.asked: Any = None
        self._source = source
        self._key = key
        self._value = value
        self.version = version

    @property
    def source(self) -> str:
        """The name of the provider that has it."""
        return self._source

    @property
    def key(self) -> str:
        """The name by which it was looked up."""
        return self._key

    @property
    def value(self) -> str:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return f"SecretDetails(source={self._source!r}, key={self._key!r}, value=<hidden>)"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretDetails):
            return NotImplemented
        same_value = hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"),
            other._value.encode("utf-8", "surrogatepass"),
        )
        return same_value and (self._source, self._key) == (other._source, other._key)

    def __hash__(self) -> int:
        return hash((self._source, self._key))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(_NOT_COPIED)

    def __getstate__(self) -> NoReturn:
        # Python 3.11 has one for every object, and jelly sends what it returns.
        raise TypeError(_NOT_COPIED)


class _Answer(str):
    """A value as a provider answers it: a `str` whose ``repr`` and pickle do not have it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __copy__(self) -> _Answer:
        return self

    def __deepcopy__(self, memo: object) -> _Answer:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(_NOT_SENT)


class DescribedText(_Answer):
    """A value with what is known of it, as a provider answers it; whoever asks gets a `str`.

    :ivar version: of which version of the secret it is.
    :ivar created: when that was made, in seconds since the epoch.
    :ivar expires: when it expires.
    """

    __slots__ = ("created", "expires", "version")

    version: int | str | None
    created: float | None
    expires: float | None

    def __new__(  # noqa: D102, PYI034 - as the class says; Python 3.11 has Self
        cls,
        text: str,
        version: int | str | None = None,
        created: float | None = None,
        expires: float | None = None,
    ) -> DescribedText:
        described = super().__new__(cls, text)
        described.version, described.created, described.expires = version, created, expires
        return described


class PublicText(DescribedText):
    """A value that may be shown, as a provider answers it: a user name, a key id.

    It is a value like that of a name in ``public`` of a manager.
    """

    __slots__ = ()


class LeasedText(_Answer):
    """A value that is valid for a time, as a provider answers it; it is kept for half of that.

    :ivar lease: seconds from when it was answered.
    """

    __slots__ = ("lease",)

    lease: float

    def __new__(cls, text: str, lease: float) -> LeasedText:  # noqa: D102, PYI034 - as the class says; Python 3.11 has Self
        leased = super().__new__(cls, text)
        leased.lease = lease
        return leased


@dataclass(frozen=True)
class SecretDescription:
    """What a provider knows of a secret, but its value; times are seconds since the epoch.

    :param name: its canonical name in the provider, without a version or field.
    :param version: the version that was asked for, or the current one; ``None`` where it has none.
    :param created: when that version was made; ``None`` where that is not known.
    :param expires: when it expires; ``None`` if it does not.
    :param used: when the secret was last used, by the hour; ``None`` if that is not known.
    :param allowed: patterns of the builders that may have it; ``None`` for any.
    :param redact: whether it is to be hidden.
    """

    name: str
    version: int | str | None = None
    created: float | None = None
    expires: float | None = None
    used: int | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    redact: bool = True


SECRET = "secret"  # noqa: S105 - not one
"""The kind of what a provider serves."""

TOKEN = "token"  # noqa: S105 - not one
"""The kind of what a provider shows a server."""

SECRET_ID = "secret-id"  # noqa: S105 - not one
"""The kind of what a provider logs in with, by AppRole."""

LEASE = "lease"
"""The kind of what an engine made for services."""

CERTIFICATE = "certificate"
"""The kind of what a provider shows a server, or trusts, and of a secret that is a certificate."""


@dataclass(frozen=True)
class Expiry:
    """Something that a provider uses itself, and when it ends.

    :param kind: `TOKEN`, `SECRET_ID`, `LEASE` or `CERTIFICATE`.
    :param name: what it is called: ``"the token"``, the path of a file.
    :param when: seconds since the epoch.
    :param life: seconds that it lives in all; ``None`` where that is not known.
    :param remedy: what to do, as a sentence without a full stop.
    """

    kind: str
    name: str
    when: float
    remedy: str
    life: float | None = None


class Credential(NamedTuple):
    """A token or a lease that a provider holds.

    :param kind: `TOKEN` or `LEASE`.
    :param left: seconds until it ends, unless it is renewed; ``None`` where it has no end.
    """

    kind: str
    left: float | None


@dataclass(frozen=True)
class SourceStamp:
    """What a build checks out for one codebase; unknown facts are ``None``.

    :param codebase: the name of the codebase; empty where a build has but one.
    :param repository: the address of the repository.
    :param branch: the branch; ``None`` for the default branch and for a tag, which is not a branch.
    :param tag_name: the tag, without ``refs/tags/``.
    :param project: the project that the change source named.
    :param patched: whether a patch is applied to it, as ``buildbot try`` does.
    :param revision_chosen: whether a revision is built that nobody who may write to the branch is
        known to have brought there. Whoever chooses the revision chooses the code.
    """

    codebase: str = ""
    repository: str | None = None
    branch: str | None = None
    tag_name: str | None = None
    project: str | None = None
    patched: bool = False
    revision_chosen: bool = False


@dataclass(frozen=True)
class Requester:
    """Who a secret is looked up for; unknown facts are ``None``.

    :param kind: ``"build"`` for a step of a build, ``"service"`` for a part of the master,
        ``"provider"`` for an argument of another provider, ``"unknown"`` for whom nobody can tell.
    :param builder: the builder's name.
    :param build: the build's number on that builder.
    :param branch: the branch of all source stamps, also where that is a tag.
    :param project: the project of all source stamps.
    :param worker: the worker's name.
    :param scope: identifies what the lookup is part of and ends with, such as a build; ``None`` if
        that lasts as long as the master.
    :param builder_project: the project that the builder is configured to belong to.
    :param builder_tags: the tags that the builder is configured with.
    :param source_stamps: what is built, for every codebase.
    :param outside: whether anything that is built comes from somebody who may not write to the
        branch: a merge or pull request, a patch, or what was triggered by or repeats the build of
        one. ``None`` where no change says it, or one of a source that is not known does not.
    :param scheduler: the name of the scheduler that made the build; ``"rebuild"`` if somebody has
        another build repeated.
    :param forced: whether people have asked for the build, by a form or in a chat. ``None`` where
        it was made for several requests and that is so for some of them.
    :param owner: the person who asked for the build, or for the one that has triggered it, where
        the master knows that person by a login; ``None`` where there are several.
    :param service: the name of the service or provider.
    :param service_class: the full name of its class.
    """

    kind: str
    builder: str | None = None
    build: int | None = None
    branch: str | None = None
    project: str | None = None
    worker: str | None = None
    scope: str | None = None
    builder_project: str | None = None
    builder_tags: tuple[str, ...] = ()
    source_stamps: tuple[SourceStamp, ...] = ()
    outside: bool | None = None
    scheduler: str | None = None
    forced: bool | None = None
    owner: str | None = None
    service: str | None = None
    service_class: str | None = None


def facts_of(requester: Requester) -> dict[str, Any]:
    """Return what is known of a requester, as JSON has it."""
    facts = _known(requester)
    facts.update(
        (name, getattr(requester, name))
        for name in ("outside", "forced")  # `None` is something else
        if getattr(requester, name) is not None
    )
    if requester.source_stamps:
        facts["source_stamps"] = [_known(stamp) for stamp in requester.source_stamps]
    return facts


def _known(subject: Requester | SourceStamp) -> dict[str, Any]:
    """Return the facts that say something; ``False`` does not, but a number does."""
    facts = vars(subject).items()
    return {name: value for name, value in facts if value or (value == 0 and value is not False)}
