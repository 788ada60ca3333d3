"""The one spelling of each secret, in providers that need no server."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.catalog import CATALOG
from buildbot_keychain.providers.environment import SecretInEnvironment
from buildbot_keychain.providers.files import SecretInOneFile
from buildbot_keychain.providers.http import SecretInHTTP
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.password_store import SecretInPass
from buildbot_keychain.providers.vault import SecretInVault
from buildbot_keychain.providers.vault.secrets import parse_entry_name, without_parameters
from tests.support.password_store.age_stores import AgeStoreTestCase

HERE = "https://127.0.0.1:9"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"


def vault(**kwargs: Any) -> SecretInVault:
    return SecretInVault(HERE, "a-token", **kwargs)


class SpellingTests(SynchronousTestCase):
    def assertCanonical(self, provider: Any, names: dict[str, str | None]) -> None:
        verifyObject(ICanonicalNames, provider)
        for name, canonical in names.items():
            self.assertEqual(provider.canonical(name), canonical, name)
            if canonical is not None:
                self.assertEqual(provider.canonical(canonical), canonical, name)

    def test_every_provider_has_them(self) -> None:
        for entry in CATALOG:
            self.assertTrue(ICanonicalNames.implementedBy(entry.provider), entry.name)

    def test_environment(self) -> None:
        provider = SecretInEnvironment("CI_")
        self.assertCanonical(
            provider, {"A": "A", "a": "a", "A ": "A ", "A=B": None, "A\0": None, "Å": "Å"}
        )

    def test_one_file(self) -> None:
        composed, decomposed = "\u00e9", "e\u0301"
        names = ("a", "a//b", composed, decomposed, "A")
        provider = SecretInOneFile("secrets.json")
        self.assertCanonical(provider, {name: name for name in names})

    def test_kubernetes(self) -> None:
        arguments: dict[str, Any] = {"namespace": "ci", "server": HERE, "token": "a-token"}
        provider = SecretInKubernetes(**arguments)
        self.assertCanonical(
            provider, {"db/key": "db/key", "key": None, "Db/key": None, "db/Key": "db/Key"}
        )
        self.assertCanonical(
            SecretInKubernetes(secret="db", **arguments),
            {"db/key": "key", "key": "key", "other/key": "other/key", "db//key": None},
        )

    def test_http(self) -> None:
        provider = SecretInHTTP(f"{HERE}/{{path}}")
        self.assertCanonical(
            provider,
            {"a/b|c": "a/b", "a|": "a", "a//b": None, "a/../b": None, "%61": "%61", "|a": None},
        )

    def test_aws(self) -> None:
        provider = SecretInAwsSecretsManager("eu-central-1")
        self.assertCanonical(
            provider,
            {
                "ci/db|password@AWSPREVIOUS": "ci/db",
                "ci/db|@01234567-89ab-cdef-0123-456789abcdef": "ci/db",
                f"{ARN}ci/db-AbCdEf|password": "ci/db",
                f"{ARN}ci/db": "ci/db",
                f"{ARN}ci/db-AbCdEf-AbCdEf": "ci/db-AbCdEf",
                "ci/db-AbCdEf": "ci/db-AbCdEf",
                "CI/db": "CI/db",
                "a b": None,
            },
        )
        self.assertCanonical(
            SecretInAwsSecretsManager("eu-central-1", "ci/"), {"db|x": "db", f"{ARN}ci/db": None}
        )

    def test_vault(self) -> None:
        self.assertCanonical(
            vault(),
            {
                "team/app|password@3": "team/app",
                "team/app|@3": "team/app",
                "team/app@3": "team/app@3",
                r"team\/app|x": "team/app",
                r"a\|b|c": r"a\|b",
                r"a\\b\c": r"a\\bc",
                r"a\@1": "a@1",
                "data/team/app": "data/team/app",
                "Team/app": "Team/app",
                "a?b=c|d": "a",
                "?b": "?b",
                "a//b": None,
                "a/../b": None,
                "a|b|c": None,
            },
        )
        self.assertCanonical(vault(api_version=2), {"a?b|c": "a?b", r"a\?b": "a?b"})
        self.assertCanonical(
            vault(path_delimiter=":", path_escape=""), {"a:b": "a", "a|b": "a|b", "a\\b": "a\\b"}
        )
        self.assertCanonical(vault(path_delimiter=""), {r"a\@b|c": "a@b|c"})

    def test_mounts_of_vault(self) -> None:
        self.assertCanonical(
            vault(mounts=["database", "secret"]),
            {
                "secret/app|x": "app",
                "app": "app",
                "secret/database/x": "secret/database/x",
                "secret/secret/x": "secret/secret/x",
                "database/creds/ro|password": "database/creds/ro",
                "database/creds/ro?ttl=1h&a=%26|password": "database/creds/ro",
                "database/creds/ro?": "database/creds/ro",
                "database": None,
                "databases/x": "databases/x",
            },
        )
        self.assertCanonical(
            vault(mounts=["secret"], path_template="ci/%(builder)s/%(path)s"),
            {"app": "app", "secret/ci/linux/app": "secret/ci/linux/app"},
        )

    @settings(max_examples=200)
    @given(
        st.text(st.sampled_from("ab/|\\@1?.%"), max_size=8),
        st.sampled_from([("|", "\\"), (":", "\\"), ("|", ""), ("", "\\"), ("", "")]),
        st.sampled_from([(), ("a",), ("secret",), ("secret", "a", "a/b")]),
    )
    def test_names_in_vault_that_ask_for_the_same(
        self, name: str, marks: tuple[str, str], mounts: tuple[str, ...]
    ) -> None:
        """A canonical name is read as the same path, with no field."""
        delimiter, escape = marks
        provider = vault(path_delimiter=delimiter, path_escape=escape, mounts=mounts, api_version=2)
        for asked in (name, f"secret/{name}"):
            canonical = provider.canonical(asked)
            if canonical is not None:
                self.assertEqual(_place(provider, canonical), _place(provider, asked))
                self.assertEqual(provider.canonical(canonical), canonical)


def _place(provider: SecretInVault, name: str) -> tuple[str, str]:
    """Return the mount and the path, up to parameters, that `name` leads to."""
    configuration = provider.configuration
    parsed = parse_entry_name(name, configuration.path_delimiter, configuration.path_escape)
    assert parsed is not None
    mount, entry = provider._locate(parsed, None, None)  # type: ignore[arg-type]
    return mount, entry.path if mount == "secret" else without_parameters(entry.path)


async def canonical(provider: Any, name: str) -> Any:
    return await maybeDeferred(provider.canonical, name)


class PassTests(AgeStoreTestCase):
    async def test_entries(self) -> None:
        provider = SecretInPass(dirname=self.dir, age_key_file=self.key_file)
        provider.startService()
        self.addCleanup(provider.stopService)
        self.put("team/token", "a-value\nuser: robot")
        (self.dir / "alias.age").symlink_to("team/token.age")
        (self.dir / "group").symlink_to("team")
        for name in ("team/token", "alias|user", "group/token", "team/token|*", "alias"):
            self.assertIsNotNone(await provider.get(name), name)
            self.assertEqual(await canonical(provider, name), "team/token", name)
        for name in ("team//token", "./alias", "", ".hidden", "a\0"):
            self.assertIsNone(await provider.get(name), name)
            self.assertIsNone(await canonical(provider, name), name)
        self.assertEqual(await canonical(provider, "nobody|x"), "nobody")


class ThreadTests(TestCase):
    async def test_a_stopped_provider_does_not_answer(self) -> None:
        provider = SecretInPass(dirname=self.mktemp(), age_key_file="keys")
        provider.startService()
        await provider.stopService()
        error = await self.assertFailure(provider.canonical("a"), Exception)
        self.assertIn("it has been stopped", str(error))
