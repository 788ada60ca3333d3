"""Every change of providers and secrets takes effect at the next lookup.

A changed file of a secret needs no reconfiguration; a changed ``master.cfg`` needs exactly one, and
never a restart.
"""

from __future__ import annotations

from typing import Any

from buildbot.plugins import steps
from buildbot.process.properties import Properties
from buildbot.util.service import BuildbotService

from buildbot_keychain.errors import InvalidSecret, SecretNotFound
from buildbot_keychain.plugins import secrets, util
from tests.support.reachable import reachable_text
from tests.support.real_master import RealMaster, RealMasterTestCase, write_secret


class _User(BuildbotService):
    """A service with a secret among its arguments; it records what each configuration gives it."""

    secrets = ("token",)
    given: list[str] = []

    def checkConfig(self, token: Any) -> None:
        pass

    def reconfigService(self, token: Any) -> None:
        self.given.append(token)


class ReconfigurationTests(RealMasterTestCase):
    """Providers in our manager."""

    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.patch(_User, "given", [])

    def providers(self, *providers: Any) -> list[Any]:
        """Return the value of ``c["secretsProviders"]``."""
        return [secrets.SecretManager(providers=list(providers))]

    def files(self, **values: str) -> Any:
        """Return a provider of these secrets, with a name of its own."""
        directory = self.secrets_directory(values)
        return secrets.SecretInAFile(dirname=str(directory), name=directory.name)

    def config(self, *providers: Any, user: bool = False) -> dict[str, Any]:
        """Return a configuration with these providers, and a service that uses ``token``."""
        services = [_User(name="user", token=util.Secret("token"))] if user else []
        more: dict[str, Any] = {
            "secretsProviders": self.providers(*providers),
            "services": services,
        }
        return self.configuration(util.BuildFactory(), **more)

    async def value(self, master: RealMaster) -> str:
        """Return what a build, a hook or a Git step would get for ``token`` now."""
        properties = Properties()
        properties.master = master.master
        return await properties.render(util.Secret("token"))

    async def test_a_rotated_file_needs_no_reconfiguration(self) -> None:
        directory = self.secrets_directory({"token": "first"})
        provider = secrets.SecretInAFile(dirname=str(directory))
        master = await self.start_master(self.config(provider))
        before = await self.value(master)

        write_secret(directory / "token", "second")

        self.assertEqual([before, await self.value(master)], ["first", "second"])

    async def test_an_added_file_needs_no_reconfiguration(self) -> None:
        directory = self.secrets_directory({})
        provider = secrets.SecretInAFile(dirname=str(directory))
        master = await self.start_master(self.config(provider))
        with self.assertRaises(SecretNotFound):
            await self.value(master)

        write_secret(directory / "token", "first")

        self.assertEqual(await self.value(master), "first")

    async def test_a_removed_file_is_gone(self) -> None:
        directory = self.secrets_directory({"token": "first"})
        provider = secrets.SecretInAFile(dirname=str(directory))
        master = await self.start_master(self.config(provider))
        await self.value(master)

        (directory / "token").unlink()

        with self.assertRaises(SecretNotFound):
            await self.value(master)

    async def test_a_changed_argument_is_used(self) -> None:
        first, second = (self.secrets_directory({"token": value}) for value in ("first", "second"))
        master = await self.start_master(
            self.config(secrets.SecretInAFile(dirname=str(first), name="files"))
        )
        before = await self.value(master)

        await master.reconfigure(
            self.config(secrets.SecretInAFile(dirname=str(second), name="files"))
        )

        self.assertEqual([before, await self.value(master)], ["first", "second"])

    async def test_a_changed_order_is_used(self) -> None:
        first, second = self.directory(), self.directory()
        write_secret(first / "token", "first")
        write_secret(second / "token", "second")

        def both(*directories: Any) -> list[Any]:
            return [secrets.SecretInAFile(dirname=str(d), name=d.name) for d in directories]

        master = await self.start_master(self.config(*both(first, second)))
        before = await self.value(master)

        await master.reconfigure(self.config(*both(second, first)))

        self.assertEqual([before, await self.value(master)], ["first", "second"])

    async def test_a_removed_provider_is_not_asked_any_more(self) -> None:
        first, second = self.files(token="first"), self.files(token="second")
        master = await self.start_master(self.config(first, second))
        before = await self.value(master)

        await master.reconfigure(self.config(second))

        self.assertEqual([before, await self.value(master)], ["first", "second"])

    async def test_values_of_a_removed_provider_stay_hidden(self) -> None:
        value = "q8ZrT5vXw2Lm9Kp3Hs7D"
        first = self.files(token=value)
        master = await self.start_master(self.config(first))
        await self.value(master)
        factory = util.BuildFactory([steps.ShellCommand(command=["echo", value])])

        await master.reconfigure(self.configuration(factory, secretsProviders=self.providers()))
        build = await master.build()

        self.assertIn("o<secret>", build.steps[-1].logs["stdio"])
        self.assertNotIn(value, build.steps[-1].logs["stdio"])

    async def test_a_provider_and_its_first_user_are_added_together(self) -> None:
        master = await self.start_master(self.configuration(util.BuildFactory()))

        await master.reconfigure(self.config(self.files(token="first"), user=True))

        self.assertEqual(_User.given, ["first"])

    async def test_a_user_gets_the_changed_provider_in_the_same_reconfiguration(self) -> None:
        first, second = (self.secrets_directory({"token": value}) for value in ("first", "second"))
        config = self.config(secrets.SecretInAFile(dirname=str(first), name="files"), user=True)
        master = await self.start_master(config)

        config = self.config(secrets.SecretInAFile(dirname=str(second), name="files"))
        # Another argument, as a service with equal arguments is not configured again.
        config["services"] = [_User(name="user", token=util.Interpolate("%(secret:token)s"))]
        await master.reconfigure(config)

        self.assertEqual(_User.given, ["first", "second"])

    async def test_a_user_with_equal_arguments_is_left_alone(self) -> None:
        directory = self.secrets_directory({"token": "first"})
        provider = secrets.SecretInAFile(dirname=str(directory), name="files")
        master = await self.start_master(self.config(provider, user=True))

        provider = secrets.SecretInAFile(dirname=str(directory), name="files")
        await master.reconfigure(self.config(provider, user=True))

        self.assertEqual(_User.given, ["first"])


