"""The contract of a lookup: the value or ``None``, for any name and however often it is asked."""

from __future__ import annotations

from twisted.internet.defer import gatherResults, maybeDeferred
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import quote
from buildbot_keychain.interfaces import IRendersArguments, IRequesterAware, ISecretProvider
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.testing._harness import FallbackProvider, ProviderHarness, cancel_quietly
from buildbot_keychain.testing._hooks import NAME

TEMPLATES = {
    "letters": "{}",
    "other alphabets": "пароль {} ünï パスワード 🔑",
    "blanks at both ends": "  {}  ",
    "quotes": "\"{}'`",
    "backslashes": "\\{}\\n\\\\ \\u0041 \\x41\\",
    "what shells and templates expand": "${{HOME}} $(id) `id` %(x)s %41 {{x}} !x ~ * {}",
    "separators of settings files": "a=b: c; [d] #e {} # f",
    "JSON": '{{"a": ["{}", null, 1.50]}}',
    "PEM": "-----BEGIN X-----\n{}\n\nQUJD=\n-----END X-----",
    "line ends of Windows": "{}\r\nnext",
    "control characters": "{}\t\x07\x1b[0m\x7f",
}
"""Templates of values, by what makes them difficult."""

LITERALS = (
    "007",
    "1e5",
    "0x10",
    "1_000",
    "true",
    "null",
    "no",
    "~",
    "2026-01-01",
    "NaN",
    "=",
    "[]",
)
"""Values that a parser might read as something else than text."""


