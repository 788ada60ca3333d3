"""Properties of new buildsets, without the secrets that someone passed in them.

Buildset properties are stored and shown, and the builds they are for read them back from there. So
a value never travels that way. Where it is known how a property was made, it travels by name
(`buildbot_keychain.buildbot.references`); any other is withheld, as a log says to whoever passed
it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger, LogLevel

from buildbot_keychain.buildbot.references import Outgoing
from buildbot_keychain.buildbot.sinks._hidden_secrets import labels_in, shows_name
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.audience import Label
from buildbot_keychain.redaction.structures import redact_value

_log = Logger()

LOG_NAME = "withheld properties"
"""The log of the step that triggered the builds, if a step did."""

_COUNT = "buildbot_keychain_withheld"
"""The attribute of a step that counts these logs of it."""

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


class Withheld(NamedTuple):
    """A property that does not reach a build as it was."""

    name: str
    """Its name, redacted."""
    labels: list[Label]
    """What stands for secrets in it."""
    advice: str = ""
    """What to do about it, of a property that is a Secret or an Interpolate, or holds one."""

    def sentence(self, made: Collection[str], *, to_readers: bool) -> str:
        """Return a sentence that says what to do about it.

        :param made: the names of the values that a build has made and hidden.
        :param to_readers: whether readers of the build are told, who know the names that their
            labels show, and not the administrator.
        """
        names = {each.name for each in self.labels if shows_name(each) or not to_readers}
        whose = sorted(names)
        if not whose or any(each.name not in names for each in self.labels):
            whose.append("a secret")
        advice = [self.advice] if self.advice else self._advice(made)
        return (
            f"the property {self.name!r} of a new buildset holds the value of {', '.join(whose)} "
            f"and was withheld: {'; '.join(advice)}"
        )

    def _advice(self, made: Collection[str]) -> list[str]:
        advice = []
        if any(each.name not in made for each in self.labels) or not self.labels:
            advice.append(
                "write it as a Secret or an Interpolate, with nothing that alters the value, and "
                "it is passed by name"
            )
        if any(each.name in made for each in self.labels):
            advice.append(
                "a value that a build has made itself cannot be looked up, so let each build make "
                "one of its own"
            )
        return advice


def redact_buildset_properties(
    audience: Audience, properties: Mapping[str, Any], by_name: Outgoing
) -> tuple[dict[str, Any], list[Withheld]]:
    """Return `properties`, ``{name: (value, source)}``, redacted, and those that are withheld.

    :param audience: the readers of the build that passes them on; nobody for people and schedulers.
    :param by_name: those of them that are known to hold secrets.
    """
    others = {name: each for name, each in properties.items() if name not in by_name.shown}
    clean = {
        **redact_value(audience, others, numbers=True),
        **identifying_properties(others),
        **by_name.shown,
    }
    withheld = [
        Withheld(name, labels_in(audience, properties[name][0], numbers=True), advice)
        for name, advice in by_name.withheld.items()
    ]
    for name, (value, _source) in others.items():
        safe_name = redact_value(audience, name)
        if safe_name not in clean or clean[safe_name] != others[name]:
            withheld.append(Withheld(safe_name, labels_in(audience, value, numbers=True)))
    return clean, withheld


def report_withheld(
    running_step: Callable[[int | None], Any],
    withheld: Iterable[Withheld],
    parent_buildid: int | None,
    made: Collection[str],
) -> Deferred[None]:
    """Write what is withheld to ``twistd.log`` and to a log of the step that passed it.

    The Deferred fires when that is done; it never fails.

    :param running_step: returns the step that runs in a build, by its id.
    :param parent_buildid: the build of that step, if there is one.
    :param made: the names of the values that this build has made and hidden.
    """
    sentences = []
    for each in withheld:
        sentence = each.sentence(made, to_readers=False)
        _log.emit(LogLevel.warn, "{sentence}", sentence=sentence)
        sentences.append(each.sentence(made, to_readers=True))
    step = running_step(parent_buildid) if sentences else None
    if step is not None:
        text = "".join(f"{sentence}\n" for sentence in sentences)
        written = maybeDeferred(step.addCompleteLog, _next_log_name(step), text)
        return written.addErrback(
            lambda failure: _log.failure("while reporting a withheld property", failure)
        )
    return succeed(None)


def _next_log_name(step: Any) -> str:
    """Return a name that no log before has: Buildbot 4.0 logs an error of the database for one."""
    number = vars(step)[_COUNT] = vars(step).get(_COUNT, 0) + 1
    return LOG_NAME if number == 1 else f"{LOG_NAME} {number}"
