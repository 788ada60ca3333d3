"""A provider of the core as a Buildbot service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from buildbot.config.errors import capture_config_errors
from buildbot.util.service import MasterService
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.providers import HostedProvider
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import (
    ICanonicalNames,
    IHasPools,
    IHoldsCredentials,
    IRendersArguments,
    IRequesterAware,
    IScoped,
    IScopeKeeper,
    ISecretProvider,
)
from buildbot_keychain.plugins import secrets
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.rendering import Secret
from buildbot_keychain.resilience import Resilience
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider


class Plain(ProviderService):
    """Answers with its argument."""

    name = "Hosted"
    kind = "hosted"

    def __init__(self, answer: Any, *, name: str | None = None, reactor: Any = None) -> None:
        super().__init__(name, reactor)
        if answer == "wrong":
            raise ConfigurationError("the answer is wrong")
        self.answer = answer

    def check_config(self) -> Iterator[str]:
        if self.answer == "doubtful":
            yield "the answer is doubtful"

    async def look_up(self, path: str) -> str | None:
        return f"{path}: {self.answer}"


@implementer(IRequesterAware, IScopeKeeper, IRendersArguments)
class Keeper(Plain):
    """Holds something for each build that asks, until that ends."""

    def use_memory(self, memory: Any) -> None:
        self.memory = memory

    def use_renderer(self, render: Callable[[object], Deferred[Any]]) -> None:
        self.render = render

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held: set[str] = set()
        self.retired: Deferred[None] | None = None

    def get_for(self, path: str, requester: Any) -> Deferred[str | None]:
        if requester is not None and requester.scope is not None:
            self.held.add(requester.scope)
        return self.get(path)

    def holds(self, scope: str) -> bool:
        return scope in self.held

    def end_scope(self, scope: str) -> Deferred[None]:
        self.held.discard(scope)
        if self.retired is not None and not self.held:
            self.retired.callback(None)
        return succeed(None)

    def retire(self) -> Deferred[None]:
        self.retired = Deferred()
        if not self.held:
            self.retired.callback(None)
        return self.retired


class HostedPlain(HostedProvider):
    name = "Hosted"
    provider_class = Plain


class HostedKeeper(HostedProvider):
    name = "Hosted"
    provider_class = Keeper


class Host(MasterService):
    """A master that is a Buildbot service, which providers join; it does not run."""

    name = "master"

    def __init__(self) -> None:
        super().__init__()
        self.__dict__.update(vars(FakeMaster()))


class ConfigurationTests(TestCase):
    """What is checked."""

    def errors(self, *args: Any, **kwargs: Any) -> list[str]:
        with capture_config_errors() as errors:
            HostedPlain(*args, **kwargs)
        found: list[str] = errors.errors
        return found

    def test_problems_are_errors_of_the_configuration(self) -> None:
        self.assertEqual(self.errors("fine"), [])
        self.assertEqual(self.errors("wrong"), ["the answer is wrong"])
        self.assertEqual(self.errors("doubtful"), ["the answer is doubtful"])
        (message,) = self.errors("fine", unknown=1)
        self.assertIn("there is no argument 'unknown'", message)

    def test_what_it_is(self) -> None:
        provider = HostedKeeper("fine")
        for interface in (ISecretProvider, IRequesterAware, IScoped, IHasPools, IHoldsCredentials):
            verifyObject(interface, provider)
        self.assertEqual((provider.pool_states(), provider.credentials()), ([], []))
        self.assertEqual((provider.kind, provider.checked.answer), ("hosted", "fine"))


class ServiceTests(TestCase):
    """Joining a master, changing and leaving it."""

    async def joined(self, provider: Any) -> Any:
        master = Host()
        await provider.setServiceParent(master)
        await provider.configureService()
        await provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def test_it_answers_as_the_provider_of_the_core(self) -> None:
        provider = await self.joined(HostedPlain("first"))
        self.assertEqual(await provider.get("x"), "x: first")
        self.assertEqual(await provider.get_for("x", None), "x: first")
        self.assertIsNone(await provider.end_scope("build/1"))
        self.assertIsNone(provider.describe("x"))
        self.assertIsNotNone(MasterKeychain.of(provider.master))

    async def test_arguments_that_change_are_used(self) -> None:
        """Going back to the first ones is a change too."""
        provider = await self.joined(HostedPlain("first"))
        before = provider.hosted
        await provider.reconfigServiceWithSibling(HostedPlain("first"))
        self.assertIs(provider.hosted, before)
        for answer in ("second", "first"):
            await provider.reconfigServiceWithSibling(HostedPlain(answer))
            self.assertEqual(await provider.get("x"), f"x: {answer}")
        self.assertFalse(before.running)

    async def test_what_was_configured_anew_leads_to_the_one_that_answers(self) -> None:
        provider = await self.joined(HostedPlain("first"))
        self.assertIs(provider.current, provider.hosted)
        same, other = HostedPlain("first"), HostedPlain("second")
        self.assertIsNone(other.current)
        for configured in (same, other):
            await provider.reconfigServiceWithSibling(configured)
            self.assertIs(configured.current, provider.hosted)
        self.assertIs(same.current, provider.hosted)
        await provider.disownServiceParent()
        for configured in (provider, same, other):
            self.assertIsNone(configured.current)

    async def test_what_the_core_is_given(self) -> None:
        provider = await self.joined(HostedKeeper("first"))
        keychain = MasterKeychain.of(provider.master)
        self.assertIs(provider.hosted.memory, keychain.scope_memory)
        other = DictProvider("other", {"token": "a-value"})
        provider.master.host.namedServices = {"other": other}
        self.assertEqual(await provider.hosted.render(Secret("token")), "a-value")

    async def test_a_build_keeps_the_provider_that_it_began_with(self) -> None:
        """Until it ends; the provider is stopped then."""
        provider = await self.joined(HostedKeeper("first"))
        build, first = FakeBuild(), provider.hosted
        keychain = MasterKeychain.of(provider.master)
        provider.master.host.namedServices = {"Hosted": provider}
        before = await keychain.get_for("x", Asker(build))
        await provider.reconfigServiceWithSibling(HostedKeeper("second"))
        self.assertEqual((await keychain.get_for("x", Asker(build))).value, before.value)
        self.assertEqual((await keychain.get("x")).value, "x: second")
        self.assertTrue(first.running)
        await provider.end_scope("build/17")
        self.assertFalse(first.running)

    async def test_who_shares_an_answer_is_for_the_provider_of_the_core_to_say(self) -> None:
        build = Requester("build", scope="build/1")
        provider = await self.joined(HostedPlain("first"))
        self.assertEqual(provider.shared_by("x", build), ())
        provider = await self.joined(HostedKeeper("first"))
        self.assertIsNone(provider.shared_by("x", build))

    async def test_what_is_kept_goes_when_its_arguments_change(self) -> None:
        """And nothing of it before that; a master can drop it at once."""
        provider = await self.joined(HostedPlain("first"))
        keychain = MasterKeychain.of(provider.master)
        provider.master.host.namedServices = {"Hosted": provider}
        settings = Settings(resilience={"Hosted": Resilience(cache=60)})
        provider.keychain_settings = settings
        self.assertEqual((await keychain.get("x")).value, "x: first")
        provider.hosted.answer = "rotated"
        await provider.reconfigServiceWithSibling(HostedPlain("first"))
        self.assertEqual((await keychain.get("x")).value, "x: first")
        self.assertEqual(keychain.provider_states["Hosted"].hits, 1)
        await keychain.evict(provider="Hosted")
        self.assertEqual((await keychain.get("x")).value, "x: rotated")
        await provider.reconfigServiceWithSibling(HostedPlain("second"))
        self.assertEqual((await keychain.get("x")).value, "x: second")
        self.assertEqual(keychain.provider_states["Hosted"].hits, 0)

    async def test_it_stops_with_its_retired_ones(self) -> None:
        provider = await self.joined(HostedKeeper("first"))
        first = provider.hosted
        first.held.add("build/1")
        await provider.reconfigServiceWithSibling(HostedKeeper("second"))
        await provider.stopService()
        self.assertEqual((first.running, provider.hosted.running), (False, False))
        await provider.startService()


class CanonicalNameTests(TestCase):
    """Also of a provider that is configured and does not run, for who checks a configuration."""

    def test_they_are_those_of_the_provider(self) -> None:
        service = secrets.SecretInKubernetes(
            "ci", "db", server="https://127.0.0.1:9", token="a-token", name="cluster"
        )
        verifyObject(ICanonicalNames, service)
        self.assertEqual(service.canonical("db/key"), "key")
        service.hosted = SecretInKubernetes("ci", server="https://127.0.0.1:9", token="a-token")
        self.assertEqual(service.canonical("db/key"), "db/key")
