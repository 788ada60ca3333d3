"""Tells whoever handed a secret on in a buildset's property that it was withheld, and what to do.

Buildset properties are stored and shown, and the builds that they are for read them back from
there; so a value never travels that way, but the *name* of a secret can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger, LogLevel

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import redact_value

_log = Logger()

LOG_NAME = "withheld properties"
"""The log of the step that triggered the builds, where there is such a step."""


_IDENTITIES = frozenset(
    {"branch", "revision", "codebase", "project", "scheduler", "buildername", "workername"}
)
_BUILDBOT = frozenset({"Build", "Builder", "Scheduler", "Worker"})

LONG = 8
"""Characters: what is shorter, and was typed by someone, is more likely a word than a secret."""


def identities_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give those of ``{name: (value, source)}`` by which Buildbot finds a thing again.

    Those that it has set itself: what a step sets under such a name is like any other.
    """
    return {
        name: (value, source)
        for name, (value, source) in properties.items()
        if name in _IDENTITIES and source in _BUILDBOT
    }


class _LongOnes:
    """Redacts texts that hold more than words."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def redact(self, text: str) -> str:
        long = any(match.end - match.start >= LONG for match in self._redactor.find(text))
        return self._redactor.redact(text) if long else text


def without_secrets(
    redactor: Redactor, properties: Mapping[str, Any], *, by_a_build: bool
) -> tuple[Any, list[str]]:
    """Give `properties`, ``{name: (value, source)}``, redacted, and a sentence on each change.

    :param by_a_build: whether a build handed them on. Others come from people and schedulers, who
        know no secrets: there a short word or a number that equals a weak secret is left alone.
    """
    redacts = redactor if by_a_build else _LongOnes(redactor)
    clean = {
        **redact_value(redacts, properties, numbers=by_a_build),
        **identities_of(properties),
    }
    sentences = []
    for name, (value, _source) in properties.items():
        shown = redact_value(redacts, name)
        if shown not in clean or clean[shown] != properties[name]:
            found = sorted({match.name for match in redactor.find(str(value))})
            held = ", ".join(found) or "a secret"
            sentences.append(
                f"the property {shown!r} of a new buildset holds the value of {held} and was "
                f"withheld: pass the secret's name in it, and let the builds look it up with "
                f"Secret(Property({shown!r}))"
            )
    return clean, sentences


def tell(master: Any, sentences: list[str], parent_buildid: int | None) -> None:
    """Write `sentences` to ``twistd.log`` and to a log of the step that is to blame, if any."""
    for sentence in sentences:
        _log.emit(LogLevel.warn, "{sentence}", sentence=sentence)
    step = _running_step(master, parent_buildid)
    if sentences and step is not None:
        text = "".join(f"{sentence}\n" for sentence in sentences)
        written = maybeDeferred(step.addCompleteLog, LOG_NAME, text)
        written.addErrback(lambda failure: _log.failure("while telling of a property", failure))


def _running_step(master: Any, buildid: int | None) -> Any:
    if buildid is None:
        return None
    builders = master.botmaster.builders.values()
    running = [build for builder in builders for build in builder.building]
    return next((build.currentStep for build in running if build.buildid == buildid), None)
