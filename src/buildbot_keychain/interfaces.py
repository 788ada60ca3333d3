"""The seams of buildbot-keychain, as zope interfaces.

What is here: what a provider, a renderable and a rendering context must offer, and nothing else.
Whoever implements one of them is checked with ``zope.interface.verify.verifyObject``.

The rule that everything rests on is that of `ISecretProvider.get`: ``None``, and only ``None``,
means "ask the next one"; any error ends the lookup.
"""

from __future__ import annotations

from zope.interface import Attribute, Interface


class ISecretProvider(Interface):
    """A place where secrets live: a Twisted service that answers for the names it holds.

    The contract is that of Buildbot's own providers, so those serve here and ours serve there.
    """

    name = Attribute("How the configuration and error messages call this provider (`str`).")

    def get(path):  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Look one secret up.

        :param path: what the configuration calls it (`str`), the part behind ``provider!``; a
            field, where the provider has such a thing, follows a ``|``.
        :return: the value (`str`), or ``None`` for "I do not hold it", or a Deferred of either.
        :raise buildbot_keychain.errors.ProviderError: for any trouble; never ``None`` for trouble.
            The error holds no value, not in its text, arguments, attributes or causes.
        """


class IRequesterAware(Interface):
    """A provider that wants to know for whom it answers, beside being an `ISecretProvider`."""

    def get_for(path, requester):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Look one secret up for `requester` (`buildbot_keychain.details.Requester` or ``None``).

        The manager calls this in place of `ISecretProvider.get`; the rules are the same.
        """


class IRendersArguments(Interface):
    """A provider with arguments that are renderables: a token that another provider holds."""

    def use_renderer(render):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Take what renders the arguments, before the first lookup.

        :param render: a function that gives a Deferred of the rendering of what it is given; a
            secret that an argument names is looked up in the other providers, each time anew.
        """


class IScoped(Interface):
    """A provider that holds something for a scope: for a build, a lease that is revoked after it.

    A scope is what `buildbot_keychain.details.Requester.scope` names. It begins with the first
    lookup for it, and the host says when it ends.
    """

    def end_scope(scope):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give back what is held for `scope` (`str`); whether something is or not.

        :return: a Deferred that fires when that is done or given up, and never fails.
        """


class IScopeKeeper(IScoped):
    """A provider that remembers what it holds over a crash, and keeps it when it is replaced."""

    def use_memory(memory):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Take the `IScopeMemory` of the host, before the first lookup."""

    def holds(scope):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Tell whether anything is held for `scope`."""

    def retire():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Keep what is held until each scope ends; what it holds nothing for, another one serves.

        :return: a Deferred that fires when nothing is held for any scope.
        """


class IScopeMemory(Interface):
    """Where a provider remembers what to give back, should the process end before the scope."""

    def remember(provider, scope, key):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Store what gives something back; it is stored when the returned Deferred fires.

        :param provider: the provider's name (`str`).
        :param scope: for which scope it is held (`str`).
        :param key: what gives it back, and is good for nothing else (`str`).
        """

    def forget(provider, key):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Drop what was remembered; fires when that is done."""

    def left_behind(provider):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give a Deferred of the pairs of scope and key that former processes remembered."""


class IRenderable(Interface):
    """A text that is not known before it is needed."""

    def getRenderingFor(context):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give the text, or a Deferred of it.

        :param context: whatever can be adapted to `IRenderingContext`; under Buildbot that is
            what Buildbot hands to its own renderables.
        """


class IRenderingContext(Interface):
    """What a renderable may ask its surroundings for."""

    def get_secret(name):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give a Deferred of the value (`str`) of the secret called `name`.

        :raise buildbot_keychain.errors.SecretNotFound: when no provider holds it.
        """

    def get_properties():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give the properties: what supports ``in`` and ``[]`` by property name."""

    def get_source_stamp(codebase):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give the source stamp of `codebase` as a mapping; an empty one where there is none."""

    def get_worker_info():  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give what is known of the worker: what supports ``in`` and ``[]`` by key."""

    def render(value):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Give a Deferred of `value` with every renderable in it replaced by its rendering."""
