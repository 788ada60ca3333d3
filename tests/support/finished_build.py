"""A build that has ended, as Buildbot's data API shows it, in plain objects.

Their ``repr`` shows neither logs nor property values: those may contain a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildbot.process.results import statusToString


@dataclass
class FinishedStep:
    """A step as the data API shows it; ``logs`` are texts by log name, with their type letters."""

    name: str
    state: str
    result: str
    urls: list[dict[str, str]]
    logs: dict[str, str] = field(repr=False)


@dataclass
class FinishedBuild:
    """A build as the data API shows it; ``properties`` are values by name, without their source."""

    buildid: int
    state: str
    result: str
    steps: list[FinishedStep]
    properties: dict[str, Any] = field(repr=False)

    def step(self, name: str) -> FinishedStep:
        """Return the step called `name`; a `LookupError` names the steps that exist."""
        for step in self.steps:
            if step.name == name:
                return step
        raise LookupError(f"no step {name!r}, there are {[step.name for step in self.steps]}")

    def outline(self) -> str:
        """Return the results, for a failure message: never a text that a build wrote."""
        steps = ", ".join(step.result for step in self.steps)
        return f"build {self.buildid} is {self.result}; its steps are {steps}"


async def read_build(data: Any, build: dict[str, Any]) -> FinishedBuild:
    """Return a build with its steps, logs and properties.

    :param data: ``master.data``.
    """
    buildid = build["buildid"]
    properties = await data.get(("builds", buildid, "properties"))
    steps = []
    for step in await data.get(("builds", buildid, "steps")):
        logs = {}
        for log in await data.get(("steps", step["stepid"], "logs")):
            content = await data.get(("logs", log["logid"], "contents"))
            logs[log["name"]] = content["content"]
        result = statusToString(step["results"])
        steps.append(FinishedStep(step["name"], step["state_string"], result, step["urls"], logs))
    return FinishedBuild(
        buildid,
        build["state_string"],
        statusToString(build["results"]),
        steps,
        {name: value for name, (value, _source) in properties.items()},
    )
