"""The interfaces between the parts of buildbot-keychain, as zope interfaces.

Everything rests on one rule, that of `ISecretProvider.get`: ``None``, and only ``None``, means "I
do not have this secret, ask the next provider". Any error ends the lookup, so that a provider that
fails is never mistaken for one that does not have the secret.

An author of a provider implements `ISecretProvider`, and as many of these as it needs:

`IRequesterAware`     its answer depends on who asks
`ISharesAnswers`      it says which of those who ask get the same answer
`IRendersArguments`   some of its arguments are secrets of other providers
`IScoped`             it holds something for a build, which it must release when the build ends
`IScopeKeeper`        the same, also across a crash or a reconfiguration
`IBaseDirectory`      it keeps files where its host keeps its own
`IKeepsState`         it keeps values that it has made, sealed where its host keeps its own
`IAttends`            while it runs, it does more than answer
`IRecordsActions`     people change secrets through it
`IListsNames`         it can list the names of its secrets
`ICanonicalNames`     it can say which names are of one secret
`IDescribes`          it can say what is known of a secret
`IExpires`            it can say when what it uses itself ends
`IAdministers`        its secrets can be changed through it
`ITellsChanges`       it knows when its secrets may have changed
`ITellsUnchanged`     it knows at once whether what it has answered is still true
`IReadsNow`           it answers at once, also while a configuration is read
`IAskedByNameOnly`    it is asked for ``name!path`` alone
`IHidesAnswers`       it makes its values known to the redactor itself
`IHoldsCredentials`   it holds tokens and leases that end
`IHasPools`           it does what blocks in threads of its own

The base classes in `buildbot_keychain.providers.service` do most of the work, and
`buildbot_keychain.testing.ProviderContract` tests the rest.

What implements an interface is checked in its tests with ``zope.interface.verify.verifyObject``.
"""

from __future__ import annotations

from zope.interface import Attribute, Interface


class ISecretProvider(Interface):
    """A place where secrets are kept.

    It may also be a Twisted service; then it is started and stopped with its manager. The contract
    is that of Buildbot's own providers, so those can be used here and these can be used there.
    """

    name = Attribute("What the configuration and messages call this provider (`str`).")

    def get(path):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Look up one secret.

        :param path: the secret's name without the ``provider!`` in front (`str`). If the provider
            has secrets with fields, a field follows a ``|``.
        :return: the value (`str`), or ``None`` if this provider does not have the secret, or a
            Deferred of either. A `buildbot_keychain.details.PublicText` is not hidden.
        :raise buildbot_keychain.errors.ProviderError: for any problem. What the message says must
            not contain a value. Anything else that is attached to an error, such as its traceback
            or cause, is removed by the manager, and an error of another class is replaced.
        """


class IRequesterAware(Interface):
    """A provider whose answer depends on who asks, in addition to `ISecretProvider`."""

    def get_for(path, requester):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Look up one secret for `requester`.

        The manager calls this in place of `ISecretProvider.get`; the same rules apply.

        :param path: as for `ISecretProvider.get`.
        :param requester: a `buildbot_keychain.details.Requester`, or ``None`` if unknown.
        """


class ISharesAnswers(Interface):
    """A provider that says who gets the same answer, so that one lookup can serve them all.

    Without it, an answer is shared unless the provider is an `IRequesterAware` or an
    `ITellsChanges`. Only what is shared can be kept.
    """

    def shared_by(path, requester):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return what the answer depends on, beside `path`; called at each lookup, at once.

        :param path: as for `ISecretProvider.get`.
        :param requester: as for `IRequesterAware.get_for`.
        :return: something that can be a key of a dict; all for whom it is equal get one answer,
            absences and errors included. ``None`` where it is for this lookup alone.
        """


class IRendersArguments(Interface):
    """A provider some of whose arguments may be renderables, such as a token from another provider.

    See `buildbot_keychain.providers.arguments.RenderedArguments` for a base class.
    """

    def use_renderer(render):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Use `render` for arguments from now on; called before the first lookup.

        :param render: a function that returns a Deferred of its argument rendered. The secrets in
            it are looked up in the other providers, again at each call.
        """


class IScoped(Interface):
    """A provider that holds something for a scope, such as a lease for a build.

    A scope is identified by `buildbot_keychain.details.Requester.scope`. It begins with the first
    lookup for it, and ends when the host calls `end_scope`.
    """

    def end_scope(scope):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Release what is held for `scope` (`str`), if anything.

        :return: a Deferred that fires when that is done or has been given up. It never fails.
        """


class IScopeKeeper(IScoped):
    """A provider that can release what it holds even after a crash, or after it was replaced."""

    def use_memory(memory):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Use `memory` (`IScopeMemory`) from now on; called before the first lookup."""

    def holds(scope):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return whether anything is held for `scope` (`str`)."""

    def retire():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Go on serving the scopes that something is held for, until each of them ends.

        Called when another instance replaces this one, which serves all other lookups.

        :return: a Deferred that fires when nothing is held for any scope.
        """


