"""`IPageHost`: what the page asks of the program that serves it; a Buildbot master, so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zope.interface import Attribute, Interface

from buildbot_keychain.approvals import Person


@dataclass(frozen=True)
class Visitor:
    """Who makes a request.

    :param person: who is logged in, or whose token it is, with the roles of this moment.
    :param session: what a form is tied to; empty for a program with a token.
    :param scopes: what the token is for; ``None`` for somebody who is logged in.
    :param details: what the host knows of the person, for `IPageHost.allows`.
    """

    person: Person
    session: bytes = field(default=b"", repr=False)
    scopes: frozenset[str] | None = None
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)


class IPageHost(Interface):
    """The host of one page. What it returns holds for one request."""

    origin = Attribute("The origin of the page's address, as browsers write it in ``Origin``.")
    title = Attribute("What the host's own pages are called (`str`).")
    theme = Attribute("CSS that sets variables to the administrator's colours (`str`).")
    plain_http = Attribute("Whether browsers that cannot say how a page was opened are answered.")
    form_key = Attribute("What form tokens are made with (`bytes`).")
    admin_roles = Attribute("The host's roles that make an administrator of secrets (`frozenset`).")
    viewer_roles = Attribute("Those that make somebody who may look (`frozenset`).")
    approver_roles = Attribute("Those that the policy asks for approval (`frozenset`).")
    stores = Attribute("A `buildbot_keychain.web.IStores`.")
    approvals = Attribute("A `buildbot_keychain.interfaces.IApprovals`, or ``None``.")
    metrics = Attribute("What has `text`, a Deferred of the metrics of the host, or ``None``.")
    audit = Attribute("A `buildbot_keychain.web.IAudit`, or ``None``.")
    forms = Attribute("A `buildbot_keychain.web.IForms`, or ``None``.")
    secrets = Attribute("A `buildbot_keychain.web.ISecrets`, or ``None``.")
    builders = Attribute("A `buildbot_keychain.web.IBuilders`, or ``None``.")
    builds = Attribute("A `buildbot_keychain.web.IBuilds`, or ``None``.")
    inspections = Attribute("A `buildbot_keychain.web.IInspections`, or ``None``.")

    def now():  # type: ignore[no-untyped-def]  # noqa: ANN201 - zope's spelling
        """Return the time in seconds since the epoch."""

    def visitor(request):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a Deferred of the `Visitor` who is logged in; of ``None`` if nobody is."""

    def bearer(token):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return a Deferred of the `Visitor` whose token this is; of ``None`` if it is nobody's.

        :param token: as it was sent (`str`).
        """

    def allows(visitor, action, name=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of whether the host's own rules allow it, which may only forbid.

        :param action: an `buildbot_keychain.web.Action`.
        :param name: the name of the secret that it is about, as it was sent, if it is about one.
        """
