"""A master has its keychain before its services, workers and builders are configured."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps
from buildbot.plugins import util as buildbot_util
from buildbot.plugins import worker as workers
from buildbot.process.properties import Property
from buildbot.secrets.manager import SecretManager as BuildbotSecretManager
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import BuildbotService
from buildbot.www.config import get_www_frontend_config_dict
from twisted.logger import capturedLogs, formatEvent

from buildbot_keychain.buildbot import MasterKeychain, install
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.plugins import secrets
from tests.support.buildbot_patches import unpatched
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, WORKER_PASSWORD, RealMasterTestCase

VALUE = "k9QmT2vXzR7pL4wB8HsJ3dFgA6eU"
VALUES = {"token": VALUE, "password": WORKER_PASSWORD, "setting": "Vb7Nc5Mx3Za1Lk9Jh7Gf5Ds3"}


class _InHouse(SecretProviderBase):
    name = "inhouse"

    def get(self, entry: str) -> Any:
        return VALUES.get(entry)


class _Service(BuildbotService):
    """Notes what the keychain makes of its argument at the moment when it is configured."""

    secrets = ("setting",)
    noted: list[str] = []

    def reconfigService(self, setting: str) -> None:
        keychain = keychain_of(self.master)
        self.noted.append("no keychain" if keychain is None else keychain.redactor.redact(setting))


class _Worker(workers.Worker):
    """Notes what the keychain makes of its password at the moment when it is configured."""

    noted: list[str] = []

    async def _note(self, configured: Any) -> None:
        await configured
        keychain = keychain_of(self.master)
        self.noted.append(
            "no keychain" if keychain is None else keychain.redactor.redact(self.password)
        )

    def reconfigService(self, *args: Any, **kwargs: Any) -> Any:
        return self._note(super().reconfigService(*args, **kwargs))


class FirstStartTests(RealMasterTestCase):
    """A master whose configuration has nothing of this library but the import."""

    protocol = "pb"

    def setUp(self) -> None:
        super().setUp()
        self.patch(_Service, "noted", [])
        self.patch(_Worker, "noted", [])

    async def test_services_workers_and_builders(self) -> None:
        install({})
        password = buildbot_util.Secret("password")
        check = ["test", Property("token"), "=", VALUE]
        builder = BuilderConfig(
            name=BUILDER_NAME,
            workernames=[WORKER_NAME],
            factory=buildbot_util.BuildFactory([steps.ShellCommand(command=check)]),
            properties={"token": buildbot_util.Secret("token")},
        )
        master = await self.start_master(
            {
                "builders": [builder],
                "workers": [_Worker(WORKER_NAME, password, missing_timeout=0)],
                "services": [_Service(name="service", setting=buildbot_util.Secret("setting"))],
                "secretsProviders": [_InHouse()],
            }
        )
        self.assertEqual(_Service.noted, ["<setting>"])
        self.assertEqual(_Worker.noted, ["<password>"])
        first_update = master.event(("builds", None, "properties", "update"))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual((await first_update)["token"][0], "<token>")
        self.assertEqual(build.properties["token"], "<token>")


class DirectAnswerTests(RealMasterTestCase):
    """A Buildbot whose manager asks its providers without the keychain."""

    protocol = "null"

    async def assert_hidden(self, name: str, provider: Any) -> None:
        with unpatched():
            get = BuildbotSecretManager.get
        install({})
        self.patch(BuildbotSecretManager, "get", get)
        command = ["echo", buildbot_util.Secret("token")]
        factory = buildbot_util.BuildFactory([steps.ShellCommand(command=command)])
        config = self.configuration(factory, secretsProviders=[provider])
        master = await self.start_master(config)
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertNotIn(VALUE, repr(build))
        self.assertIn(f"o<{name}>", build.steps[-1].logs["stdio"])
        self.assertIn(name, MasterKeychain.of(master.master).redactor.names)

    async def test_an_inhouse_provider(self) -> None:
        await self.assert_hidden("inhouse!token", _InHouse())

    async def test_a_provider_of_ours(self) -> None:
        directory = self.secrets_directory(VALUES)
        provider = secrets.SecretInAFile(dirname=str(directory))
        await self.assert_hidden("SecretInAFile!token", provider)


class StartLineTests(RealMasterTestCase):
    """What a master says of its protection, in its log and on its page."""

    protocol = "null"

    async def test_once_and_after_changes(self) -> None:
        install({})
        directory = str(self.secrets_directory(VALUES))
        factory = buildbot_util.BuildFactory([steps.ShellCommand(command=["true"])])
        config = self.configuration(
            factory, secretsProviders=[secrets.SecretInAFile(dirname=directory, name="files")]
        )
        with capturedLogs() as events:
            master = await self.start_master(config)
            await master.reconfigure(config)
        (line,) = start_lines(events)
        self.assertIn("providers: 'files' (SecretInAFile, ready); redacted: everything", line)
        self.assertIn(f"buildbot-keychain {version('buildbot-keychain')}:", line)
        with capturedLogs() as events:
            await master.reconfigure(config | {"secretsProviders": [_InHouse()]})
        self.assertIn("providers: 'inhouse' (_InHouse, ready);", start_lines(events)[0])

    async def test_the_page_about(self) -> None:
        """Buildbot's frontend shows ``versions`` of its configuration."""
        install({})
        factory = buildbot_util.BuildFactory([steps.ShellCommand(command=["true"])])
        config = self.configuration(factory, www={"versions": [("ours", "1")]})
        master = await self.start_master(config)
        await master.reconfigure(config)
        www = master.master.config.www
        shown = get_www_frontend_config_dict(master.master, www)["versions"]
        expected = [["ours", "1"], ["buildbot-keychain", version("buildbot-keychain")]]
        self.assertEqual([*map(list, shown[-2:])], expected)


def start_lines(events: Any) -> list[str]:
    """Return the lines about protection among log events."""
    texts = map(formatEvent, events)
    return [text for text in texts if text.startswith("buildbot-keychain ")]
