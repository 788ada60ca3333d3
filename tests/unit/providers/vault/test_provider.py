from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.details import Requester, SecretDescription
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import (
    IDescribes,
    IHasPools,
    IHoldsCredentials,
    IRendersArguments,
    IRequesterAware,
    IScopeKeeper,
    ISecretProvider,
    ISharesAnswers,
)
from buildbot_keychain.providers.vault import (
    SecretInVault,
    VaultAuthenticatorCert,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultBuildJwt,
    VaultChildTokens,
    _runtime,
)
from buildbot_keychain.providers.vault.transport import VaultRefusal
from buildbot_keychain.rendering import Secret
from tests.support.reachable import reachable_text
from tests.support.vault.fake_servers import LOOKUP_SELF, FakeServers, refused, token_answer

HIDDEN = "correct-horse"
HERE = "https://127.0.0.1:9"
MOUNT = "sys/internal/ui/mounts/kv"


class ArgumentTests(SynchronousTestCase):
    def test_it_keeps_the_contracts(self) -> None:
        provider = SecretInVault(HERE, HIDDEN)
        for interface in (
            ISecretProvider,
            IRequesterAware,
            IRendersArguments,
            IScopeKeeper,
            IHasPools,
            IHoldsCredentials,
        ):
            verifyObject(interface, provider)
        self.assertEqual((provider.pool_states(), provider.credentials()), ([], []))

    def test_arguments_are_checked(self) -> None:
        wrong: dict[str, tuple[object, ...]] = {
            "vault_server": (None, "", "vault", [], f"https://u:{HIDDEN}@v"),
            "authenticator": (5, VaultAuthenticatorToken, {"a": HIDDEN}),
            "secrets_mount": ("", "/", "a/../b", 5),
            "mounts": ("database", ["/"], [5]),
            "api_version": (0, 3, "2", True),
            "path_delimiter": ("||", "/", "@", "!", None, "a", "1", "-", ".", " "),
            "path_escape": ("|", "ab", "/", "~", "+"),
            "namespace": ("", "..", 5),
            "ca_bundle": ("", 5, True, "a\0b"),
            "client_cert": ("", 5, (), ("a", "b", "c")),
            "timeout": (0, -1, 61, "20", None, True),
            "connections": (0, 101, 1.5, None),
            "build_access": (VaultBuildJwt, "ci"),
            "path_template": ("ci/%(builder)s", "ci/%(builder)s/%(pth)s", "/ci/%(path)s", 1),
        }
        for option, value in [(name, value) for name, values in wrong.items() for value in values]:
            arguments: dict[str, Any] = {"vault_server": HERE, "authenticator": HIDDEN}
            error = self.assertRaises(
                ConfigurationError, SecretInVault, **{**arguments, "name": "mine", option: value}
            )
            self.assertIn(f"mine: {option} must be", str(error))
            self.assertNotIn(HIDDEN, str(error))

    def test_buildbots_positions_and_the_historic_spellings(self) -> None:
        new = SecretInVault(HERE, VaultAuthenticatorToken(HIDDEN), "kv", 1, ":", "^").configuration
        old = SecretInVault(
            vaultServer=HERE,
            vaultToken=HIDDEN,
            secretsmount="kv",
            apiVersion=1,
            path_delimiter=":",
            path_escape="^",
        ).configuration
        self.assertEqual(new, old)
        for spelling in ("vaultServer", "vaultToken", "secretsmount", "apiVersion"):
            arguments: Any = {spelling: 1}
            error = self.assertRaises(
                ConfigurationError, SecretInVault, HERE, HIDDEN, "kv", 1, **arguments
            )
            self.assertIn("are the same argument", str(error))

    def test_a_renderable_is_a_token(self) -> None:
        provider = SecretInVault(HERE, Secret("file!token"))
        self.assertEqual(
            provider.configuration.authenticator, VaultAuthenticatorToken(Secret("file!token"))
        )

    def test_a_certificate_login_needs_a_certificate(self) -> None:
        error = self.assertRaises(ConfigurationError, SecretInVault, HERE, VaultAuthenticatorCert())
        self.assertIn("client_cert must be given", str(error))

    def test_without_hvac_it_says_what_to_install(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInVault, HERE, HIDDEN)
        self.assertIn("pip install 'buildbot-keychain[vault]'", str(error))

    def test_files_of_tls_are_checked_where_a_configuration_is(self) -> None:
        path = Path(self.mktemp())
        path.write_text("no certificate")
        for arguments in ({"ca_bundle": path}, {"client_cert": path}, {"ca_bundle": "/absent"}):
            options: Any = arguments
            (complaint,) = SecretInVault(HERE, HIDDEN, **options).check_config()
            self.assertIn(str(next(iter(arguments.values()))), complaint)
        self.assertEqual(list(SecretInVault(HERE, HIDDEN).check_config()), [])

    def test_so_is_a_token_file_that_is_there(self) -> None:
        """What writes it may begin later."""
        path = Path(self.mktemp())
        provider = SecretInVault(HERE, VaultAuthenticatorTokenFile(path))
        self.assertEqual(list(provider.check_config()), [])
        path.touch(mode=0o600)
        path.write_text(HIDDEN)
        self.assertEqual(list(provider.check_config()), [])
        path.chmod(0o644)
        (complaint,) = provider.check_config()
        self.assertIn("others can read it (mode 0644); chmod o-rwx it", complaint)


