from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.www.auth import RemoteUserAuth, UserPasswordAuth
from buildbot.www.authz import Authz
from buildbot.www.authz.endpointmatchers import AnyEndpointMatcher
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.test.requesthelper import DummyRequest
from zope.interface.verify import verifyObject

from buildbot_keychain.approvals import Person
from buildbot_keychain.bearer_tokens import SCOPES, TokenRow, new_token
from buildbot_keychain.buildbot._attached import ATTRIBUTE
from buildbot_keychain.buildbot.www._host import BuildbotHost
from buildbot_keychain.buildbot.www._inspections import NAME
from buildbot_keychain.buildbot.www._settings import PageSettings
from buildbot_keychain.errors import StoreError
from buildbot_keychain.policy import Allow, Approval, Policy
from buildbot_keychain.web import Action, IPageHost, Visitor
from tests.support.approvals_in_memory import ApprovalsInMemory
from tests.support.database_pool import DatabasePool
from tests.support.service_master import ServiceMaster

ROLES = {"rolf": frozenset({"release"})}


class Session:
    def __init__(self) -> None:
        self.user_info = {"anonymous": True}

    def updateSession(self, request: Any) -> None:
        pass


class HostTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.www = SimpleNamespace(
            auth=UserPasswordAuth({"rolf": "pw"}),
            authz=Authz(),
            site=SimpleNamespace(session_secret="s"),
            getUserInfos=lambda request: request.getSession().user_info,
        )
        config = SimpleNamespace(buildbotURL="https://ci.example.org/bb/", title="CI", www={})
        rules = [Allow("x", approval=Approval(by=["release"])), Allow("y")]
        policies = SimpleNamespace(policy=Policy(rules))
        keychain = SimpleNamespace(
            approvals=ApprovalsInMemory(ROLES),
            providers=SimpleNamespace(settings=SimpleNamespace(policies=policies)),
        )
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.clock = Clock()
        self.master: Any = ServiceMaster(
            www=self.www,
            config=config,
            db=SimpleNamespace(pool=self.pool),
            reactor=self.clock,
        )
        self.master.namedServices[NAME] = ()
        setattr(self.master, ATTRIBUTE, keychain)
        self.host = BuildbotHost(self.master, PageSettings())

    def request(self, user: str | None, *cookies: str, **headers: str) -> Any:
        request: Any = DummyRequest([b""])
        request.session = Session()
        if user is not None:
            request.session.user_info = {"username": user}
        request.isSecure = lambda: False
        for cookie in cookies:
            request.requestHeaders.addRawHeader("Cookie", cookie)
        for name, value in headers.items():
            request.requestHeaders.addRawHeader(name, value)
        return request

    def visitor(self, request: Any) -> Visitor | None:
        found: Visitor | None = self.successResultOf(self.host.visitor(request))
        return found


class HostTests(HostTestCase):
    def test_it_is_a_host(self) -> None:
        verifyObject(IPageHost, self.host)

    def test_the_origin_is_as_browsers_write_it(self) -> None:
        for url, origin in (
            ("https://ci.example.org/bb/", "https://ci.example.org"),
            ("https://CI.example.org:443/", "https://ci.example.org"),
            ("http://localhost:8010/", "http://localhost:8010"),
            ("http://[::1]:80/", "http://[::1]"),
        ):
            self.master.config.buildbotURL = url
            self.assertEqual(self.host.origin, origin)

    def test_approvers_are_those_of_the_policy(self) -> None:
        self.assertEqual(self.host.approver_roles, {"release"})

    def test_a_master_without_a_keychain_has_no_approvers(self) -> None:
        delattr(self.master, ATTRIBUTE)
        self.assertEqual((self.host.approver_roles, self.host.approvals), (frozenset(), None))
        self.assertIsNone(self.visitor(self.request("rolf", "TWISTED_SESSION=a")))

    def test_the_form_key_is_not_the_session_secret(self) -> None:
        self.assertNotIn(b"s", {self.host.form_key})
        self.assertEqual(len(self.host.form_key), 32)


