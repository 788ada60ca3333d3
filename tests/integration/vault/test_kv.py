"""Entries, fields, versions and names, with real engines of both versions of KV."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import quote

from twisted.internet.defer import gatherResults

from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError
from buildbot_keychain.providers.vault import SecretInVault
from tests.support.openbao import engines, logins
from tests.support.vault.case import OneServerTestCase

ODD_NAMES = (
    *("", " ", "/", "//", "/a", "a/", "a//b", ".", "..", "a/..", "../sys/health", "a/./b"),
    *("a b", " a", "a ", "a\tb", "a\nb", "a\0b", "\ud800", "\u2028", "\u00ad", "é/ü", "x" * 1900),
    *("a?b", "a#b", "a%b", "%2e%2e", "a%2fb", "a;b", "a&b=c", "a+b", "*", "+", "{{a}}", "~", "'\""),
    *("C:\\x", "\\", "|", "a|", "|a", "a|b|c", "a|@", "a|@x", "a|b@1x", "@1", "a@1", "file!a"),
    *("data/a", "metadata/a", "config", "%(secret:a)s", "x" * 100_000, "ü" * 5000),
)


class SecondVersionTests(OneServerTestCase):
    """KV version 2."""

    async def test_fields(self) -> None:
        self.store("new_secret_key", value="new_secret_value")
        self.store("team/app", user="robot-of-team", password="päss wörd\n")
        self.store("only", token="the-only-field")
        self.store("both", value="the-default", other="another-field")
        provider = self.provider(self.server.address, self.root.token)
        for name, value in {
            "new_secret_key": "new_secret_value",
            "team/app|user": "robot-of-team",
            "team/app|password": "päss wörd\n",
            "only": "the-only-field",
            "only|token": "the-only-field",
            "both": "the-default",
            "both|other": "another-field",
            "team/app|nothing": None,
            "only|value": None,
            "team/nobody": None,
            "team": None,
        }.items():
            self.assertEqual(await provider.get(name), value, name)

    async def test_an_entry_of_several_fields_says_how_to_ask(self) -> None:
        self.store("several", user="robot-of-several", password="of-several")
        provider = self.provider(self.server.address, self.root.token)
        error = await self.fails(provider.get("several"), InvalidSecret)
        self.assertIn("has several fields and none is called 'value'", str(error))
        self.assertIn("path|field: 'password, user'", str(error))

    async def test_nested_fields_base64_and_numbers(self) -> None:
        inner = {"password": "cGFzc3dvcmQtb2YtbmVzdGVk"}
        self.root.write("secret/data/nested", data={"db": inner, "port": 5432})
        self.hide("password-of-nested")
        provider = self.provider(self.server.address, self.root.token, numbers="text")
        self.assertEqual(await provider.get("nested|db/password"), inner["password"])
        self.assertEqual(await provider.get("nested|db/password:base64"), "password-of-nested")
        self.assertEqual(await provider.get("nested|port"), "5432")
        self.assertIsNone(await provider.get("nested|db/nothing"))

    async def test_a_name_that_was_copied_from_a_url_says_what_to_leave_out(self) -> None:
        self.store("copied/app", value="of-the-copied")
        reader = self.reader("secret/data/copied/*", name="copied")
        for token in (self.root.token, reader):
            provider = self.provider(self.server.address, token)
            for name in (
                *("secret/data/copied/app", "secret/copied/app", "data/copied/app"),
                *("v1/secret/data/copied/app", "v1/secret/metadata/copied/app"),
            ):
                error = await self.fails(provider.get(name), ProviderError)
                hint = "leave out 'secret/' or 'data/' or 'secret/data/' at the beginning"
                self.assertIn(hint, str(error), name)
        provider = self.provider(self.server.address, self.root.token)
        self.assertIsNone(await provider.get("secret/data/copied/other"))
        self.assertIsNone(await provider.get("/copied/app"))
        self.store("data/copied/app", value="so-it-is-called")
        self.assertEqual(await provider.get("data/copied/app"), "so-it-is-called")

    async def test_versions(self) -> None:
        for number in (1, 2, 3):
            self.store("rotated", value=f"version-{number}", token=f"token-{number}")
        self.root.write("secret/destroy/rotated", versions=[2])
        provider = self.provider(self.server.address, self.root.token)
        for name, value in {
            "rotated": "version-3",
            "rotated|@1": "version-1",
            "rotated|token@1": "token-1",
            "rotated|token@2": None,
            "rotated|token@3": "token-3",
            "rotated|token@4": None,
            "rotated|token@0": "token-3",
            "rotated|token\\@3": None,
            "rotated@3": None,
        }.items():
            self.assertEqual(await provider.get(name), value, name)
        self.root.delete("secret/data/rotated")
        self.assertIsNone(await provider.get("rotated"))
        self.assertIsNone(await provider.get("rotated|token@3"))
        self.assertEqual(await provider.get("rotated|token@1"), "token-1")
        self.root.delete("secret/metadata/rotated")
        self.assertIsNone(await provider.get("rotated|token@1"))

    async def test_a_changed_value_is_seen_at_the_next_lookup(self) -> None:
        provider = self.provider(self.server.address, self.root.token)
        for value in ("first-value", "second-value"):
            self.store("changing", value=value)
            self.assertEqual(await provider.get("changing"), value)

    async def test_names_of_any_characters(self) -> None:
        provider = self.provider(self.server.address, self.root.token)
        for number, name in enumerate(("a b", "ü/é", "a?b#c", "50%", "%2e", "a+b;c&d", "a@1")):
            self.store(_quoted(name), value=f"value-of-{number}")
            self.assertEqual(await provider.get(name), f"value-of-{number}", name)
        fields: Any = {"a|b": "escaped-delimiter", "c@1": "escaped-version"}
        self.store("pipe|in", **fields)
        self.assertEqual(await provider.get(r"pipe\|in|a\|b"), "escaped-delimiter")
        self.assertEqual(await provider.get(r"pipe\|in|c\@1"), "escaped-version")

    async def test_other_delimiters(self) -> None:
        self.store("delimited", user="robot-delimited", password="password-delimited")
        colon = self.provider(
            self.server.address, self.root.token, path_delimiter=":", path_escape="^"
        )
        self.assertEqual(await colon.get("delimited:user"), "robot-delimited")
        self.assertEqual(await colon.get("deli^mited:u^ser"), "robot-delimited")
        self.assertIsNone(await colon.get("delimited|user"))

    async def test_what_is_no_text_is_an_error_that_says_what_it_is(self) -> None:
        odd = {"number": 1234567, "list": ["in-a-list"], "null": None, "half": "in-half-\ud800"}
        self.hidden |= {"1234567", "in-a-list", "in-half"}
        self.root.write("secret/data/odd", data=odd)
        provider = self.provider(self.server.address, self.root.token)
        for field in ("number", "list", "null"):
            error = await self.fails(provider.get(f"odd|{field}"), InvalidSecret)
            self.assertIn(f"the field '{field}' holds", str(error))

    async def test_spellings_of_one_entry(self) -> None:
        """Each that the server takes for the same entry has the same canonical name."""
        names = [
            *(
                "Team/Äpp",
                "secret/Team/Äpp",
                "Team/Äpp|value",
                "Team/Äpp|@1",
                r"Team/\Äpp|\value@1",
            ),
            *("team/äpp", "TEAM/ÄPP", "Team/A\u0308pp", "Team/Äpp ", " Team/Äpp", "Team/Äpp."),
            *("data/Team/Äpp", "secret/data/Team/Äpp", "Team%2FÄpp", "Team/%C3%84pp", "Team/Äpp?"),
            *("Team//Äpp", "./Team/Äpp", "Team/x/../Äpp", "Team/Äpp/", "/Team/Äpp"),
        ]
        for version, api_version in ((1, 1), (1, None), (2, 2), (2, None)):
            mount = f"spelled{version}{api_version}"
            engines.enable_kv(self.root, mount, version)
            self.store(quote("Team/Äpp"), mount=mount, version=version, value="the-value-of-all")
            provider = self.provider(
                self.server.address,
                self.root.token,
                secrets_mount=mount,
                api_version=api_version,
                mounts=[mount],
            )
            held = []
            for name in names:
                asked = name.replace("secret/", f"{mount}/")
                if version == 1 and "@1" in asked:
                    continue
                with contextlib.suppress(ProviderError):  # the API's own spelling is one
                    if await provider.get(asked) is not None:
                        held.append(asked)
            self.assertEqual(len(held), 5 if version == 2 else 3, held)
            self.assertEqual({provider.canonical(name) for name in held}, {"Team/Äpp"})

    async def test_odd_names_are_not_held_and_lead_nowhere(self) -> None:
        for version in (1, 2):
            mount = f"odd{version}"
            engines.enable_kv(self.root, mount, version)
            provider = self.provider(self.server.address, self.root.token, secrets_mount=mount)
            for name in ODD_NAMES:
                self.assertIsNone(await provider.get(name), ascii(name)[:40])


class FirstVersionTests(OneServerTestCase):
    """KV version 1, which is found or set."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        engines.enable_kv(cls.server.root, "one", 1)

    async def test_fields(self) -> None:
        self.store("team/app", mount="one", version=1, user="robot-of-one", password="of-one")
        for api_version in (1, None):
            provider = self.provider(
                self.server.address,
                self.root.token,
                secrets_mount="one",
                api_version=api_version,
            )
            self.assertEqual(await provider.get("team/app|user"), "robot-of-one")
            self.assertIsNone(await provider.get("team/nobody"))
            self.assertIsNone(await provider.get("team/app|nothing"))

    async def test_it_has_no_versions(self) -> None:
        provider = self.provider(self.server.address, self.root.token, secrets_mount="one")
        error = await self.fails(provider.get("team/app|user@2"), ProviderError)
        self.assertIn("keeps no versions", str(error))

    async def test_the_historic_spellings(self) -> None:
        self.store("historic", mount="one", version=1, value="historic-value")
        self.hide(str(self.root.token))
        provider = SecretInVault(
            vaultServer=self.server.address,
            vaultToken=self.root.token,
            secretsmount="one",
            apiVersion=1,
        )
        self.run_until_the_end(provider)
        self.assertEqual(await provider.get("historic"), "historic-value")