class LookupTests(ProviderHarness):
    """What `get` returns."""

    async def test_provides_the_interfaces(self) -> None:
        """It provides `ISecretProvider`, and every other interface that it declares."""
        provider = await self.started_provider()
        verifyObject(ISecretProvider, provider)
        for interface in (IRequesterAware, IRendersArguments):
            if interface.providedBy(provider):
                verifyObject(interface, provider)
        self.assertIsInstance(provider.name, str)
        self.assertTrue(provider.name.strip(), "its name is blank")
        self.assertNotIn("!", provider.name)

    async def test_returns_the_value(self) -> None:
        """The value is a str, exactly as it was stored, each time it is looked up."""
        provider = await self.started_provider()
        value = await self.store_canary(NAME)
        for _ in range(3):
            self.assertValue(await self.look_up(provider, NAME), value, "a plain value")

    async def test_returns_none_for_missing_secrets(self) -> None:
        """It returns ``None``, and nothing else, for a secret that it does not hold."""
        provider = await self.started_provider()
        self.assertAbsent(await self.look_up(provider, NAME), NAME)
        await self.store_canary(NAME)
        for name in ("toke", "tokens", "token2", "oken", "token/deeper", "nobody/token"):
            self.assertAbsent(await self.look_up(provider, name), name)

    async def test_returns_none_for_odd_names(self) -> None:
        """No name makes it fail, or return what has another name or lies outside of its store."""
        provider = await self.started_provider()
        value = await self.store_canary(NAME)
        for name in self.odd_names:
            try:
                answer = await self.look_up(provider, name)
            except Exception as error:  # noqa: BLE001 - every error is a fault here
                leaked = self.leak_detector.is_leaked_by(str(error))
                reason = "" if leaked else f": {error}"
                self.fail(f"get({quote(name)}) failed with {type(error).__name__}{reason}")
            self.assertAbsent(answer, name)
        self.assertValue(await self.look_up(provider, NAME), value, "after all of these")

    async def test_returns_values_unchanged(self) -> None:
        """Any text that the store can hold comes out as it went in."""
        provider = await self.started_provider()
        for what, template in TEMPLATES.items():
            if self.can_hold(template.format("x")):
                value = await self.store_canary(NAME, template)
                self.assertValue(await self.look_up(provider, NAME), value, what)

    async def test_returns_numbers_and_literals_as_text(self) -> None:
        """A text of digits is not converted to a number, nor ``true`` to a boolean."""
        provider = await self.started_provider()
        for value in filter(self.can_hold, LITERALS):
            await self.store_canary(NAME)
            await self.store_value(NAME, value)
            self.assertValue(await self.look_up(provider, NAME), value, f"the text {value!r}")

    async def test_returns_the_empty_text(self) -> None:
        """The empty text is a value, unlike ``None``."""
        provider = await self.started_provider()
        if self.can_hold(""):
            await self.store_value(NAME, "")
            self.assertValue(await self.look_up(provider, NAME), "", "the empty text")

    async def test_returns_a_large_value(self) -> None:
        """A value of `max_length` characters comes out whole."""
        provider = await self.started_provider()
        filling = "0123456789abcdef" * (self.max_length // 16)
        value = await self.store_canary(NAME, "{}" + filling[: self.max_length - 100])
        self.assertValue(await self.look_up(provider, NAME), value, "a large value")

    async def test_sees_a_changed_secret(self) -> None:
        """The lookup after a rotation returns the new value, of any length, without a restart."""
        provider = await self.started_provider()
        for template in ("{}", "{}", "{} is longer", "{}"):
            value = await self.store_canary(NAME, template)
            self.assertValue(await self.look_up(provider, NAME), value, "after a change")

    async def test_sees_a_removed_secret(self) -> None:
        """The lookup after a removal returns ``None``, and the one after an addition the value."""
        provider = await self.started_provider()
        await self.store_canary(NAME)
        await self.store_canary("other")
        await self.look_up(provider, NAME)
        await maybeDeferred(self.remove, NAME)
        self.assertAbsent(await self.look_up(provider, NAME), NAME)
        value = await self.store_canary(NAME)
        self.assertValue(await self.look_up(provider, NAME), value, "after it was added again")

    async def test_repr_shows_no_value(self) -> None:
        """Neither its ``repr`` nor its ``str`` shows what it has returned."""
        provider = await self.started_provider()
        await self.store_canary(NAME)
        await self.look_up(provider, NAME)
        leaked = self.leak_detector.is_leaked_by(f"{provider!r} {provider}")
        self.assertFalse(leaked, "its repr shows a value")

    async def test_answers_concurrent_lookups(self) -> None:
        """Each lookup returns its own value, or ``None`` if there is none."""
        provider = await self.started_provider()
        values = {name: await self.store_canary(name) for name in (f"many{n}" for n in range(8))}
        names = [f"many{n % 10}" for n in range(200)]
        lookups = [self.start_lookup(provider, name) for name in names]
        answers = await self.within_timeout(
            gatherResults(lookups, consumeErrors=True), "200 lookups"
        )
        for name, answer in zip(names, answers, strict=True):
            if name in values:
                self.assertValue(answer, values[name], name)
            else:
                self.assertAbsent(answer, name)

    async def test_answers_lookups_during_a_change(self) -> None:
        """Each of them returns the old or the new value, never a part or a mixture."""
        provider = await self.started_provider()
        old = await self.store_canary(NAME)
        lookups = [self.start_lookup(provider, NAME) for _ in range(20)]
        new = await self.store_canary(NAME)
        answers = await self.within_timeout(
            gatherResults(lookups, consumeErrors=True), "20 lookups"
        )
        self.assertTrue(set(answers) <= {old, new}, "an answer is neither the old nor the new")
        self.assertValue(await self.look_up(provider, NAME), new, "after the change")

    async def test_cancelling_a_lookup_affects_no_other(self) -> None:
        """The other lookups are answered, and so is the next one."""
        provider = await self.started_provider()
        value = await self.store_canary(NAME)
        lookups = [self.start_lookup(provider, NAME) for _ in range(20)]
        for lookup in lookups[::2]:
            cancel_quietly(lookup)
        for answer in await self.within_timeout(gatherResults(lookups[1::2]), "10 lookups"):
            self.assertValue(answer, value, "beside cancelled ones")
        await self.within_timeout(gatherResults(lookups[::2]), "10 cancelled lookups")
        self.assertValue(await self.look_up(provider, NAME), value, "after cancelled ones")

    async def test_works_under_a_manager(self) -> None:
        """A manager finds its secrets, and asks the next provider for all others."""
        provider = await self.started_provider()
        value = await self.store_canary(NAME)
        manager = SecretManager([provider, FallbackProvider()])
        found = await self.within_timeout(manager.get(NAME), "a lookup")
        self.assertValue(found.value, value, "under a manager")
        self.assertEqual(found.source, provider.name)
        for name in ("nobody", "../token", "token/", "x" * 5000):
            found = await self.within_timeout(manager.get(name), "a lookup")
            self.assertEqual(found.source, FallbackProvider.name)