class StrictTests(RealMasterTestCase):
    """``strict=True`` of our manager, on a running master."""

    protocol = "null"

    def config(self, directory: Any, *, strict: bool) -> dict[str, Any]:
        files = secrets.SecretInAFile(dirname=str(directory))
        manager = secrets.SecretManager(providers=[files], strict=strict)
        return self.configuration(util.BuildFactory(), secretsProviders=[manager])

    async def value(self, master: RealMaster) -> str:
        properties = Properties()
        properties.master = master.master
        return await properties.render(util.Secret("token"))

    async def test_a_value_that_has_become_weak_is_rejected(self) -> None:
        directory = self.secrets_directory({"token": "long-enough"})
        master = await self.start_master(self.config(directory, strict=True))
        self.assertEqual(await self.value(master), "long-enough")
        write_secret(directory / "token", "zq12")
        message = "'token': provider 'SecretInAFile': its value"
        with self.assertRaisesRegex(InvalidSecret, message) as caught:
            await self.value(master)
        self.assertNotIn("zq12", reachable_text(caught.exception, frames=False))
        await master.reconfigure(self.config(directory, strict=False))
        self.assertEqual(await self.value(master), "zq12")


class DirectReconfigurationTests(ReconfigurationTests):
    """Providers without a manager in ``c["secretsProviders"]``."""

    def providers(self, *providers: Any) -> list[Any]:
        return list(providers)
