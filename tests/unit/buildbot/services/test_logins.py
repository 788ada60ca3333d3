"""Every secret of what logs people in is looked up."""

from __future__ import annotations

from typing import Any

from buildbot.interfaces import IRenderable
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain.buildbot.services._logins import render_all


@implementer(IRenderable)
class Asked:
    """A renderable that notes which master it is rendered for."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.masters: list[Any] = []

    async def getRenderingFor(self, properties: Any) -> str:
        self.masters.append(properties.master)
        if self.error is not None:
            raise self.error
        return "canary"


class Auth:
    def __init__(self, **arguments: object) -> None:
        self.__dict__.update(arguments)


class LoginTests(SynchronousTestCase):
    def test_each_renderable_is_looked_up_for_the_master(self) -> None:
        one, two, master = Asked(), Asked(), object()
        auth = Auth(clientId="abc", clientSecret=one, token=two)
        self.successResultOf(Deferred.fromCoroutine(render_all(auth, master)))
        self.assertEqual((one.masters, two.masters), ([master], [master]))

    def test_a_secret_that_is_missing_is_an_error(self) -> None:
        auth = Auth(clientSecret=Asked(KeyError("there is none")))
        rendering = Deferred.fromCoroutine(render_all(auth, object()))
        self.failureResultOf(rendering, KeyError)