class MountTests(OneServerTestCase):
    """What is mounted where, and what a token may see of it."""

    async def test_the_version_is_found_by_tokens_that_may_do_nothing_but_read(self) -> None:
        self.store("low/app", value="low-privilege")
        engines.enable_kv(self.root, "low1", 1)
        self.store("app", mount="low1", version=1, value="low-privilege-1")
        token = self.reader("secret/data/low/*", "low1/app", no_default_policy=True)
        provider = self.provider(self.server.address, token)
        self.assertEqual(await provider.get("low/app"), "low-privilege")
        first = self.provider(self.server.address, token, secrets_mount="low1")
        self.assertEqual(await first.get("app"), "low-privilege-1")

    async def test_a_missing_mount_is_an_error(self) -> None:
        for api_version in (None, 1, 2):
            provider = self.provider(
                self.server.address,
                self.root.token,
                secrets_mount="absent",
                api_version=api_version,
            )
            error = await self.fails(provider.get("a"), ProviderError)
            self.assertRegex(str(error), "nothing is mounted at 'absent'|has no mount there")

    async def test_no_permission_is_an_error_that_names_the_policy(self) -> None:
        self.store("others/app", value="of-others")
        provider = self.provider(self.server.address, self.reader("secret/data/mine/*"))
        error = await self.fails(provider.get("others/app"), AccessDenied)
        self.assertIn("its policy must allow the path", str(error))
        self.assertIn("'secret/data/others/app'", str(error))
        self.assertIsNone(await provider.get("mine/absent"))

    async def test_a_wrong_api_version_is_an_error(self) -> None:
        self.store("wrong", value="wrong-version")
        provider = self.provider(self.server.address, self.root.token, api_version=1)
        error = await self.fails(provider.get("wrong"), ProviderError)
        self.assertIn("another version of KV", str(error))

    async def test_a_mount_that_is_upgraded_is_found_out(self) -> None:
        engines.enable_kv(self.root, "grows", 1)
        self.store("app", mount="grows", version=1, value="grown-up")
        provider = self.provider(self.server.address, self.root.token, secrets_mount="grows")
        self.assertEqual(await provider.get("app"), "grown-up")
        self.root.write("sys/mounts/grows/tune", options={"version": "2"})
        self.assertEqual(await provider.get("app"), "grown-up")

    async def test_names_of_other_mounts(self) -> None:
        engines.enable_kv(self.root, "team/kv", 1)
        engines.enable_kv(self.root, "other", 2)
        self.store("app", mount="team/kv", version=1, value="of-the-first-mount")
        self.store("app", mount="other", value="of-the-second-mount")
        self.store("app", value="of-secrets-mount")
        provider = self.provider(self.server.address, self.root.token, mounts=["other", "team/kv"])
        self.assertEqual(await provider.get("team/kv/app"), "of-the-first-mount")
        self.assertEqual(await provider.get("other/app|value@1"), "of-the-second-mount")
        self.assertEqual(await provider.get("app"), "of-secrets-mount")
        for name in ("others/app", "other", "team/app", "team/kv"):
            self.assertIsNone(await provider.get(name), name)

    async def test_a_mount_that_is_no_kv_is_an_error_that_says_so(self) -> None:
        self.root.write("sys/mounts/keys", type="transit")
        provider = self.provider(self.server.address, self.root.token, mounts=["keys"])
        error = await self.fails(provider.get("keys/app"), ProviderError)
        self.assertIn("of type 'transit'", str(error))

    async def test_namespaces(self) -> None:
        team = logins.make_namespace(self.root, "team-ns")
        engines.enable_kv(team)
        engines.write_kv(team, "inside", value=self.hide("in-the-namespace"))
        inside = self.provider(self.server.address, self.root.token, namespace="team-ns")
        self.assertEqual(await inside.get("inside"), "in-the-namespace")
        outside = self.provider(self.server.address, self.root.token)
        self.assertIsNone(await outside.get("inside"))
        nowhere = self.provider(self.server.address, self.root.token, namespace="nowhere")
        await self.fails(nowhere.get("inside"), ProviderError)


