"""The configuration of one master of a farm.

Each builder has a factory of its own, whose steps use one to three secrets of its team, in the
command or the environment. Builders have no tags: with them, Buildbot reads those of all builders
when it starts each of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import secrets as buildbot_secrets
from buildbot.plugins import steps as buildbot_steps
from buildbot.plugins import util as buildbot_util
from buildbot.plugins import worker

from tests.integration.farm.requesting import EvenRate
from tests.integration.farm.settings import (
    BUILDERS_OF_WORKER,
    MASTERS,
    STEPS,
    Place,
    Settings,
)
from tests.integration.farm.values import name_of

REPOSITORY = "https://git.example.org/"


def configuration(settings: Settings, place: Place) -> dict[str, Any]:
    """Return the configuration of a master, of new objects."""
    provider, util, steps = _support(settings, place)
    names = {
        number: builder_name(number, settings)
        for number in range(settings.builders)
        if number // settings.teams % MASTERS == place.number
    }
    worker_of = {
        number: f"w{place.number}-{position // BUILDERS_OF_WORKER}"
        for position, number in enumerate(names)
    }
    workers = [
        worker.LocalWorker(name, missing_timeout=0) for name in dict.fromkeys(worker_of.values())
    ]
    return {
        "db_url": place.database,
        "protocols": {"null": {}},
        "buildbotNetUsageData": None,
        "multiMaster": True,
        "secretsProviders": [provider],
        "workers": workers,
        "builders": [
            BuilderConfig(
                name,
                workernames=[worker_of[number]],
                factory=util.BuildFactory(_steps(number, settings, util, steps)),
            )
            for number, name in names.items()
        ],
        "schedulers": [EvenRate(name=f"even-{place.number}", builderNames=list(names.values()))],
        "collapseRequests": False,
        # Buildbot's own order costs two questions to the database for each builder of a worker.
        "prioritizeBuilders": _as_they_are,
        "logCompressionMethod": "raw",
    }


def builder_name(number: int, settings: Settings) -> str:
    """Return the name of a builder; the team that it belongs to is a part of it."""
    return f"team-{number % settings.teams:03}-b{number:05}"


def _as_they_are(_master: object, builders: Any) -> Any:
    return builders


def _support(settings: Settings, place: Place) -> tuple[Any, Any, Any]:
    """Return the provider, and where the classes to use it with are."""
    if not settings.library:
        return buildbot_secrets.SecretInAFile(place.secrets), buildbot_util, buildbot_steps
    # Whatever is configured in a process that imports this has a keychain.
    from buildbot_keychain.plugins import secrets, steps, util  # noqa: PLC0415

    manager = secrets.SecretManager(
        providers=[
            secrets.SecretInAFile(name="files", dirname=place.secrets),
            secrets.SecretInStore(place.store, place.keys, name="store"),
        ],
        policy=[rule for team in range(settings.teams) for rule in _rules(secrets, team)],
        audit=[secrets.AuditToFile(Path(place.basedir, "audit.jsonl"))],
        key_file=place.keys,
    )
    return manager, util, steps


def _rules(secrets: Any, team: int) -> list[Any]:
    """Return what a team may have: all of its own, and what is for builds of a repository."""
    name = f"team-{team:03}"
    builders = [f"{name}-*"]
    rules = [secrets.Allow(f"{name}.*", builders=builders, schedulers=["even-*"])]
    if team % 2:
        rules.append(secrets.Deny(f"{name}.root-*", builders=builders))
    if team % 3:
        place = {"repositories": [f"{REPOSITORY}{name}"], "branches": ["main"]}
        rules.append(secrets.Allow(f"{name}.s*9", builders=builders, **place))
    return rules


def _steps(builder: int, settings: Settings, util: Any, steps: Any) -> list[Any]:
    found = []
    own = range(builder % settings.teams, settings.secrets, settings.teams)
    for position in range(STEPS):
        chosen = (builder * 7 + position * 3 + each for each in range(1 + (builder + position) % 3))
        names = [name_of(own[one % len(own)], settings.teams) for one in chosen]
        found.append(_step(position, names, util, steps))
    return found


def _step(position: int, names: list[str], util: Any, steps: Any) -> Any:
    if position % 2:
        words = util.Interpolate(" ".join(f"%(secret:{name})s" for name in names))
        return steps.ShellCommand(name=f"step {position}", command=["deploy", words])
    first, *others = map(util.Secret, names)
    environment = {f"SECRET_{number}": each for number, each in enumerate(others)}
    return steps.ShellCommand(name=f"step {position}", command=["use", first], env=environment)
