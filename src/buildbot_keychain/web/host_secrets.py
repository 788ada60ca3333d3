"""`ISecrets`: what the pages of secrets ask of their host. There is no value in any answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zope.interface import Attribute, Interface

from buildbot_keychain.details import Expiry
from buildbot_keychain.resilience import ProviderState
from buildbot_keychain.uses import Use
from buildbot_keychain.web.host_audit import Audited


@dataclass(frozen=True)
class Provider:
    """A provider of the configuration.

    :param kind: what it is, such as ``vault``.
    :param lists: whether it can list its secrets.
    :param problem: what is wrong with it now, as a sentence; empty if nothing is known to be.
    :param expiries: when something ends that it uses itself.
    """

    name: str
    kind: str
    state: ProviderState
    lists: bool = False
    problem: str = ""
    expiries: tuple[Expiry, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A secret in a list.

    :param provider: the provider's name.
    :param path: its name in that provider.
    :param is_canonical: whether that is the one spelling of the secret.
    """

    provider: str
    path: str
    is_canonical: bool = True

    @property
    def name(self) -> str:
        """The name by which that provider alone is asked for it."""
        return f"{self.provider}!{self.path}"


@dataclass(frozen=True)
class Wanted:
    """Which secrets are to be listed.

    :param sees: returns whether the visitor may know of a secret; called in a thread.
    :param search: what their names or tags must contain, in any case; everything if it is empty.
    :param by_builder: whether a secret is found by the builders that name it or had it, too.
    :param after: the name behind which the list begins.
    :param limit: how many secrets at most.
    """

    sees: Callable[[Listed], bool]
    search: str = ""
    by_builder: bool = False
    after: str = ""
    limit: int = 50


@dataclass(frozen=True)
class Listing:
    """A page of a list of secrets.

    :param after: the name behind which the next page begins; ``None`` on the last one.
    :param problems: why the secrets of a provider are missing, as a sentence, by its name.
    """

    secrets: tuple[Listed, ...] = ()
    after: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """A version of a secret.

    :param number: ``None`` where the provider has no numbers.
    :param created: seconds since the epoch, as `expires` is.
    """

    number: int | str | None
    created: float | None
    expires: float | None = None
    is_current: bool = True


@dataclass(frozen=True)
class Known:
    """What a provider knows of a secret.

    :param exists: ``None`` where it can only be found out by asking for the value.
    :param versions: the newest first.
    :param used: when it was last used, in seconds since the epoch.
    :param allowed: patterns of the builders that alone may have it; ``None`` for any.
    :param problem: why the provider has not answered, as a sentence.
    """

    exists: bool | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    used: float | None = None
    allowed: tuple[str, ...] | None = None
    is_hidden: bool = True
    problem: str = ""


@dataclass(frozen=True)
class UseRow:
    """Equal uses of a secret, as the host has recorded them; times are seconds since the epoch."""

    use: Use
    first_at: float
    last_at: float
    times: int


@dataclass(frozen=True)
class BuildUse:
    """A use of a secret by one build.

    :param address: of the build, from the host's first page.
    """

    use: Use
    builder: str
    number: int
    address: str
    at: float


@dataclass(frozen=True)
class Printed:
    """That a secret was hidden in something.

    :param where: in what, in words.
    """

    where: str
    count: int
    address: str = ""
    name: str = ""


@dataclass(frozen=True)
class Reference:
    """That the configuration names a secret.

    :param where: the step or service, in words.
    :param name: the name as it is written there.
    :param is_certain: whether it names this secret, and not perhaps another one.
    """

    where: str
    argument: str
    name: str
    is_certain: bool = True


@dataclass(frozen=True)
class Holder:
    """Something that has a secret now.

    :param who: a service, or a build, in words.
    :param address: of the build, from the host's first page.
    :param has_lease: whether its provider will release something when it ends.
    """

    who: str
    address: str = ""
    has_lease: bool = False


@dataclass(frozen=True)
class Asked:
    """That somebody has asked a provider for a secret, to see whether it answers.

    :param person: the name of whoever did.
    :param at: when, in seconds since the epoch.
    :param outcome: what came of it, as a sentence.
    :param facts: how well it can be hidden: of what, and what.
    """

    person: str
    at: float
    outcome: str
    is_given: bool = False
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Record:
    """What a host knows of who uses a secret, for administrators.

    :param audit: the last events, the newest first; ``None`` where no database has them.
    :param problems: what could not be found out, as sentences.
    """

    uses: tuple[UseRow, ...] = ()
    builds: tuple[BuildUse, ...] = ()
    printed: tuple[Printed, ...] = ()
    references: tuple[Reference, ...] = ()
    holders: tuple[Holder, ...] = ()
    asked: Asked | None = None
    audit: tuple[Audited, ...] | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something that needs attention.

    :param topic: under which it is shown, such as ``"Expires"``.
    :param text: what it is, as a sentence.
    :param secret: which secret it is about; ``None`` if it is about something else.
    :param for_viewers: whether it says no more than that the secret exists, and for how long.
    :param page: the page of ours that says more; empty for none.
    """

    topic: str
    text: str
    secret: Listed | None = None
    for_viewers: bool = False
    page: str = ""


class ISecrets(Interface):
    """The secrets of a host, and what it knows of them. All methods return Deferreds.

    They fail with a `buildbot_keychain.errors.StoreError` where the database cannot be read; what a
    provider does not answer is said in what they return.
    """

    policy = Attribute("The `buildbot_keychain.policy.Policy` in force; ``None`` if there is none.")

    def providers(*, details):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return the providers, each a `Provider`, in the order in which they are asked.

        :param details: whether to find out what is wrong with them, and what of them expires.
        """

    def listed(wanted):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a `Listing` of what is `Wanted`, sorted by name."""

    def question(name, requester):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return the `buildbot_keychain.policy.Question` of ``provider!path`` for `requester`.

        ``None`` where there is no such provider, or it can have no secret of that name.
        """

    def known(secret):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return what is `Known` of a secret."""

    def record(secret):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the `Record` of a secret."""

    def findings():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return what needs attention, each a `Finding`."""

    def builder(name):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the project and the tags of a builder; ``None`` if there is none of that name."""

    def evict(secret, person):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Have the provider of a secret be asked anew for it, as `person` (`Person`) wants."""

    def ask(secret, person):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Ask the provider for a secret for `person` (`Person`); keep and return what came of it.

        It is an `Asked`. The policy decides, and the audit trail has it; nobody gets the value.
        """