class IBaseDirectory(Interface):
    """A provider that keeps files where its host keeps its own, or is configured with such."""

    def use_base_directory(directory):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Have relative paths be below `directory` (`str`); called before the first lookup."""


class IKeepsState(Interface):
    """A provider that keeps values that it has made, such as a key that signs."""

    def use_state(state):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Use `state` from now on; called before the first lookup.

        :param state: a `buildbot_keychain.store.sealed_values.SealedValues` of this provider.
        """


class IAttends(Interface):
    """A provider that does more than answer while it runs, such as listening on a socket."""

    def only_answer():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Have it answer and do nothing else; called before the first start.

        For a host that is not a master, such as a command that reads its configuration.
        """


class IRecordsActions(Interface):
    """A provider through which people change secrets, which the audit trail records."""

    def record_with(record):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Use `record` from now on; called before the first start.

        :param record: a function of four `str`, to be called in the reactor's thread: what was
            done, who did it, the name of the secret if it was about one, and what came of it,
            ``"done"`` or why it was not. There must be no value in them.
        """


class IListsNames(Interface):
    """A provider that can list what it holds, for hints such as "did you mean 'deploy_token'?"."""

    def names():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return an iterator of the names of its secrets (`str`).

        It may block. Where it takes long, there is no hint.
        """


class ICanonicalNames(Interface):
    """A provider that knows which names are of one secret, so that rules hold for all of them."""

    def canonical(path):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the one spelling of the secret that `path` names.

        Two names by which `ISecretProvider.get` returns values of the same secret have the same
        one, whatever field, version or parameter they ask for. It is a name of that secret itself,
        without those, and its own canonical name. Whether there is such a secret does not matter.

        It is called in the reactor's thread and must not block. Where files have to be looked at,
        that happens in a thread.

        :param path: as for `ISecretProvider.get`.
        :return: the name (`str`), ``None`` where no secret can be called `path`, or a Deferred of
            either.
        :raise buildbot_keychain.errors.ProviderError: when it cannot be told.
        """


class IDescribes(Interface):
    """A provider that knows its secrets by more than their values."""

    def describe(path):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return what is known of a secret, and never its value.

        It is called in the reactor's thread and must not block.

        :param path: as for `ISecretProvider.get`.
        :return: a `buildbot_keychain.details.SecretDescription`, ``None`` where there is no such
            secret, or a Deferred of either.
        :raise buildbot_keychain.errors.ProviderError: when it cannot be told.
        """


class IExpires(Interface):
    """A provider that knows when something ends that it uses itself: a token, a certificate."""

    def expiries():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a list of `buildbot_keychain.details.Expiry`, or a Deferred of one.

        It is called in the reactor's thread and must not block. What renews itself is not in it, as
        long as it can.
        """


