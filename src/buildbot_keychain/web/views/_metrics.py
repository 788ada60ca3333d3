"""Metrics for Prometheus."""

from __future__ import annotations

from buildbot_keychain.metrics import CONTENT_TYPE
from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost


class MetricsViews(ViewsOfHost):
    """What programs collect."""

    async def show(self, _call: Call) -> Answer:
        """Return the metrics of the host, in the text format of Prometheus."""
        metrics = self.host.metrics
        if metrics is None:
            raise Refused(503, NO_SECRETS)
        return Answer((await metrics.text()).encode(), CONTENT_TYPE)
