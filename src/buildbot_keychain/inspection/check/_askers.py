"""Who will ask for the secrets that a configuration names, as far as the configuration says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from buildbot.steps.source.base import Source

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.inspection._places import BUILDER, PROVIDER, STEP, Place
from buildbot_keychain.inspection._steps import arguments_by_name, steps_of
from buildbot_keychain.policy import Prospect

_OTHERS = ("rebuild", "status.words")
"""What asks for builds of any builder: somebody who has one repeated, and a chat."""

UNKNOWN = Prospect(Requester("unknown"))


@dataclass(frozen=True)
class Askers:
    """Those of a configuration.

    :param builders: the builds that will be, by the name of their builder.
    """

    builders: Mapping[str, Prospect]

    @classmethod
    def of(cls, config: Any, scope: str) -> Askers:
        """Return those of Buildbot's ``MasterConfig``.

        :param scope: the `Requester.scope` of what is looked up for builds.
        """
        schedulers = _schedulers(config)
        return cls({each.name: _build(each, schedulers, scope) for each in config.builders})

    def at(self, place: Place) -> Prospect:
        """Return who asks for what `place` names."""
        if place.kind in {BUILDER, STEP}:
            return self.builders[str(place.builder)]
        if place.name is None:
            return UNKNOWN
        kind = "provider" if place.kind == PROVIDER else "service"
        owner = place.owner
        path = None if owner is None else f"{owner.__module__}.{owner.__qualname__}"
        return Prospect(Requester(kind, service=place.name, service_class=path))


def _schedulers(config: Any) -> dict[str, tuple[str, ...]] | None:
    """Return the schedulers of each builder; ``None`` where that is computed at run time."""
    found: dict[str, tuple[str, ...]] = {}
    for name, scheduler in config.schedulers.items():
        builders = getattr(scheduler, "builderNames", None)
        if not isinstance(builders, (list, tuple)):
            return None
        for builder in builders:
            if not isinstance(builder, str):
                return None
            found[builder] = (*found.get(builder, ()), name)
    return found


def _build(builder: Any, schedulers: Mapping[str, tuple[str, ...]] | None, scope: str) -> Prospect:
    repositories = _repositories(builder)
    requester = Requester(
        "build",
        builder=builder.name,
        builder_project=getattr(builder, "project", None) or None,
        builder_tags=tuple(builder.tags or ()),
        scope=scope,
        source_stamps=tuple(SourceStamp(repository=each) for each in repositories),
    )
    asking = () if schedulers is None else (*schedulers.get(builder.name, ()), *_OTHERS)
    return Prospect(requester, tuple(builder.workernames), asking, repositories)


def _repositories(builder: Any) -> tuple[str, ...]:
    """Return what the steps of a builder check out; nothing where a step computes it."""
    found = []
    for cls, step in steps_of(builder):
        if issubclass(cls, Source):
            given = arguments_by_name(getattr(cls, "__init__"), step.args, step.kwargs)  # noqa: B009
            repository = given.get("repourl")
            if not isinstance(repository, str):
                return ()
            found.append(repository)
    return tuple(dict.fromkeys(found))