class IAdministers(Interface):
    """A provider of an encrypted store, whose secrets can be changed through it."""

    def administer(actor, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Call `work` in a thread that no lookup waits for; return a Deferred of what it returns.

        It fails with a `buildbot_keychain.errors.KeychainError` when that cannot be done; of one
        that is ``retryable``, nobody knows whether it was.

        :param actor: who does it, for the journal of the store (`str`).
        :param work: is called with the `buildbot_keychain.store.store.Store`, and the time in
            seconds since the epoch. It may block.
        """

    def keys():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a Deferred of the `buildbot_keychain.store.rotating.KeyStatus`."""

    def rotate(actor, seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Have a new key seal; return a Deferred that fires when it does.

        What older keys seal is sealed with it soon after. Where a rotation was interrupted, it goes
        on. It fails with a `buildbot_keychain.errors.KeychainError` when that cannot be done.

        :param actor: who has asked for it, for the journal of the store (`str`).
        :param seen: what that person has seen of the keys: a
            `buildbot_keychain.store.rotating.Seen`. If they are not so any more, it fails.
        """


class ITellsChanges(Interface):
    """A provider that knows when its secrets may have changed, or is asked for them cheaply.

    What services hold of it is looked at every few seconds, and not as seldom as other secrets.
    """

    def may_have_changed():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return whether any secret may be another one than at the last call; at once."""


class ITellsUnchanged(Interface):
    """A provider that knows at once that what it has answered is still true.

    What somebody was given may be given to the same again, for as long as that is so.
    """

    def changed_since_now():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a function that returns whether any answer may be another than it is now; at once.

        ``None`` where that cannot be told. What is answered until the function returns ``True`` is
        as true as it was.
        """


class IReadsNow(Interface):
    """A provider that answers at once, without a network and before a reactor runs."""

    def read(path):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return what `ISecretProvider.get` returns, and not a Deferred of it. It may block."""


class IAskedByNameOnly(Interface):
    """A provider that is asked for ``name!path`` alone: a name without ``!`` never reaches it."""


class IHidesAnswers(Interface):
    """A provider whose values are known to the redactor before it answers, as it sees fit."""


class IHoldsCredentials(Interface):
    """A provider that holds tokens and leases, which metrics count."""

    def credentials():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a list of `buildbot_keychain.details.Credential`: what it holds now, at once."""


class IHasPools(Interface):
    """A provider that does what blocks in threads of its own, which metrics count."""

    def pool_states():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a list of `buildbot_keychain.workpool.PoolState`, one for each of its pools."""


class IScopeMemory(Interface):
    """Persistent storage for what must be released when a scope ends. The host implements it."""

    def remember(provider, scope, key):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Store a key.

        :param provider: the provider's name (`str`).
        :param scope: the scope that something is held for (`str`).
        :param key: what releases it, and is of no other use (`str`).
        :return: a Deferred that fires when it is stored.
        """

    def forget(provider, key):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Remove a key.

        :return: a Deferred that fires when that is done.
        """

    def left_behind(provider):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a Deferred of the (scope, key) pairs that former processes have stored."""


class IApprovals(Interface):
    """What people are asked to approve before builds are given secrets. The host implements it.

    A Buildbot master has one, ``master.buildbot_keychain.approvals``. All methods return Deferreds,
    which fail with `buildbot_keychain.errors.ApprovalError` where something cannot be done, with a
    sentence for the person, and with `buildbot_keychain.errors.StoreError` where the database does
    not answer. Other masters on the same database see at once what was done.
    """

    def person_of(user):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a user of the web pages as a `buildbot_keychain.approvals.Person`, and at once.

        ``None`` for somebody who is not logged in.

        :param user: what Buildbot's ``master.www.getUserInfos(request)`` returns.
        """

    def waiting(person, behind=None, limit=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of the requests that wait for a role of `person`, the oldest first.

        Each is a `buildbot_keychain.approvals.ApprovalRequest`.

        :param behind: the `ApprovalRequest.position` of the one behind which to begin.
        :param limit: how many at most; all of them by default.
        """

    def recent(person, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of those that asked a role of `person` and wait no more.

        The latest come first.

        :param limit: how many at most.
        """

    def approve(id, person, reason, expected):  # type: ignore[no-untyped-def]  # noqa: A002, ANN001, ANN201
        """Approve as `person`; fires with the request when that is stored.

        :param id: the `ApprovalRequest.id`.
        :param reason: what the person writes about it; it may be blank (`str`).
        :param expected: the `ApprovalRequest.digest` that the person has seen. If what would be
            approved is something else by now, it is refused.
        """

    def refuse(id, person, reason, expected):  # type: ignore[no-untyped-def]  # noqa: A002, ANN001, ANN201
        """Refuse as `person`: the build fails; fires with the request when that is stored.

        The parameters are those of `approve`.
        """


class IAuditSink(Interface):
    """Somewhere that the audit trail is written to: a file, a server, a table.

    It is used by one thread of its own, where it may block; whoever looks a secret up never waits
    for that thread but for what `AuditTrail.require` needs. Two sinks that compare equal write to
    the same place in the same way: a reconfiguration leaves such a sink as it is.
    """

    name = Attribute("What the configuration and messages call this sink (`str`).")

    def check():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Raise an error where it cannot work as it is configured; writes nothing.

        Called while a configuration is read.

        :raise buildbot_keychain.errors.ConfigurationError: with a sentence that says what to do.
        """

    def write(records):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Write records; what it returns from is accepted, durably where it can be.

        It opens what it needs, again after an error. The same records, and those that came since,
        are passed to it again when it has raised an error.

        :param records: a list of `buildbot_keychain.audit.Record`, in their order.
        :raise Exception: of any class; its text is not shown unless it is an ``OSError`` or one of
            `buildbot_keychain.errors`.
        """

    def close():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Release what is open; `write` may follow."""


class IRenderable(Interface):
    """A value, usually a text, that becomes known only when it is needed."""

    def getRenderingFor(context):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the value, or a Deferred of it.

        :param context: an object that can be adapted to `IRenderingContext`; in Buildbot, what
            Buildbot passes to its own renderables.
        """


class IRenderingContext(Interface):
    """What a renderable can look up. The host implements it."""

    def get_secret(name):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return an awaitable of the value (`str`) of the secret called `name`.

        :raise buildbot_keychain.errors.SecretNotFound: when no provider has it.
        """

    def get_properties():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the properties: an object that supports ``in`` and ``[]`` with their names."""

    def get_source_stamp(codebase):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the source stamp of `codebase` as a mapping; an empty one if there is none."""

    def get_worker_info():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return what is known about the worker: supports ``in`` and ``[]`` with keys."""

    def formatted(text, fmtstring, values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return `text`, or an equal one, and note if need be how it was made.

        :param text: what `fmtstring`, a Python ``%`` format, has become (`str`).
        :param values: what it was filled with: a tuple, or a dict.
        """

    def render(value):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a Deferred of `value` with every renderable in it rendered."""
