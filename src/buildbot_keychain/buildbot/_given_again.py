"""`GivenAgain`: a build that asks for a secret again is given what it was given before, at once.

A lookup depends on the build, which stays what it is, on how its builder is configured, on the
providers and the policy that are in force, and on what the providers say. Where all of that is
known to be the same as it was before and after a lookup, nothing is decided, asked or hidden anew.
The audit trail has each of them.

It is not done where people have approved, which is for a time; where an event must be accepted
before a value is given; where a policy only reports; and where a provider cannot tell at once
whether anything has changed.

One thing about a build may change: that a step builds what a property names. Such a build asks
anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from buildbot_keychain.audit import Given
from buildbot_keychain.audit.asked import Asked
from buildbot_keychain.buildbot._configured import ConfiguredProviders
from buildbot_keychain.buildbot.builds import codebases_of_properties, collect
from buildbot_keychain.buildbot.references import MadeValues
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.policies import PolicySource
from buildbot_keychain.policy import Policy
from buildbot_keychain.secretive import secretive
from buildbot_keychain.uses import ALLOWED, GIVEN

_KEPT_BY = "keychain_given_again"
"""The attribute of a build that keeps what it was given."""

_MOST_KEPT = 1000
"""Secrets of a build that are kept."""


class Circumstances(NamedTuple):
    """What a lookup depends on, beside the build.

    :param builder: the configuration of the build's builder, and the builder's project. Buildbot
        replaces one after the other, and perhaps after the providers.
    :param configured: the list of providers that the master has loaded.
    :param changes: functions that return whether what a provider says has changed.
    """

    builder: tuple[object, str | None]
    configured: object
    policies: PolicySource | None
    policy: Policy | None
    changes: tuple[Callable[[], bool], ...]
    evictions: int


@secretive
class _Given(NamedTuple):
    """What a build was given, and by which lookup.

    :param known: keeps it known how the value was made.
    :param found: what is collected each time: the name, the provider and the version.
    :param recorded: what is recorded each time.
    """

    details: SecretDetails
    found: tuple[str, str, int | str | None]
    circumstances: Circumstances
    known: object
    recorded: Given


class GivenAgain:
    """What the builds of one master were given.

    :param master: Buildbot's ``BuildMaster``.
    :param made: knows how the texts were made that are given.
    :ivar record: records that a secret is given again.
    """

    def __init__(
        self, master: Any, providers: ConfiguredProviders, lookups: Lookups, made: MadeValues
    ) -> None:
        self._master = master
        self._providers = providers
        self._lookups = lookups
        self._made = made
        self._evictions = 0
        self.record = lookups.recording.again

    def circumstances(self, build: Any, name: str) -> Circumstances | None:
        """Return what a lookup of `build` for the secret `name` depends on, if it can be told."""
        configured = self._providers.applied
        if configured is None or self._lookups.audit.fails_closed:
            return None
        configuration = self._providers.configuration
        policies = configuration.policies
        changes = self._lookups.changes_since_now(configuration, name)
        if changes is None or configuration.reports_only:
            return None
        policy = None if policies is None else policies.policy
        builder = build.builder.config, build.builder.project_name
        return Circumstances(builder, configured, policies, policy, changes, self._evictions)

    def keep(self, build: Any, details: SecretDetails, before: Circumstances) -> None:
        """Keep what `build` is given, if nothing has changed since `before` it was looked up.

        :param details: with a value of which it is known what it is.
        """
        asked = details.asked
        seen = asked and asked.seen
        if (
            not seen
            or seen.outcome not in (GIVEN, ALLOWED)
            or any(rule is not None and rule.approval for rule in seen.rules)
            or not self.holds(build, before)
        ):
            return
        kept = SecretDetails(details.source, details.key, details.value, details.version)
        kept.asked = Asked()
        kept.asked.seen, kept.asked.answer, kept.asked.canonical = seen, "cache", asked.canonical
        given = vars(build).setdefault(_KEPT_BY, _OfBuild(self)).given
        if len(given) < _MOST_KEPT:
            name, who = details.key, seen.requester
            recorded = self._lookups.recording.given(name, who, kept)
            found = name, details.source, details.version
            given[name] = _Given(kept, found, before, self._made.keeping(kept.value), recorded)

    def forget(self, build: Any) -> None:
        """Keep nothing of what `build` was given."""
        vars(build).pop(_KEPT_BY, None)

    def evict(self) -> None:
        """Have everything looked up again."""
        self._evictions += 1

    def holds(self, build: Any, before: Circumstances) -> bool:
        """Return whether a lookup of `build` still depends on the same."""
        (config, project), configured, policies, policy, changes, evictions = before
        builder = build.builder
        if (
            builder.config is not config
            or builder.project_name != project
            or self._master.config.secretsProviders is not configured
            or (policies is not None and policies.policy is not policy)
            or evictions != self._evictions
        ):
            return False
        for has_changed in changes:  # noqa: SIM110 - `any` takes twice as long
            if has_changed():
                return False
        return True


class _OfBuild:
    """What one build was given. Buildbot may copy or pickle a build: the copy has nothing."""

    def __init__(self, again: GivenAgain) -> None:
        self.again = again
        self.given: dict[str, _Given] = {}

    def __reduce__(self) -> Any:
        return dict, ()


def given_again(build: Any, name: str) -> SecretDetails | None:
    """Return what `build` was given as the secret `name`, if it is given it again; at once."""
    kept = vars(build).get(_KEPT_BY)
    given = kept and kept.given.get(name)
    if not given or build.finished or codebases_of_properties(build):
        return None
    if not kept.again.holds(build, given.circumstances):
        del kept.given[name]
        return None
    kept.again.record(given.recorded, given.details)
    collect(*given.found)
    details: SecretDetails = given.details
    return details