class EnvironmentTests(TestCase):
    async def test_nothing_is_read_from_the_environment(self) -> None:
        """No token, address or bundle; nothing listens where the provider is told to look."""
        home = Path(self.mktemp()).resolve()
        home.mkdir()
        (home / ".vault-token").write_text(HIDDEN)
        (home / ".netrc").write_text(f"machine 127.0.0.1 login x password {HIDDEN}")
        opened: list[str] = []
        real = open

        def watched(file: Any, *arguments: Any, **keywords: Any) -> Any:
            opened.append(str(file))
            return real(file, *arguments, **keywords)

        environment = {
            "HOME": str(home),
            "VAULT_TOKEN": HIDDEN,
            "VAULT_ADDR": "http://127.0.0.1:1",
            "VAULT_CACERT": "/absent",
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "HTTP_PROXY": "http://127.0.0.1:1",
        }
        with mock.patch.dict(os.environ, environment), mock.patch("builtins.open", watched):
            provider = SecretInVault("http://127.0.0.1:9", "s.token", timeout=1)
            self.addCleanup(provider.stopService)
            error: Any = await self.assertFailure(provider.get("x"), ProviderUnavailable)
        self.assertIn("http://127.0.0.1:9 refused the connection", str(error))
        self.assertEqual([name for name in opened if name.startswith(str(home))], [])


class RenderableTests(TestCase):
    async def test_a_token_that_nothing_renders(self) -> None:
        provider = SecretInVault(HERE, Secret("file!token"))
        self.addCleanup(provider.stopService)
        error: Any = await self.assertFailure(provider.get("x"), ProviderError)
        self.assertIs(type(error), ProviderError)
        self.assertIn("Secret('file!token') can be rendered in a SecretManager only", str(error))

    async def test_a_token_that_another_provider_does_not_give(self) -> None:
        """The error says which one and why; it is not a refusal by the Vault."""
        for error, kind in (
            (AccessDenied("file", "token", "mode 0644; chmod it"), ProviderError),
            (ProviderUnavailable("file", "token", "it is away"), ProviderUnavailable),
        ):
            provider = SecretInVault(HERE, Secret("file!token"))
            self.addCleanup(provider.stopService)
            provider.use_renderer(partial(_failing, error))
            found: Any = await self.assertFailure(provider.get("x"), ProviderError)
            self.assertIs(type(found), kind)
            self.assertIn(f"cannot be rendered: {error}", str(found))


def _failing(error: Exception, _renderable: object) -> Deferred[Any]:
    return fail(error)


class WarningTests(SynchronousTestCase):
    def test_plain_http_to_another_machine_is_told_of(self) -> None:
        for url, told in (("http://vault.example.org", True), ("http://127.0.0.1", False)):
            provider = SecretInVault(url, "s.token")
            with mock.patch.object(provider, "log") as log:
                provider.startService()
            provider.stopService()
            self.assertIs(log.emit.called, told)


