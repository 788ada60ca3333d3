"""`SecretInKubernetes` against a fake of the API server, over TLS."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from buildbot.process.properties import Secret as BuildbotSecret
from twisted.internet.defer import gatherResults, succeed
from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain import Secret, SecretManager
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.testing import ProviderContract
from tests.support.fakes import DictProvider
from tests.support.kubernetes_api import FakeApiServer, failure, token_of
from tests.support.reachable import reachable_text
from tests.support.tls import Authority

VALUE = "correct-horse-battery"
ACCOUNT = "ci:buildbot"


class KubernetesTestCase(TestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)
        self.server = FakeApiServer(self.dir)
        self.addCleanup(self.server.stop)
        self.cluster = self.server.cluster
        self.cluster.readers.add((ACCOUNT, "ci"))
        self.token = token_of(ACCOUNT)
        self.cluster.accounts[self.token] = ACCOUNT
        self.token_file = self.dir / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(self.token + "\n")

    def hold(self, secret: str, **keys: str | bytes) -> None:
        self.cluster.secrets["ci", secret] = {
            key: value.encode() if isinstance(value, str) else value for key, value in keys.items()
        }

    def provider(self, **kwargs: Any) -> SecretInKubernetes:
        settings: dict[str, Any] = {
            "namespace": "ci",
            "server": self.server.url,
            "ca_file": self.server.ca_file,
            **({} if "token" in kwargs else {"token_file": self.token_file}),
            **kwargs,
        }
        provider = SecretInKubernetes(**settings)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def rejected(self, provider: Any, path: str, kind: type[Exception]) -> str:
        """Return the text of an error, and check that it refers to no value and no token."""
        error: Any = await self.assertFailure(provider.get(path), kind)
        reachable = reachable_text(error)
        self.assertNotIn(VALUE, reachable)
        self.assertNotIn(self.token, reachable)
        return str(error)


class ContractTests(ProviderContract, KubernetesTestCase):
    """The contract of providers."""

    operation_timeout = 30.0

    def make_provider(self) -> SecretInKubernetes:
        return SecretInKubernetes(
            "ci",
            "buildbot",
            server=self.server.url,
            token_file=self.token_file,
            ca_file=self.server.ca_file,
            timeout=25,
        )

    def store(self, name: str, value: str) -> None:
        data = self.cluster.secrets.get(("ci", "buildbot"), {})
        self.cluster.secrets["ci", "buildbot"] = {**data, name: value.encode()}

    def remove(self, name: str) -> None:
        del self.cluster.secrets["ci", "buildbot"][name]

    def break_store(self, provider: Any) -> None:
        self.cluster.readers.clear()

    def repair_store(self, provider: Any) -> None:
        self.cluster.readers.add((ACCOUNT, "ci"))

    def make_unreachable_provider(self) -> SecretInKubernetes:
        return SecretInKubernetes(
            "ci", "buildbot", server="https://127.0.0.1:1", token_file=self.token_file
        )

    def hang(self, provider: Any) -> None:
        provider.deadline = 0.5
        self.cluster.hanging = True

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        for wrong in (
            {"namespace": "Not A Namespace"},
            {"secret": "not/a/secret"},
            {"server": "http://10.0.0.1"},
            {"server": "https://user:password@10.0.0.1"},
            {"token": "two\nlines"},
            {"token": 5},
            {"token": Secret},
            {"token_file": ""},
            {"timeout": "5"},
            {"name": "a!b"},
        ):
            settings: dict[str, Any] = {"server": "https://10.0.0.1", **wrong}
            yield partial(SecretInKubernetes, **settings)


class LookupTests(KubernetesTestCase):
    async def test_keys_of_secrets(self) -> None:
        self.hold("registry", **{"password": VALUE, ".dockerconfigjson": "{}", "empty": ""})
        self.hold("with.dots-1", a="b")
        self.hold("nothing")
        provider = self.provider()
        for path, value in {
            "registry/password": VALUE,
            "registry/.dockerconfigjson": "{}",
            "registry/empty": "",
            "with.dots-1/a": "b",
            "registry/other": None,
            "nothing/a": None,
            "others/password": None,
            "password": None,
        }.items():
            self.assertEqual(await provider.get(path), value, path)

    async def test_names_that_no_secret_can_have_are_not_looked_up(self) -> None:
        provider = self.provider(secret="registry")
        for path in (
            *("", "/", "a/", "/a", "a/b/c", "Upper/a", "a_b/c", "-a/b", "a/..", "a/ ", "a..b/c"),
            *("../../pods/a", "a%2f/b", "a?x=1", "é", "a\n", "x" * 254, "x" * 254 + "/a"),
        ):
            self.assertIsNone(await provider.get(path), path)
        self.assertEqual(self.cluster.asked, [])

    async def test_a_default_secret(self) -> None:
        self.hold("buildbot", token=VALUE)
        self.hold("registry", token="other")
        provider = self.provider(secret="buildbot")
        self.assertEqual(await provider.get("token"), VALUE)
        self.assertEqual(await provider.get("registry/token"), "other")

    async def test_values_that_are_not_plain_text(self) -> None:
        self.hold("keys", raw=b"\xff\x00", nul="a\0b")
        provider = self.provider()
        self.assertEqual(await provider.get("keys/nul"), "a\0b")
        message = await self.rejected(provider, "keys/raw", InvalidSecret)
        self.assertIn(
            "key 'raw' of the Secret 'keys' is not UTF-8 text; store it in base64", message
        )

    async def test_the_token_is_read_for_each_lookup(self) -> None:
        self.hold("registry", password=VALUE)
        provider = self.provider()
        self.assertEqual(await provider.get("registry/password"), VALUE)
        self.cluster.accounts = {"renewed": ACCOUNT}
        message = await self.rejected(provider, "registry/password", AccessDenied)
        self.assertIn("the token is not accepted; is it a token of this cluster", message)
        self.token_file.write_text("renewed")
        self.assertEqual(await provider.get("registry/password"), VALUE)

    async def test_a_token_of_another_provider(self) -> None:
        self.hold("registry", password=VALUE)
        provider = SecretInKubernetes(
            "ci",
            server=self.server.url,
            ca_file=str(self.server.ca_file),
            token=Secret("keys!token"),
        )
        manager = SecretManager([DictProvider("keys", {"token": self.token}), provider])
        manager.startService()
        self.addCleanup(manager.stopService)
        self.assertEqual((await manager.get("registry/password")).value, VALUE)

    async def test_a_token_that_is_a_renderable_of_buildbot(self) -> None:
        self.hold("registry", password=VALUE)
        provider = self.provider(token=BuildbotSecret("token"))
        # As in a file, a line end may follow.
        provider.use_renderer(lambda argument: succeed(f"{self.token}\n"))
        self.assertEqual(await provider.get("registry/password"), VALUE)

    async def test_in_a_pod(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        account = self.dir / "serviceaccount"
        account.mkdir(mode=0o755)
        account.chmod(0o1777)
        generation = account / "..2026_01"
        generation.mkdir(mode=0o755)
        for name, text in {
            "token": self.token,
            "namespace": "ci",
            "ca.crt": self.server.ca_file.read_text(),
        }.items():
            (generation / name).write_text(text)
            (generation / name).chmod(0o644)
            (account / name).symlink_to(f"..data/{name}")
        (account / "..data").symlink_to(generation.name)
        host, _, port = self.server.url.removeprefix("https://").partition(":")
        variables = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        self.hold("registry", password=VALUE)
        with (
            mock.patch.dict(os.environ, variables),
            mock.patch.object(SecretInKubernetes, "account_directory", str(account)),
        ):
            provider = SecretInKubernetes()
            self.addCleanup(provider.stopService)
            self.assertEqual(list(provider.check_config()), [])
            self.assertEqual(await provider.get("registry/password"), VALUE)

    async def test_concurrent_lookups(self) -> None:
        self.hold("many", **{f"k{n}": f"value-{n}" for n in range(50)})
        provider = self.provider()
        found = await gatherResults([provider.get(f"many/k{n}") for n in range(50)])
        self.assertEqual(found, [f"value-{n}" for n in range(50)])


class RejectionTests(KubernetesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hold("registry", password=VALUE)

    async def test_a_token_without_the_right_to_read_secrets(self) -> None:
        self.cluster.readers.clear()
        message = await self.rejected(self.provider(), "registry/password", AccessDenied)
        self.assertIn("--verb=get --resource=secrets --namespace=ci && kubectl create", message)
        self.assertIn("--serviceaccount=ci:buildbot --namespace=ci", message)
        self.cluster.accounts["opaque"] = ACCOUNT
        message = await self.rejected(
            self.provider(token="opaque"), "registry/password", AccessDenied
        )
        self.assertIn("--serviceaccount=NAMESPACE:NAME", message)

    async def test_responses_of_another_server(self) -> None:
        provider = self.provider()
        secret = {"kind": "Secret", "data": {"password": "not base64"}}
        for status, body in (
            (200, b"<html>" + VALUE.encode()),
            (200, json.dumps({"kind": "Pod", "data": {"password": VALUE}}).encode()),
            (200, json.dumps(secret).encode()),
            (200, json.dumps({**secret, "data": {"password": 5}}).encode()),
            (200, json.dumps({**secret, "data": [VALUE]}).encode()),
            (200, b"[" * 200_000),
            (200, b" " * ((4 << 20) + 1)),
            (404, b"404 page not found\n"),
            (404, failure(404, "NotFound", "x", {"kind": "namespaces"})[1]),
            (302, b""),
            (400, b"{}"),
        ):
            self.cluster.answer = (status, body, {"Location": "https://example.org/"})
            message = await self.rejected(provider, "registry/password", ProviderError)
            self.assertIn("the response is not one of the Kubernetes API; correct server", message)

    async def test_a_server_that_cannot_answer(self) -> None:
        for status in (429, 500, 503):
            self.cluster.answer = failure(status, "X", VALUE)
            message = await self.rejected(self.provider(), "registry/password", ProviderUnavailable)
            self.assertIn(f"the API cannot answer now (HTTP {status})", message)

    async def test_a_server_that_does_not_answer(self) -> None:
        self.cluster.hanging = True
        provider = self.provider(timeout=0.3)
        message = await self.rejected(provider, "registry/password", DeadlineExceeded)
        self.assertIn("reachable from here?", message)

    async def test_a_server_that_does_not_listen(self) -> None:
        self.server.stop()
        message = await self.rejected(self.provider(), "registry/password", ProviderUnavailable)
        self.assertIn(f"{self.server.url} refused the connection", message)
        self.server.stop = lambda: None  # type: ignore[method-assign]

    async def test_a_server_of_another_authority_gets_no_token(self) -> None:
        other = Authority(self.dir, "another")
        provider = self.provider(ca_file=other.path)
        message = await self.rejected(provider, "registry/password", AccessDenied)
        self.assertIn(
            "has a certificate that cannot be trusted (certificate verify failed: ", message
        )
        self.assertIn("set ca_file to the certificates of its authority", message)
        wrong_name = self.provider(server=self.server.url.replace("127.0.0.1", "127.0.0.2"))
        await self.rejected(wrong_name, "registry/password", ProviderError)
        self.assertEqual(self.cluster.asked, [])

    def test_certificates_are_checked_with_the_configuration(self) -> None:
        for content, says in ((None, "No such file"), ("not a certificate", "ca_file")):
            path = self.dir / "ca.pem"
            if content is not None:
                path.write_text(content)
            (problem,) = self.provider(ca_file=path).check_config()
            self.assertIn("ca_file", problem)
            self.assertIn(says, problem)
        self.assertEqual(list(self.provider().check_config()), [])

    async def test_line_ends_at_the_end(self) -> None:
        """As in a file of the same Secret, mounted into the pod."""
        self.hold("registry", password=f"{VALUE}\r\n\n", inner=f"a\n{VALUE}")
        provider = self.provider()
        self.assertEqual(await provider.get("registry/password"), VALUE)
        self.assertEqual(await provider.get("registry/inner"), f"a\n{VALUE}")
        whole = self.provider(strip=False)
        self.assertEqual(await whole.get("registry/password"), f"{VALUE}\r\n\n")
        error = self.assertRaises(ConfigurationError, self.provider, strip=1)
        self.assertIn("strip must be True or False, not 1", str(error))

    async def test_files_that_are_missing_or_open_to_others(self) -> None:
        message = await self.rejected(
            self.provider(ca_file=self.dir / "none"), "registry/password", AccessDenied
        )
        self.assertIn("none cannot be read: No such file or directory", message)
        self.token_file.chmod(0o644)
        provider = self.provider()
        message = await self.rejected(provider, "registry/password", AccessDenied)
        self.assertIn("is open to other users; run: chmod 600", message)
        (complaint,) = provider.check_config()
        self.assertIn("is open to other users", complaint)
        self.token_file.chmod(0o600)
        self.token_file.write_text("\n")
        message = await self.rejected(provider, "registry/password", AccessDenied)
        self.assertIn(f"the token in {self.token_file} is blank; give it a value", message)
        self.token_file.unlink()
        message = await self.rejected(provider, "registry/password", AccessDenied)
        self.assertIn(f"{self.token_file} does not exist; create it or set token_file", message)

    def test_outside_of_a_pod(self) -> None:
        with mock.patch.dict(os.environ):
            os.environ.pop("KUBERNETES_SERVICE_HOST", None)
            error = self.assertRaises(ConfigurationError, SecretInKubernetes)
        self.assertIn("server must be given outside of a pod", str(error))
        with mock.patch.dict(os.environ, {"KUBERNETES_SERVICE_HOST": "fd00::1"}):
            os.environ.pop("KUBERNETES_SERVICE_PORT", None)
            self.assertEqual(SecretInKubernetes().server, "https://[fd00::1]:443")

    async def test_responses_that_hang_hold_up_no_later_lookup(self) -> None:
        self.cluster.hanging = True
        provider = self.provider(timeout=0.5)
        lookups = [provider.get("registry/password") for _ in range(2 * provider.connections)]
        for lookup in lookups:
            await self.assertFailure(lookup, DeadlineExceeded)
        self.cluster.hanging = False
        self.assertEqual(await provider.get("registry/password"), VALUE)
        threads = [thread.name for thread in threading.enumerate()]
        ours = [name for name in threads if name.startswith("keychain-SecretInKubernetes")]
        self.assertLessEqual(len(ours), provider.threads)
