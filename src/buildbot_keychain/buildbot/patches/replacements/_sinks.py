"""What leaves the master without passing its update methods, or is a page of HTML then."""

from __future__ import annotations

from re import Pattern
from typing import Any

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import building
from buildbot_keychain.buildbot.patches._patches import Function
from buildbot_keychain.buildbot.sinks import (
    BackspacePattern,
    Place,
    RedactingLogFormatter,
    audience_of_split_text,
    escape_labels,
    passing_on,
)


def log_request(original: Function) -> Function:
    """Redact ``http.log``."""

    def log(self: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(self._logFormatter, RedactingLogFormatter):
            self._logFormatter = RedactingLogFormatter(self._logFormatter)
        original(self, *args, **kwargs)

    return log


def render_mail(original: Function) -> Function:
    """Have the labels in a mail of HTML shown as text."""

    def render_message_body(self: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if self.template_type == "html":
            context = escape_labels(context)
        return original(self, context, *args, **kwargs)

    return render_message_body


def publish(original: Function) -> Function:
    """Redact what is published without passing the update methods, and deliver for no build.

    That is the orders of people, whose reasons are in their own words, and the metrics that steps
    yield. Whoever listens, such as a reporter, does not act for the build that publishes.
    """

    def produce(
        self: Any, routingKey: tuple[str, ...], data: Any, *args: Any, **kwargs: Any
    ) -> Any:
        keychain = keychain_of(self.master)
        if keychain is not None and routingKey[0] == "control":
            data = keychain.reporter.redact("order", Place(), keychain.audiences.nobody, data)
        elif keychain is not None and routingKey[0] == "stats-yieldMetricsValue":
            # Consumers find the data by its name; the build comes out of the database.
            place = Place(buildid=data["build_data"]["buildid"])
            audience = keychain.audiences.of_buildid(place.buildid)
            metrics = keychain.reporter.redact("metrics", place, audience, data["post_data"])
            data = {**data, "post_data": metrics}
        with building(None):
            return original(self, routingKey, data, *args, **kwargs)

    return produce


def find_line_ends(original: Pattern[str]) -> BackspacePattern:
    """Store text as a terminal shows it where backspaces would break a secret up."""
    return BackspacePattern(original, audience_of_split_text)


def trigger_nightly(original: Function) -> Function:
    """Have a scheduler store no secrets of the properties that it is triggered with.

    Buildbot stores them until its time comes, and passes on what it has read back.
    """

    def trigger(
        self: Any,
        waited_for: Any,
        sourcestamps: Any = None,
        set_props: Any = None,
        parent_buildid: int | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        keychain = keychain_of(self.master)
        if keychain is None or not set_props:
            return original(
                self, waited_for, sourcestamps, set_props, parent_buildid, *args, **kwargs
            )
        kept, told = keychain.updates.kept_properties(set_props, parent_buildid)
        ids, done = original(self, waited_for, sourcestamps, kept, parent_buildid, *args, **kwargs)
        # The step that triggers ends when the second one fires, and has written its logs by then.
        return ids, told.addCallback(lambda _: done)

    return trigger


def start_nightly(original: Function) -> Function:
    """Have the builds receive by name what such a scheduler was triggered with."""

    def startBuild(self: Any, *args: Any, **kwargs: Any) -> Any:
        if keychain_of(self.master) is None:
            return original(self, *args, **kwargs)
        # Buildbot's function takes a copy of the context when it is called.
        with passing_on():
            return original(self, *args, **kwargs)

    return startBuild
