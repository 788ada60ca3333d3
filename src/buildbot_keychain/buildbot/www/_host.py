"""`BuildbotHost`: a Buildbot master as the host of the page."""

from __future__ import annotations

import hmac
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from buildbot.www import config as www_config
from buildbot.www.auth import AuthBase, RemoteUserAuth
from buildbot.www.authz.authz import Forbidden
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.web.error import Error
from twisted.web.iweb import IRequest
from zope.interface import implementer

from buildbot_keychain import bearer_tokens
from buildbot_keychain.approvals import Person
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.state import DatabaseProblemError, TokensTable
from buildbot_keychain.buildbot.www._accounts import account_of
from buildbot_keychain.buildbot.www._audit import BuildbotAudit
from buildbot_keychain.buildbot.www._builders import BuildbotBuilders
from buildbot_keychain.buildbot.www._builds import BuildbotBuilds
from buildbot_keychain.buildbot.www._forms import BuildbotForms
from buildbot_keychain.buildbot.www._inspections import BuildbotInspections
from buildbot_keychain.buildbot.www._remembered import Remembered
from buildbot_keychain.buildbot.www._secrets import BuildbotSecrets
from buildbot_keychain.buildbot.www._settings import PageSettings
from buildbot_keychain.buildbot.www._stores import BuildbotStores
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import message_of
from buildbot_keychain.policy import Policy
from buildbot_keychain.web import Action, IPageHost, Visitor

_log = Logger()

_PORTS = {"http": 80, "https": 443}
_APPROVALS, _SECRETS = ("keychain", "approvals"), ("keychain", "secrets")
_INSPECTIONS = ("keychain", "inspections")
_METRICS = ("keychain", "metrics"), "get"
_ENDPOINTS = {
    Action.OPEN: (_APPROVALS, "get"),
    Action.SEE_APPROVALS: (_APPROVALS, "get"),
    Action.DECIDE: (_APPROVALS, "decide"),
    Action.SEE_SECRETS: (_SECRETS, "get"),
    Action.SEE_METRICS: _METRICS,
    Action.SEE_COUNTS: _METRICS,
    Action.TRY: (_SECRETS, "get"),
    Action.MAINTAIN: (_SECRETS, "maintain"),
    Action.SEE_STORES: (_SECRETS, "get"),
    Action.CHANGE: (_SECRETS, "change"),
    Action.SEE_AUDIT: (("keychain", "audit"), "get"),
    Action.SEE_INSPECTIONS: (_INSPECTIONS, "get"),
    Action.INSPECT: (_INSPECTIONS, "inspect"),
}
"""What rules in ``authz`` are asked about, and the action that they are told. A name follows."""


