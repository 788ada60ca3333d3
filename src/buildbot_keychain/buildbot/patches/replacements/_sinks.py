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
)
from buildbot_keychain.errors import RenderingError, quote


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
    """Refuse properties with secrets that a scheduler would store until its time comes.

    Buildbot stores the true values, and passes on what it has read back.
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
        if keychain is not None and set_props:
            names = keychain.updates.hidden_properties(set_props.asDict(), parent_buildid)
            if names:
                raise RenderingError(
                    f"the scheduler {quote(self.name)} stores the properties that it is triggered "
                    f"with until its time comes, and these hold secrets: "
                    f"{', '.join(map(quote, names))}; give it properties= of its own with them"
                )
        return original(self, waited_for, sourcestamps, set_props, parent_buildid, *args, **kwargs)

    return trigger
