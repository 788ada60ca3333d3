"""The properties of builds, as they are stored, and what is reported of secrets in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from buildbot_keychain.buildbot.sinks._buildset_properties import identifying_properties
from buildbot_keychain.buildbot.sinks._hidden_secrets import Reporter
from buildbot_keychain.buildbot.sinks._origins import Place
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import redact_value

Properties = Mapping[str, tuple[Any, str]]
"""``{name: (value, source)}``."""


def redact_properties(audience: Audience, properties: Properties) -> dict[str, Any]:
    """Return `properties` redacted, but for those by which Buildbot finds things again."""
    kept = identifying_properties(properties)
    others = {name: each for name, each in properties.items() if name not in kept}
    return {**redact_value(audience, others, numbers=True), **kept}


class PropertyReports:
    """Reports what was hidden in properties.

    Buildbot stores all properties of a build after each step; what was reported of them is not
    reported again while they stay the same.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        # By the id of a build that runs: what was stored last, if something was hidden in it.
        self._stored: dict[int, dict[str, Any]] = {}

    def one_call(
        self,
        sink: str,
        audience: Audience,
        buildid: int | None,
        given: Properties,
        redacted: Mapping[str, Any],
    ) -> None:
        """Report what was hidden in those of the `given` properties that were altered."""
        changed = {name: each for name, each in given.items() if redacted.get(name) != each}
        self._reporter.hidden(sink, Place(buildid=buildid), audience, changed, numbers=True)

    def all_of_build(
        self,
        sink: str,
        buildid: int,
        given: Iterable[tuple[Audience, Properties]],
        redacted: dict[str, Any],
    ) -> None:
        """Do the same for all properties of a build, leaving out what was reported of it before.

        :param given: the properties, by whom they were redacted for.
        """
        earlier = self._stored.get(buildid, {})
        if redacted == earlier:
            return
        self._stored[buildid] = redacted
        for audience, some in given:
            new = {
                name: each
                for name, each in some.items()
                if name not in earlier or earlier[name] != redacted.get(name)
            }
            self.one_call(sink, audience, buildid, new, redacted)

    def end(self, buildid: int) -> None:
        """Forget what was reported of a build."""
        self._stored.pop(buildid, None)
