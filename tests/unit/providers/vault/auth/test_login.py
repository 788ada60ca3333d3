"""What an authenticator may use: arguments, files, and requests that are made once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain import Secret
from buildbot_keychain.errors import (
    AccessDenied,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.providers.vault.auth._login import Login, is_token_known
from buildbot_keychain.providers.vault.auth._token import Token
from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    LOOKUP_SELF,
    FakeServers,
    context,
    forbidden,
    refused,
    token_answer,
    unknown_token,
)

PATH = "auth/approle/login"


class LoginTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.servers = FakeServers()
        self.rendered: Deferred[Any] = succeed("rendered")
        servers: Any = self.servers
        self.login = Login(servers, context(), lambda _: self.rendered, Clock(), {})

    def result(self, work: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(work))

    def error(self, work: Any, kind: type[Exception] = ProviderError) -> str:
        error = self.failureResultOf(Deferred.fromCoroutine(work)).value
        self.assertIs(type(error), kind)
        return str(error)


class ArgumentTests(LoginTestCase):
    """`Login.text`."""

    def text(self, given: object) -> Any:
        return self.login.text(SecretArgument("Approle", "role_id", given))

    def test_texts_and_renderables(self) -> None:
        self.assertEqual(self.result(self.text("given")), "given")
        self.assertEqual(self.result(self.text(Secret("a"))), "rendered")

    def test_what_cannot_be_rendered_is_never_a_missing_secret(self) -> None:
        for problem, kind in (
            (SecretNotFound("a", ()), ProviderError),
            (AccessDenied("file", "a", "mode 0644"), ProviderError),
            (ProviderUnavailable("file", "a", "it is away"), ProviderUnavailable),
        ):
            self.rendered = fail(problem)
            self.assertIn("role_id cannot be rendered", self.error(self.text(Secret("a")), kind))

    def test_what_does_not_render_to_a_text(self) -> None:
        for rendered in (" ", 5, None):
            self.rendered = succeed(rendered)
            self.assertIn("role_id renders to", self.error(self.text(Secret("a"))))


class FileTests(LoginTestCase):
    """`Login.file`."""

    def write(self, text: str, mode: int = 0o600) -> str:
        path = Path(self.mktemp())
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def test_white_space_around_it_is_removed(self) -> None:
        path = self.write(" token\n")
        self.assertEqual(self.result(self.login.file(path, "the file", private=True)), "token")

    def test_what_cannot_be_trusted(self) -> None:
        for path, private, reason in (
            ("/absent", False, "cannot be read"),
            ("/", False, "cannot be read"),
            ("/dev/null", False, "not a regular file"),
            (self.pipe(), True, "not a regular file"),
            (self.write("token", 0o644), True, "others can read it (mode 0644)"),
            (self.write("token", 0o622), False, "others can write to it (mode 0622)"),
            (self.write(" \n"), False, "empty"),
            (self.write("x" * 70000), False, "far too long"),
        ):
            message = self.error(self.login.file(path, "the file", private=private), AccessDenied)
            self.assertIn(reason, message)
            self.assertIn(f"the file '{path}'", message)

    def test_a_file_of_another_user(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a file away")
        path = self.write("token")
        os.chown(path, 4711, -1)
        message = self.error(self.login.file(path, "the file", private=True), AccessDenied)
        self.assertIn("it belongs to another user (id 4711), who can replace the token", message)

    def pipe(self) -> str:
        path = self.mktemp()
        os.mkfifo(path)
        return path

    def test_others_may_read_what_is_not_private(self) -> None:
        path = self.write("token", 0o644)
        self.assertEqual(self.result(self.login.file(path, "the file", private=False)), "token")


class RequestTests(LoginTestCase):
    """Requests of a login."""

    def token(self) -> Any:
        return self.login.token(self.login.api.hvac.adapter.post(f"/v1/{PATH}"), "check the role")

    def test_it_is_sent_once(self) -> None:
        self.servers.answers[PATH] = token_answer()
        token = self.result(self.token())
        self.assertEqual(
            token, Token("s.token", Term(0.0, 60.0, True, 60.0), "accessor-of-s.token")
        )
        self.assertFalse(self.servers.sent[0].repeatable)
        self.assertFalse(self.login.was_refused)

    def test_a_refusal_says_what_to_correct(self) -> None:
        for problem, reason in (
            (refused(VaultRefusal.NO_MOUNT, 404), "no such login: nothing is mounted there"),
            (forbidden(), "denies the login, or has no such login mounted"),
            (refused(VaultRefusal.BAD_REQUEST), "rejects the request as invalid"),
        ):
            self.servers.answers[PATH] = problem
            message = self.error(self.token(), AccessDenied)
            self.assertIn(reason, message)
            self.assertIn("check the role", message)
            self.assertTrue(self.login.was_refused)

    def test_a_second_factor_is_not_a_token(self) -> None:
        self.servers.answers[PATH] = {"auth": {"client_token": "", "mfa_requirement": {}}}
        self.assertIn("second factor", self.error(self.token(), AccessDenied))

    def test_a_token_that_somebody_else_made_is_looked_up(self) -> None:
        self.servers.answers[LOOKUP_SELF] = {"data": {"ttl": 60, "renewable": False}}
        token = self.result(self.login.existing_token("s.given", "correct it"))
        self.assertEqual(token, Token("s.given", Term(0.0, 60.0, False, 60.0)))

    def test_one_that_may_not_look_itself_up_may_still_be_alive(self) -> None:
        self.servers.answers[LOOKUP_SELF] = forbidden()
        token = self.result(self.login.existing_token("s.given", "correct it"))
        self.assertEqual(token, Token("s.given", Term(0.0)))

    def test_whether_the_server_knows_a_token(self) -> None:
        servers: Any = self.servers
        token = Token("s.given", Term(0.0))
        away = ProviderUnavailable("vault", "p", "it is away")
        for answer, known in (
            ({"data": {}}, True),
            (forbidden(), True),
            (unknown_token(), False),
            (refused(VaultRefusal.NO_NAMESPACE, 404), None),
            (away, None),
        ):
            self.servers.answers[LOOKUP_SELF] = answer
            self.assertIs(self.result(is_token_known(servers, token, context())), known)

    def test_what_cannot_be_a_token_is_not_sent(self) -> None:
        message = self.error(self.login.existing_token("a b", "correct it"), AccessDenied)
        self.assertIn("what is there is not a token; correct it", message)
        self.assertEqual(self.servers.sent, [])
