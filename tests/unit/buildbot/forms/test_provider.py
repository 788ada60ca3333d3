from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot.forms import FormProvider
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import InvalidName
from buildbot_keychain.interfaces import (
    IAskedByNameOnly,
    ICanonicalNames,
    IHidesAnswers,
    IRequesterAware,
    ISecretProvider,
)


class _Values:
    async def find(self, name: str, buildid: int) -> str:
        return f"{name} of {buildid}"


class FormProviderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.provider: Any = FormProvider(_Values())

    def test_interfaces(self) -> None:
        for interface in (
            ISecretProvider,
            IRequesterAware,
            ICanonicalNames,
            IAskedByNameOnly,
            IHidesAnswers,
        ):
            verifyObject(interface, self.provider)
        self.assertEqual(self.provider.canonical("pw"), "pw")

    def test_a_build_gets_its_own(self) -> None:
        asked = self.provider.get_for("pw", Requester("build", scope="build/17"))
        self.assertEqual(self.successResultOf(asked), "pw of 17")

    def test_nobody_else_gets_one(self) -> None:
        for requester in (
            None,
            Requester("unknown"),
            Requester("build"),
            Requester("service", service="x", scope="build/17"),
            Requester("build", scope="build/x"),
        ):
            refused = self.failureResultOf(self.provider.get_for("pw", requester), InvalidName)
            self.assertIn("'form!pw'", str(refused.value))
        self.failureResultOf(self.provider.get("pw"), InvalidName)