class VisitorTests(HostTestCase):
    def test_of_a_session(self) -> None:
        visitor = self.visitor(self.request("rolf", "a=b; TWISTED_SESSION=x"))
        assert visitor is not None
        self.assertEqual(visitor.person, Person("rolf", ROLES["rolf"]))
        self.assertEqual(visitor.session, b"TWISTED_SESSION=x")

    def test_of_somebody_who_sees_the_menu(self) -> None:
        """What pages need is read before they are opened."""
        prepared: list[object] = []
        self.patch(self.host.secrets, "prepare", lambda: prepared.append(1))
        nobody, release = frozenset[str](), frozenset({"release"})
        for admins, viewers, count in (
            (nobody, nobody, 0),
            (release, nobody, 1),
            (nobody, release, 2),
        ):
            self.host.admin_roles, self.host.viewer_roles = admins, viewers
            for person in ("rolf", None):
                self.visitor(self.request(person, "TWISTED_SESSION=x"))
            self.assertEqual(len(prepared), count)

    def test_of_nobody(self) -> None:
        self.assertIsNone(self.visitor(self.request(None, "TWISTED_SESSION=x")))

    def test_of_two_sessions(self) -> None:
        """A script may have set a cookie for our path; a person has one session."""
        for cookies in (
            ("TWISTED_SESSION=x; TWISTED_SESSION=y",),
            ("TWISTED_SESSION=x", "TWISTED_SESSION=y"),
        ):
            self.assertIsNone(self.visitor(self.request("rolf", *cookies)))

    def test_of_a_proxy(self) -> None:
        """Buildbot makes another cookie for each request there."""
        self.www.auth = RemoteUserAuth(headerRegex="(?P<username>[^ @]+)")
        visitor = self.visitor(self.request(None, REMOTE_USER="rolf"))
        assert visitor is not None
        self.assertEqual(visitor.person.name, "rolf")
        again = self.visitor(self.request("rolf", "TWISTED_SESSION=x", REMOTE_USER="rolf"))
        assert again is not None
        self.assertEqual((again.person, again.session), (visitor.person, visitor.session))

    def test_of_two_names(self) -> None:
        """The proxy has added its header to that of the visitor; Buildbot takes the last."""
        self.www.auth = RemoteUserAuth(headerRegex="(?P<username>[^ @]+)")
        request = self.request(None, REMOTE_USER="nina")
        request.requestHeaders.addRawHeader("REMOTE_USER", "rolf")
        request.getHeader = lambda name: request.requestHeaders.getRawHeaders(name)[-1]
        self.assertIsNone(self.visitor(request))

    def test_without_the_proxys_header(self) -> None:
        self.www.auth = RemoteUserAuth()
        self.assertIsNone(self.visitor(self.request("rolf", "TWISTED_SESSION=x")))


class BearerTests(HostTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.successResultOf(self.host.prepare())
        self.token, number, digest = new_token()
        row = TokenRow(number, digest, "rolf", frozenset(SCOPES), "", 0, 1_000).stored()
        values = ", ".join(map(repr, row.values()))
        self.pool.execute(f"INSERT INTO keychain_tokens ({', '.join(row)}) VALUES ({values})")

    def bearer(self, token: str) -> Visitor | None:
        found: Visitor | None = self.successResultOf(self.host.bearer(token))
        return found

    def test_it_has_the_roles_that_its_owner_has_now(self) -> None:
        visitor = self.bearer(self.token)
        assert visitor is not None
        self.assertEqual(visitor.person, Person("rolf", ROLES["rolf"]))
        self.assertEqual(visitor.scopes, frozenset(SCOPES))

    def test_where_nobody_can_tell_it_has_none(self) -> None:
        for auth in (RemoteUserAuth(), UserPasswordAuth({"nina": "pw"})):
            self.www.auth = auth
            visitor = self.bearer(self.token)
            assert visitor is not None
            self.assertEqual(visitor.person, Person("rolf"))

    def test_others_are_nobodys(self) -> None:
        for token in ("", "x", new_token()[0], self.token[:-1] + "!", self.token.swapcase()):
            self.assertIsNone(self.bearer(token))

    def test_it_ends(self) -> None:
        self.clock.advance(1_000)
        self.assertIsNone(self.bearer(self.token))

    def test_a_database_that_cannot_be_read(self) -> None:
        self.pool.execute("DROP TABLE keychain_tokens")
        self.failureResultOf(self.host.bearer(self.token), StoreError)


ASKED = [action for action in Action if action is not Action.FORCE]
"""Of that, Buildbot's own endpoints are asked."""


class AllowedTests(HostTestCase):
    def allows(self, action: Action) -> bool:
        visitor = Visitor(Person("rolf"), details={"username": "rolf"})
        allowed: bool = self.successResultOf(self.host.allows(visitor, action))
        return allowed

    def test_they_are_asked_about_what_it_is(self) -> None:
        asked: list[Any] = []
        self.patch(self.www.authz, "assertUserAllowed", lambda *said: asked.append(said))
        for action in ASKED:
            self.assertTrue(self.allows(action))
        visitor = Visitor(Person("rolf"), details={"username": "rolf"})
        self.successResultOf(self.host.allows(visitor, Action.SEE_SECRETS, "vault!a/b"))
        self.assertEqual(len(asked), len(ASKED) + 1)
        self.assertIn((("keychain", "approvals"), "decide", {}, {"username": "rolf"}), asked)
        endpoint = ("keychain", "secrets", "vault!a/b")
        self.assertEqual(asked[-1], (endpoint, "get", {}, {"username": "rolf"}))

    def test_buildbots_rules_may_forbid(self) -> None:
        self.assertTrue(all(map(self.allows, ASKED)))
        self.www.authz = Authz(allowRules=[AnyEndpointMatcher(role="admins")])
        self.www.authz.setMaster(self.master)
        self.assertFalse(any(map(self.allows, ASKED)))