@implementer(IPageHost)
class BuildbotHost:
    """The master whose web server serves the page.

    Everything is looked up when a request comes: the page is made before the secrets are
    configured, and roles may be others by then.
    """

    def __init__(self, master: Any, settings: PageSettings) -> None:
        self._master = master
        self._tokens = TokensTable(master)
        self._secrets = Remembered.of(master).secrets
        self.stores = BuildbotStores(master, self._secrets.note_change)
        known = self._secrets.names, self._secrets.tags, self._secrets.used
        self._builders = BuildbotBuilders(master, *known, self._secrets.thread)
        self._builds = BuildbotBuilds(master)
        self._audit = BuildbotAudit(master, self._secrets.audit)
        self._forms = BuildbotForms(master)
        self._asking: tuple[Policy | None, frozenset[str]] = None, frozenset()
        """A policy, and the roles that it asks."""
        self.admin_roles = settings.admin_roles
        self.viewer_roles = settings.viewer_roles
        self.plain_http = settings.plain_http

    @property
    def origin(self) -> str:
        """Scheme, host and, unless it is the scheme's own, port of ``buildbotURL``."""
        url = urlsplit(self._master.config.buildbotURL)
        host = url.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = "" if url.port in (None, _PORTS.get(url.scheme)) else f":{url.port}"
        return f"{url.scheme}://{host}{port}"

    @property
    def title(self) -> str:
        """The configuration's."""
        return str(self._master.config.title)

    @property
    def theme(self) -> str:
        """``c["www"]["theme"]``, which Buildbot knows since 4.1."""
        to_css = getattr(www_config, "serialize_www_frontend_theme_to_css", None)
        return "" if to_css is None else f":root {{ {to_css(self._master.config.www, 0)} }}\n"

    @cached_property
    def form_key(self) -> bytes:
        """Derived from what all masters of the database sign sessions with."""
        secret = self._master.www.site.session_secret.encode()
        return hmac.digest(secret, b"buildbot-keychain form tokens", "sha256")

    @property
    def approver_roles(self) -> frozenset[str]:
        """Those of the policy that is in force."""
        keychain = keychain_of(self._master)
        policies = None if keychain is None else keychain.providers.settings.policies
        if policies is None:
            return frozenset()
        policy = policies.policy
        if self._asking[0] is not policy:
            demands = [rule.approval for rule in policy.rules if rule.approval is not None]
            self._asking = policy, frozenset(role for demand in demands for role in demand.by)
        return self._asking[1]

    @property
    def approvals(self) -> Any:
        """Those of the master's keychain."""
        return getattr(keychain_of(self._master), "approvals", None)

    @property
    def metrics(self) -> Any:
        """Those of the master's keychain."""
        return getattr(keychain_of(self._master), "metrics", None)

    @property
    def secrets(self) -> BuildbotSecrets | None:
        """Those of the master's keychain."""
        return None if keychain_of(self._master) is None else self._secrets

    @property
    def builders(self) -> BuildbotBuilders | None:
        """Those of the master, if it has a keychain."""
        return None if keychain_of(self._master) is None else self._builders

    @property
    def builds(self) -> BuildbotBuilds | None:
        """Those of the master, if it has a keychain."""
        return None if keychain_of(self._master) is None else self._builds

    @property
    def forms(self) -> BuildbotForms | None:
        """Those of the master's force schedulers, if it has a keychain."""
        return None if keychain_of(self._master) is None else self._forms

    @property
    def audit(self) -> BuildbotAudit | None:
        """That of the master's keychain."""
        return None if keychain_of(self._master) is None else self._audit

    @property
    def inspections(self) -> BuildbotInspections | None:
        """Those of the master, if it has a keychain."""
        return None if keychain_of(self._master) is None else BuildbotInspections.of(self._master)

    def now(self) -> float:
        """Return the reactor's time."""
        return float(self._master.reactor.seconds())

    @returns_deferred
    async def visitor(self, request: IRequest) -> Visitor | None:
        """Return who is logged in, by Buildbot's session or by the proxy in front of it."""
        www = self._master.www
        if isinstance(www.auth, RemoteUserAuth):
            names = request.requestHeaders.getRawHeaders(www.auth.header, [])
            if len(names) > 1:  # one may be the visitor's, and nobody knows which
                return None
        try:
            # A proxy's login would otherwise be noticed where "/" is loaded, and nowhere else.
            await maybeDeferred(www.auth.maybeAutoLogin, request)
        except Error:
            return None
        user = www.getUserInfos(request)
        approvals = self.approvals
        person: Person | None = None if approvals is None else approvals.person_of(user)
        session = None if person is None else self._session(request, person)
        if person is None or session is None:
            return None
        if not person.roles.isdisjoint(self.admin_roles | self.viewer_roles):
            self._secrets.prepare()  # whoever sees the menu may open the page next
        return Visitor(person, session, details=user)

    @returns_deferred
    async def bearer(self, token: str) -> Visitor | None:
        """Return the owner of a token, with the roles that Buildbot would give the owner now.

        There are none where nobody can tell, and then the token is good for its scopes alone.
        """
        number = bearer_tokens.id_of(token)
        if number is None:
            return None
        try:
            row = await self._tokens.find(number)
        except DatabaseProblemError as problem:
            raise problem.of_table(bearer_tokens.TABLE) from None
        if row is None or not bearer_tokens.is_valid(token, row, self.now()):
            return None
        details = await account_of(self._master.www.auth, row.person)
        known = details is not None and self.approvals is not None
        person = self.approvals.person_of(details) if known else None
        return Visitor(
            Person(row.person) if person is None else person,
            scopes=row.scopes,
            details=details or {"username": row.person},
        )

    @returns_deferred
    async def prepare(self) -> None:
        """Make the table of tokens, for the command that fills it."""
        try:
            await self._tokens.prepare(int(self.now()))
        except DatabaseProblemError as problem:
            error = problem.of_table(bearer_tokens.TABLE)
            _log.warn("{error}", error=message_of(error))

    @returns_deferred
    async def allows(self, visitor: Visitor, action: Action, name: str | None = None) -> bool:
        """Return whether ``c["www"]["authz"]`` does not forbid it; it has no rules of its own."""
        endpoint, verb = _ENDPOINTS[action]
        where = endpoint if name is None else (*endpoint, name)
        check = self._master.www.authz.assertUserAllowed
        try:
            await maybeDeferred(check, where, verb, {}, dict(visitor.details))
        except Forbidden:
            return False
        return True

    def _session(self, request: Any, person: Person) -> bytes | None:
        """Return what the forms of this session are tied to; ``None`` if there are two sessions.

        Where a proxy logs people in, Buildbot makes a new cookie for each request.
        """
        if type(self._master.www.auth).maybeAutoLogin is not AuthBase.maybeAutoLogin:
            return b"person " + person.name.encode()
        # As Twisted's `getSession` names it.
        kind = b"TWISTED_SECURE_SESSION" if request.isSecure() else b"TWISTED_SESSION"
        name = b"_".join([kind, *request.sitepath])
        pairs = b";".join(request.requestHeaders.getRawHeaders(b"Cookie", [])).split(b";")
        sent = {pair.strip() for pair in pairs if pair.strip().startswith(name + b"=")}
        return sent.pop() if len(sent) == 1 else None
