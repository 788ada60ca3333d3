"""What the JSON is, for programs and their authors."""

from __future__ import annotations

from buildbot_keychain import versions
from buildbot_keychain.web import _openapi
from buildbot_keychain.web._routes import ROUTES, Route
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, json_answer


class DescriptionViews(ViewsOfHost):
    """The OpenAPI document."""

    async def show(self, call: Call) -> Answer:
        """Return the OpenAPI document of the JSON."""
        version = versions.version_of(versions.DISTRIBUTION) or "unknown"
        first_page = "../" * call.route.path.count("/") or "./"
        return json_answer(_openapi.document(ROUTES, version, first_page, _summary))


def _summary(route: Route) -> str:
    """Return what the view of a route says that it does."""
    from buildbot_keychain.web.views import VIEWS  # noqa: PLC0415 - which knows this module

    group, _, name = route.view.partition(".")
    return (getattr(VIEWS[group], name).__doc__ or "").partition("\n")[0]
