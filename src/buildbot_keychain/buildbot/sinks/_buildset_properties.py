"""Properties of new buildsets, without the secrets that someone passed in them.

Buildset properties are stored and shown, and the builds they are for read them back from there. So
a value never travels that way; the *name* of a secret can, as a log says to whoever passed a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger, LogLevel

from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import redact_value

_log = Logger()

LOG_NAME = "withheld properties"
"""The log of the step that triggered the builds, if a step did."""

_LEFT_ALONE_PROPERTIES = frozenset(
    {"branch", "revision", "codebase", "project", "scheduler", "buildername", "workername"}
)
_BUILDBOT_SOURCES = frozenset({"Build", "Builder", "Scheduler", "Worker"})


def identifying_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``{name: (value, source)}`` by which Buildbot finds things again.

    Only those that it set itself: what a step sets under such a name is like any other property.
    """
    return {
        name: (value, source)
        for name, (value, source) in properties.items()
        if name in _LEFT_ALONE_PROPERTIES and source in _BUILDBOT_SOURCES
    }


def redact_buildset_properties(
    audience: Audience, properties: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return `properties`, ``{name: (value, source)}``, redacted, and a sentence on each change.

    :param audience: the readers of the build that passes them on; nobody for people and schedulers.
    """
    clean = {
        **redact_value(audience, properties, numbers=True),
        **identifying_properties(properties),
    }
    sentences = []
    for name, (value, _source) in properties.items():
        safe_name = redact_value(audience, name)
        if safe_name not in clean or clean[safe_name] != properties[name]:
            found = sorted({match.name for match in audience.find(str(value))})
            whose = ", ".join(found) or "a secret"
            sentences.append(
                f"the property {safe_name!r} of a new buildset holds the value of {whose} and was "
                f"withheld: pass the secret's name in it, and let the builds look it up with "
                f"Secret(Property({safe_name!r}))"
            )
    return clean, sentences


def report_withheld(master: Any, sentences: list[str], parent_buildid: int | None) -> None:
    """Write `sentences` to ``twistd.log`` and to a log of the step that passed the properties.

    :param parent_buildid: the build of that step, if there is one.
    """
    for sentence in sentences:
        _log.emit(LogLevel.warn, "{sentence}", sentence=sentence)
    step = _running_step(master, parent_buildid)
    if sentences and step is not None:
        text = "".join(f"{sentence}\n" for sentence in sentences)
        written = maybeDeferred(step.addCompleteLog, LOG_NAME, text)
        written.addErrback(
            lambda failure: _log.failure("while reporting a withheld property", failure)
        )


def _running_step(master: Any, buildid: int | None) -> Any:
    if buildid is None:
        return None
    builders = master.botmaster.builders.values()
    running = [build for builder in builders for build in builder.building]
    return next((build.currentStep for build in running if build.buildid == buildid), None)
