"""The contract on answers: the value, or ``None``, whatever is asked and however often."""

from __future__ import annotations

from twisted.internet.defer import gatherResults, maybeDeferred
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import quote
from buildbot_keychain.interfaces import IRendersArguments, IRequesterAware, ISecretProvider
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.testing._harness import NAME, Next, ProviderHooks, cancelled_quietly

TEMPLATES = {
    "letters": "{}",
    "other alphabets": "пароль {} ünï パスワード 🔑",
    "blanks at both ends": "  {}  ",
    "quotes": "\"{}'`",
    "backslashes": "\\{}\\n\\\\ \\u0041 \\x41\\",
    "what shells and templates expand": "${{HOME}} $(id) `id` %(x)s %41 {{x}} !x ~ * {}",
    "what files of settings separate by": "a=b: c; [d] #e {} # f",
    "JSON": '{{"a": ["{}", null, 1.50]}}',
    "PEM": "-----BEGIN X-----\n{}\n\nQUJD=\n-----END X-----",
    "line ends of Windows": "{}\r\nnext",
    "control characters": "{}\t\x07\x1b[0m\x7f",
}
"""Templates of values by what they are hard for."""

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
"""Values that a reader of files might take for something else than a text."""


class LookupTests(ProviderHooks):
    """What `get` gives."""

    async def test_it_is_a_provider(self) -> None:
        """It provides `ISecretProvider`, and each further interface that it says it provides."""
        provider = await self.started()
        verifyObject(ISecretProvider, provider)
        for interface in (IRequesterAware, IRendersArguments):
            if interface.providedBy(provider):
                verifyObject(interface, provider)
        self.assertIsInstance(provider.name, str)
        self.assertTrue(provider.name.strip(), "its name is blank")
        self.assertNotIn("!", provider.name)

    async def test_a_secret_is_given(self) -> None:
        """The value is a str, exactly as it was stored, as often as it is asked for."""
        provider = await self.started()
        value = await self.put(NAME)
        for _ in range(3):
            self.assertSame(await self.ask(provider, NAME), value, "a plain value")

    async def test_what_is_not_there_is_not_held(self) -> None:
        """It answers ``None``, and only ``None``, for what it does not hold."""
        provider = await self.started()
        self.assertNotHeld(await self.ask(provider, NAME), NAME)
        await self.put(NAME)
        for name in ("toke", "tokens", "token2", "oken", "token/deeper", "nobody/token"):
            self.assertNotHeld(await self.ask(provider, name), name)

    async def test_odd_names_are_not_held(self) -> None:
        """No name makes it fail, or answer with what is called otherwise or lies elsewhere."""
        provider = await self.started()
        value = await self.put(NAME)
        for name in self.odd_names:
            try:
                answer = await self.ask(provider, name)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
                self.told(f"the name {quote(name)} made it fail with {type(error).__name__}")
            self.assertNotHeld(answer, name)
        self.assertSame(await self.ask(provider, NAME), value, "after all of these")

    async def test_values_of_every_kind(self) -> None:
        """Whatever text the place can hold comes out as it went in."""
        provider = await self.started()
        for what, template in TEMPLATES.items():
            if self.can_hold(template.format("x")):
                value = await self.put(NAME, template)
                self.assertSame(await self.ask(provider, NAME), value, what)

    async def test_texts_that_look_like_something_else(self) -> None:
        """A text of digits is no number, and one of ``true`` no boolean."""
        provider = await self.started()
        for value in filter(self.can_hold, LITERALS):
            await self.put(NAME)
            await self.keep(NAME, value)
            self.assertSame(await self.ask(provider, NAME), value, f"the text {value!r}")

    async def test_an_empty_value_is_held(self) -> None:
        """The empty text is a value, unlike ``None``."""
        provider = await self.started()
        if self.can_hold(""):
            await self.keep(NAME, "")
            self.assertSame(await self.ask(provider, NAME), "", "the empty text")

    async def test_a_large_value(self) -> None:
        """A value of `max_length` characters comes out whole."""
        provider = await self.started()
        filling = "0123456789abcdef" * (self.max_length // 16)
        value = await self.put(NAME, "{}" + filling[: self.max_length - 100])
        self.assertSame(await self.ask(provider, NAME), value, "a large value")

    async def test_a_changed_secret_is_seen_at_the_next_lookup(self) -> None:
        """Rotation, without a restart: a new value, of whatever length, replaces the old one."""
        provider = await self.started()
        for template in ("{}", "{}", "{} is longer", "{}"):
            value = await self.put(NAME, template)
            self.assertSame(await self.ask(provider, NAME), value, "after a change")

    async def test_a_removed_secret_is_held_no_more(self) -> None:
        """And one that is added is held from then on."""
        provider = await self.started()
        await self.put(NAME)
        await self.put("other")
        await self.ask(provider, NAME)
        await maybeDeferred(self.remove, NAME)
        self.assertNotHeld(await self.ask(provider, NAME), NAME)
        value = await self.put(NAME)
        self.assertSame(await self.ask(provider, NAME), value, "after it was added again")

    async def test_it_shows_no_value(self) -> None:
        """Neither its ``repr`` nor its ``str`` tells what it has answered."""
        provider = await self.started()
        await self.put(NAME)
        await self.ask(provider, NAME)
        self.assertFalse(self.watch.shows(f"{provider!r} {provider}"), "its repr shows a value")

    async def test_many_lookups_at_once(self) -> None:
        """Each is answered with its own value, those for what is not there with ``None``."""
        provider = await self.started()
        values = {name: await self.put(name) for name in (f"many{n}" for n in range(8))}
        names = [f"many{n % 10}" for n in range(200)]
        asked = gatherResults([self.look_up(provider, name) for name in names], consumeErrors=True)
        for name, answer in zip(names, await self.in_time(asked, "200 lookups"), strict=True):
            if name in values:
                self.assertSame(answer, values[name], name)
            else:
                self.assertNotHeld(answer, name)

    async def test_a_change_during_lookups(self) -> None:
        """Each of them gives the old value or the new one, never a part or a mixture."""
        provider = await self.started()
        old = await self.put(NAME)
        asked = [self.look_up(provider, NAME) for _ in range(20)]
        new = await self.put(NAME)
        answers = await self.in_time(gatherResults(asked, consumeErrors=True), "20 lookups")
        self.assertTrue(set(answers) <= {old, new}, "an answer is neither the old nor the new")
        self.assertSame(await self.ask(provider, NAME), new, "after the change")

    async def test_a_cancelled_lookup_disturbs_no_other(self) -> None:
        """Those that go on are answered, and so is the next one."""
        provider = await self.started()
        value = await self.put(NAME)
        asked = [self.look_up(provider, NAME) for _ in range(20)]
        for lookup in asked[::2]:
            cancelled_quietly(lookup)
        for answer in await self.in_time(gatherResults(asked[1::2]), "10 lookups"):
            self.assertSame(answer, value, "beside cancelled ones")
        await self.in_time(gatherResults(asked[::2]), "10 cancelled lookups")
        self.assertSame(await self.ask(provider, NAME), value, "after cancelled ones")

    async def test_it_serves_under_a_manager(self) -> None:
        """The manager finds its secrets, and goes on to the next provider for all others."""
        provider = await self.started()
        value = await self.put(NAME)
        manager = SecretManager([provider, Next()])
        found = await self.in_time(manager.get(NAME), "a lookup")
        self.assertSame(found.value, value, "under a manager")
        self.assertEqual(found.source, provider.name)
        for name in ("nobody", "../token", "token/", "x" * 5000):
            self.assertEqual((await self.in_time(manager.get(name), "a lookup")).source, "next")
