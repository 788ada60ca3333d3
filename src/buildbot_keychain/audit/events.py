"""The events of the audit trail: who had which secret, who did not, and why.

None has a value of a secret, or anything made of one but a keyed digest. What they hold is as it is
at its source: names and texts are redacted when they are written (`buildbot_keychain.audit.form`).

An `Event` says what happened. When, and in which master, is added by the `AuditTrail` that it is
passed to, as a `Record`. ``docs/reference/audit.md`` describes the JSON of each; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from buildbot_keychain.details import Requester

GIVEN = "given"
"""The outcome of a lookup that returned a value."""

NOT_FOUND = "not found"
"""The outcome of a lookup where no provider has the secret."""

FAILED = "failed"
"""The outcome of a lookup that ended in an error."""

WITHHELD = "withheld"
"""The outcome of a lookup whose value nobody got.

No sink accepted that it was given, or it was cancelled before one did.
"""


@dataclass(frozen=True)
class Event:
    """What all events have in common.

    :cvar kind: what the event is called in JSON.
    """

    kind: ClassVar[str]


@dataclass(frozen=True)
class Decision(Event):
    """A policy has decided, and no lookup follows: most of these are denials.

    :param secret: the name as it was asked for.
    :param requester: who asked.
    :param outcome: one of those of `buildbot_keychain.uses`.
    :param rules: the rules that decided, each with where it is written.
    :param reason: why, in a line.
    :param seconds: how long it took.
    """

    kind = "decision"

    secret: str
    requester: Requester
    outcome: str
    rules: tuple[str, ...] = ()
    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Lookup(Event):
    """A lookup has ended that the policy, if there is one, allowed.

    Each of several callers who share one answer has an event of its own.

    :param secret: the name as it was asked for.
    :param requester: who asked.
    :param outcome: `GIVEN`, `NOT_FOUND`, `FAILED` or `WITHHELD`.
    :param provider: the name of the provider that answered or failed.
    :param canonical: the one spelling of the name in that provider, where it is known.
    :param version: the version of the secret, where the provider says it.
    :param decision: what the policy decided; empty without one.
    :param rules: the rules that decided, each with where it is written.
    :param answer: where the value came from: ``"provider"``, ``"cache"``, ``"stale"`` for the last
        value of a provider that cannot be reached, ``"shared"`` for somebody else's lookup.
    :param error: the class of the error, and what it says.
    :param digest: the keyed HMAC of the value, in hex, if that is wanted.
    :param seconds: how long it took, the decision included.
    """

    kind = "lookup"

    secret: str
    requester: Requester
    outcome: str = GIVEN
    provider: str = ""
    canonical: str = ""
    version: int | str | None = None
    decision: str = ""
    rules: tuple[str, ...] = ()
    answer: str = "provider"
    error: str = ""
    digest: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Use(Event):
    """A secret that was given has gone somewhere.

    :param place: where: ``"property"`` for one of the build that the requester is, ``"file"`` for
        one on its worker.
    :param detail: which, where that is known.
    """

    kind = "use"

    secret: str
    requester: Requester
    place: str
    detail: str = ""
    provider: str = ""
    version: int | str | None = None


@dataclass(frozen=True)
class Rotation(Event):
    """A secret has another value than before.

    :param version: of the new value, where the provider says it.
    :param noticed_by: the kind of the requester whose lookup has noticed it.
    :param services: the services that have the former value until they are configured again.
    :param digest: the keyed HMAC of the new value, in hex, if that is wanted.
    :param requester: whose lookup has noticed it.
    """

    kind = "rotation"

    secret: str
    provider: str = ""
    version: int | str | None = None
    old_version: int | str | None = None
    noticed_by: str = ""
    services: tuple[str, ...] = ()
    digest: str = ""
    requester: Requester | None = None


@dataclass(frozen=True)
class Approval(Event):
    """Somebody was asked to approve that a secret is given, or has answered.

    :param action: ``"requested"``, ``"approved"``, ``"rejected"``, ``"expired"``, ``"cancelled"``,
        ``"used"``.
    :param person: who did it, as the master knows that person; empty for the master itself.
    :param request: the number of the request.
    :param rules: the rules that demand it, each with where it is written.
    :param reason: what the person wrote.
    """

    kind = "approval"

    secret: str
    requester: Requester
    action: str
    person: str = ""
    request: int | None = None
    rules: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Hidden(Event):
    """The redactor has hidden a secret in something.

    :param sink: in what: ``"log"``, ``"step state"``, ``"property"``, ``"twistd.log"``.
    :param count: how often.
    :param build: the id of the build.
    :param number: the number of the build on its builder.
    :param log: the name of the log.
    :param line: the first line, from 1.
    """

    kind = "hidden"

    secret: str
    sink: str
    count: int = 1
    builder: str | None = None
    build: int | None = None
    number: int | None = None
    step: str | None = None
    log: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Typed(Event):
    """Somebody has typed secrets into a form, for the builds of one buildset.

    :param secrets: their names.
    :param form: the name of the form.
    :param person: who did it: whom the master has authenticated, or else the name that was typed.
    :param buildset: the id of the buildset.
    """

    kind = "typed"

    secrets: tuple[str, ...]
    form: str = ""
    person: str = ""
    buildset: int | None = None


@dataclass(frozen=True)
class Administration(Event):
    """Somebody has done something to a store or to the master, through its socket or page.

    :param action: what: ``"evict"``: nothing is kept any longer of a secret or provider, or of any;
        or what a command does to a store (`buildbot_keychain.store.remote`).
    :param person: who: ``user@host``, or whom the master has authenticated; empty for code that
        runs in the master.
    :param secret: what it was about, if that was one secret.
    :param outcome: ``"done"``, or why it was not.
    """

    kind = "administration"

    action: str
    person: str = ""
    secret: str = ""
    provider: str = ""
    outcome: str = "done"


@dataclass(frozen=True)
class Warned(Event):
    """Something needs attention that did not before: see `buildbot_keychain.attention`.

    :param problem: which: ``"expires"``, ``"expired"``, ``"too old"``.
    :param subject: what it is: ``"secret"``, ``"token"``, ``"secret-id"``, ``"lease"`` or
        ``"certificate"``.
    :param secret: its name, if it is a secret.
    :param provider: the name of the provider that has it or uses it.
    :param detail: what it is called, if it is no secret.
    :param when: when it expires, or since when it is too old, in seconds since the epoch.
    :param remedy: what to do.
    """

    kind = "warning"

    problem: str
    subject: str
    secret: str = ""
    provider: str = ""
    detail: str = ""
    when: float | None = None
    remedy: str = ""


@dataclass(frozen=True)
class Trail(Event):
    """What happened to the audit trail itself.

    :param action: ``"started"``, ``"stopped"``, ``"lost"``, ``"repaired"``, ``"rotated"``.
    :param sink: the name of the sink.
    :param count: how many events were lost, or bytes were cut off.
    :param detail: why, in a line.
    """

    kind = "trail"

    action: str
    sink: str = ""
    count: int | None = None
    detail: str = ""


EVENTS: tuple[type[Event], ...] = (
    Decision,
    Lookup,
    Use,
    Rotation,
    Approval,
    Hidden,
    Typed,
    Administration,
    Warned,
    Trail,
)
"""All classes of events."""
