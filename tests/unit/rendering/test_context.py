from __future__ import annotations

from typing import NamedTuple

from twisted.internet.defer import fail, succeed
from twisted.trial.unittest import TestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import SecretNotFound
from buildbot_keychain.interfaces import IRenderable, IRenderingContext
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.rendering import RenderingContext, Secret
from tests.support.fakes import DictProvider
from tests.support.reachable import reachable_text

VALUE = "tr0ub4dor&3"


class Login(NamedTuple):
    user: object
    hosts: list[str]


@implementer(IRenderable)
class Broken:
    def getRenderingFor(self, context: object) -> object:
        return fail(ValueError("why"))


class RenderingContextTests(TestCase):
    def setUp(self) -> None:
        self.manager = SecretManager(
            [DictProvider("d", {"user": "joe-the-user", "deploy-eu": "EU", "token": VALUE})]
        )

    def test_it_keeps_the_contract(self) -> None:
        verifyObject(IRenderingContext, RenderingContext(succeed))

    def test_containers_are_rendered_through(self) -> None:
        value = {"a": [Secret("user"), ("x", Secret("deploy-eu"))], Secret("deploy-eu"): 3}
        self.assertEqual(
            self.successResultOf(self.manager.render(value)),
            {"a": ["joe-the-user", ("x", "EU")], "EU": 3},
        )

    def test_named_tuples_are_rendered_through(self) -> None:
        rendered = self.successResultOf(self.manager.render(Login(Secret("user"), ["x"])))
        self.assertEqual(rendered, Login("joe-the-user", ["x"]))
        self.assertIsInstance(rendered, Login)

    def test_no_value_can_be_reached_from_the_error_of_its_neighbour(self) -> None:
        for value in ([Secret("token"), Secret("nobody")], {Secret("token"): Secret("nobody")}):
            failure = self.failureResultOf(self.manager.render(value), SecretNotFound)
            self.assertNotIn(VALUE, reachable_text(failure))

    def test_an_error_of_a_users_renderable_tells_what_it_says(self) -> None:
        failure = self.failureResultOf(self.manager.render([Broken()]), ValueError)
        self.assertEqual(str(failure.value), "why")