class RequestTests(OneServerTestCase):
    """How many requests a lookup is."""

    async def test_a_lookup_is_one_request_when_the_token_is_alive(self) -> None:
        self.store("counted", value="is-counted")
        proxy = self.proxy(self.server)
        provider = self.provider(proxy.address, self.root.token)
        await provider.get("counted")
        del proxy.requests[:]
        await provider.get("counted")
        seen = [(request.method, request.path) for request in proxy.requests]
        self.assertEqual(seen, [("GET", "/v1/secret/data/counted")])

    async def test_a_thousand_lookups_of_ten_names_are_ten_requests(self) -> None:
        names = [f"many/n{number}" for number in range(10)]
        for name in names:
            self.store(name, value=f"value-of-{name}", other=f"other-of-{name}")
        proxy = self.proxy(self.server)
        provider = self.provider(proxy.address, self.root.token)
        await provider.get(names[0])
        del proxy.requests[:]
        asked = [f"{name}|{field}" for name in names for field in ("value", "other")] * 50
        values = await gatherResults([provider.get(name) for name in asked])
        expected = [f"{field}-of-{name}" for name, _, field in (a.partition("|") for a in asked)]
        self.assertEqual(values, expected)
        self.assertEqual(len(proxy.requests), 10)

    async def test_a_thousand_names_keep_to_the_pools_size(self) -> None:
        proxy = self.proxy(self.server)
        provider = self.provider(proxy.address, self.root.token, connections=5)
        self.store("one-of-many", value="among-a-thousand")
        names = ["one-of-many", *(f"not-there-{number}" for number in range(999))]
        values = await gatherResults([provider.get(name) for name in names])
        self.assertEqual(values, ["among-a-thousand", *[None] * 999])
        self.assertLessEqual(proxy.connections, 5)


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" if chr(byte) != "/" else "/" for byte in name.encode())