class LookupTests(SynchronousTestCase):
    """Lookups, with servers that answer from a dict."""

    def setUp(self) -> None:
        self.servers = FakeServers(
            **{
                LOOKUP_SELF: {"data": {}},
                MOUNT: {"data": {"path": "kv/", "type": "kv", "options": {"version": "2"}}},
                "kv/data/a": {"data": {"data": {"value": HIDDEN, "user": "robot"}}},
            }
        )
        self.patch(_runtime, "VaultServers", lambda *_, **__: self.servers)
        self.clock = Clock()

    def provider(self, **arguments: Any) -> SecretInVault:
        given = {"secrets_mount": "kv", "reactor": self.clock, **arguments}
        return SecretInVault(HERE, "s.token", **given)

    def asked(self) -> list[str]:
        return [path for path in self.servers.paths() if path != LOOKUP_SELF]

    def test_the_mount_is_looked_up_once(self) -> None:
        provider = self.provider()
        for name, value in (("a", HIDDEN), ("a|user", "robot"), ("b", None), ("..", None)):
            self.assertEqual(self.successResultOf(provider.get(name)), value)
        self.assertEqual(self.asked(), [MOUNT, "kv/data/a", "kv/data/a", "kv/data/b"])

    def test_an_entry_is_described_and_a_dynamic_secret_is_not_made(self) -> None:
        mount = {"data": {"path": "database/", "type": "database"}}
        self.servers.answers["sys/internal/ui/mounts/database"] = mount
        entry = self.servers.answers["kv/data/a"]["data"]
        entry["metadata"] = {"version": 3, "created_time": "2023-11-14T22:13:20Z"}
        provider = self.provider(mounts=["database"])
        verifyObject(IDescribes, provider)
        described = self.successResultOf(provider.describe("a|user"))
        self.assertEqual(described, SecretDescription("a", 3, 1_700_000_000.0))
        for path in ("b", "..", "database/creds/ro"):
            self.assertIsNone(self.successResultOf(provider.describe(path)))
        self.assertNotIn("database/creds/ro", self.servers.paths())
        provider = self.provider(path_template="ci/%(builder)s/%(path)s")
        self.assertIsNone(self.successResultOf(provider.describe("a")))

    def test_what_is_in_kv_is_not_dynamic(self) -> None:
        provider = self.provider(mounts=["database"])
        self.assertFalse(provider.is_dynamic("a"))
        self.successResultOf(provider.get("a"))
        self.assertFalse(provider.is_dynamic("a"))
        self.assertFalse(provider.is_dynamic("database/creds/ro|username"))

    def test_only_entries_of_kv_with_the_provider_s_own_token_are_shared(self) -> None:
        build = Requester("build", scope="build/1")
        provider = self.provider(mounts=["database"])
        verifyObject(ISharesAnswers, provider)
        self.assertIsNone(provider.shared_by("a", build))  # nobody knows yet what it is
        self.successResultOf(provider.get("a"))
        self.assertEqual(provider.shared_by("a", build), ())
        self.clock.advance(1e6)
        self.assertEqual(provider.shared_by("a", build), ())
        for path in ("..", "database/creds/ro|username"):
            self.assertIsNone(provider.shared_by(path, build))
        for arguments in (
            {"path_template": "ci/%(path)s"},
            {"build_access": VaultChildTokens(policies=["ci"])},
        ):
            provider = self.provider(api_version=2, **arguments)
            provider.startService()
            self.addCleanup(provider.stopService)
            self.assertIsNone(provider.shared_by("a", build))

    def test_a_dynamic_secret_stays_one_when_its_mount_must_be_looked_up_again(self) -> None:
        mount = {"data": {"path": "database/", "type": "database"}}
        self.servers.answers["sys/internal/ui/mounts/database"] = mount
        self.servers.answers["database/creds/ro"] = {"data": {"password": HIDDEN}}
        self.servers.answers["auth/token/create"] = token_answer("s.child")
        provider = self.provider(mounts=["database"])
        self.assertFalse(provider.is_dynamic("database/creds/ro|password"))
        self.successResultOf(provider.get("database/creds/ro|password"))
        self.clock.advance(3600)
        self.assertTrue(provider.is_dynamic("database/creds/ro|password"))

    def test_one_that_is_configured_is_not(self) -> None:
        self.successResultOf(self.provider(api_version=2).get("a"))
        self.assertEqual(self.asked(), ["kv/data/a"])

    def test_a_mount_that_has_changed_is_looked_up_again(self) -> None:
        provider = self.provider()
        self.successResultOf(provider.get("a"))
        self.servers.answers[MOUNT] = {"data": {"path": "kv/", "type": "kv"}}
        self.servers.answers["kv/data/a"] = refused(VaultRefusal.WRONG_VERSION, 404)
        self.servers.answers["kv/a"] = {"data": {"value": "first"}}
        self.assertEqual(self.successResultOf(provider.get("a")), "first")
        self.assertEqual(self.asked()[2:], ["kv/data/a", MOUNT, "kv/a"])

    def test_one_that_stays_wrong_is_an_error(self) -> None:
        self.servers.answers["kv/data/a"] = refused(VaultRefusal.WRONG_VERSION, 404)
        failure = self.failureResultOf(self.provider(api_version=2).get("a"), ProviderError)
        self.assertIn("another version of KV (HTTP 404); asked for 'kv/a'", str(failure.value))

    def test_lookups_at_one_time_share_a_request_and_no_error(self) -> None:
        provider = self.provider(api_version=2)
        reading = self.servers.answers["kv/data/a"] = Deferred()
        lookups = [provider.get("a"), provider.get("a|user")]
        reading.errback(ProviderUnavailable("vault", "a", "it is away"))
        for lookup, name in zip(lookups, ("'a'", "'a|user'"), strict=True):
            failure = self.failureResultOf(lookup, ProviderUnavailable)
            self.assertIn(
                f"secret {name}: provider 'SecretInVault': it is away", failure.getErrorMessage()
            )
        self.assertEqual(self.asked(), ["kv/data/a"])

    def test_errors_leave_without_a_trace(self) -> None:
        self.servers.answers["kv/data/a"] = {"data": {"data": {"value": [HIDDEN]}}}
        provider = self.provider(api_version=2)
        for lookup in (provider.get("a"), provider.get_for("a", Requester("service"))):
            error = self.failureResultOf(lookup, InvalidSecret).value
            self.assertIsNone(error.__cause__)
            self.assertIsNone(error.__context__)
            self.assertNotIn(HIDDEN, reachable_text(error))

    def test_names_in_other_mounts(self) -> None:
        self.servers.answers["sys/internal/ui/mounts/team/kv"] = {
            "data": {"path": "team/kv/", "type": "kv"}
        }
        self.servers.answers["team/kv/b"] = {"data": {"value": "other"}}
        provider = self.provider(mounts=["team/kv"])
        self.assertEqual(self.successResultOf(provider.get("team/kv/b")), "other")
        self.assertIsNone(self.successResultOf(provider.get("team/kv")))

    def test_a_path_for_each_builder(self) -> None:
        self.servers.answers["kv/data/linux/a"] = {"data": {"data": {"value": "of linux"}}}
        provider = self.provider(api_version=2, path_template="%(builder)s/%(path)s")
        build = Requester("build", builder="linux", scope="build/1")
        self.assertEqual(self.successResultOf(provider.get_for("a", build)), "of linux")
        self.assertIsNone(self.successResultOf(provider.get_for("a", Requester("service"))))
        nobody = Requester("build")
        failure = self.failureResultOf(provider.get_for("a", nobody), ProviderError)
        self.assertIn("needs the builder of a build", failure.getErrorMessage())

    def test_a_build_with_a_token_of_its_own(self) -> None:
        self.servers.answers["auth/token/create"] = token_answer("s.child")
        provider = self.provider(api_version=2, build_access=VaultChildTokens())
        build = Requester("build", builder="linux", scope="build/1")
        self.successResultOf(provider.get_for("a", build))
        self.successResultOf(provider.get_for("a", Requester("service")))
        read = [sent.token for sent in self.servers.sent if sent.path == "kv/data/a"]
        self.assertEqual(read, ["s.child", "s.token"])
        self.assertTrue(provider.holds("build/1"))

    def test_it_answers_until_it_is_stopped(self) -> None:
        provider = self.provider()
        self.successResultOf(provider.get("a"))
        provider.stopService()
        failure = self.failureResultOf(provider.get("a"), ProviderUnavailable)
        self.assertIn("it has been stopped", failure.getErrorMessage())
