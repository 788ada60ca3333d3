"""An agent that adds the token, asked over its Unix socket: nobody here has one."""

from __future__ import annotations

from buildbot_keychain.errors import AccessDenied
from tests.support.openbao import engines, logins
from tests.support.openbao.agent import Agent
from tests.support.vault.case import OneServerTestCase


class AgentTests(OneServerTestCase):
    agent: Agent

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        root = cls.server.root
        engines.write_kv(root, "ci/app", value="for-those-behind-the-agent")
        engines.write_kv(root, "other", value="for-others")
        logins.write_policy(root, "ci", ("secret/data/ci/*", ["read"]))
        cls.agent = Agent(cls.server, logins.token(root, "ci", period="1h"))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.agent.stop()
        super().tearDownClass()

    async def test_it_adds_the_token(self) -> None:
        self.hide("for-those-behind-the-agent")
        provider = self.provider(self.agent.address)
        self.assertEqual(await provider.get("ci/app"), "for-those-behind-the-agent")
        self.assertIsNone(await provider.get("ci/absent"))
        error = await self.fails(provider.get("other"), AccessDenied)
        self.assertIn("secret/data/other", str(error))

    async def test_without_it_the_missing_token_is_named(self) -> None:
        error = await self.fails(self.provider(self.server.address).get("ci/app"), AccessDenied)
        self.assertIn("no token was sent: give an authenticator", str(error))
