"""`git-aws-kubernetes.md`: its commands are run, and its configurations find the secrets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SkipTest, TestCase

from buildbot_keychain import SecretManager
from buildbot_keychain.formats import yaml_documents
from buildbot_keychain.plugins import secrets
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from tests.integration.test_sops import sops_program
from tests.support.aws import ServedTestCase
from tests.support.kubernetes_api import FakeApiServer, token_of
from tests.support.pages import blocks_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "git-aws-kubernetes.md"
VALUE = "correct-horse-battery"


def blocks(language: str) -> list[str]:
    """Return the page's blocks of one language, in order."""
    return blocks_of(language, PAGE)


class PageTestCase(TestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)

    def manager(self, number: int, **changes: Any) -> SecretManager:
        """Return a manager as a block of Python configures it.

        :param changes: arguments that replace or complete those of the page's providers.
        """
        text = blocks("python")[number].replace("/etc/buildbot", str(self.dir))
        configuration: dict[str, Any] = {}
        exec(text.replace("/srv/", f"{self.dir}/"), {"c": configuration})
        (first,) = configuration["secretsProviders"]
        managed = isinstance(first, secrets.SecretManager)
        named = first._config_kwargs["providers"] if managed else [first]
        providers = []
        for provider in named:
            made = provider.provider_class
            arguments = {**provider._config_kwargs}
            if made.kind != "file":
                arguments.update(changes)
            providers.append(made(*provider._config_args, **arguments))
        manager = SecretManager(providers)
        manager.startService()
        self.addCleanup(manager.stopService)
        return manager

    async def found(self, manager: SecretManager, name: str) -> str:
        return (await manager.get(name)).value


class SopsTests(PageTestCase):
    async def test_from_the_key_to_the_secret(self) -> None:
        if shutil.which("age-keygen") is None:
            raise SkipTest("age is not installed: it makes the key")
        tools = self.dir / "bin"
        tools.mkdir()
        (tools / "sops").symlink_to(sops_program())
        (tools / "editor").write_text(f"#!/bin/sh\ncat > \"$1\" <<'END'\n{blocks('yaml')[0]}END\n")
        (tools / "editor").chmod(0o755)
        repository = self.dir / "secrets"
        repository.mkdir(mode=0o755)
        variables = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(self.dir),
            "EDITOR": str(tools / "editor"),
        }
        making, editing = blocks("sh")[:2]
        for command, directory in ((making, self.dir), (editing, repository)):
            command = command.replace("keys.txt", f"{self.dir}/keys.txt")  # noqa: PLW2901
            ran = subprocess.run(
                ["sh", "-ec", command],
                cwd=directory,
                env=variables,
                capture_output=True,
                check=False,
            )
            self.assertEqual(ran.returncode, 0, ran.stderr.decode())
        self.assertNotIn(VALUE, (repository / "prod.yaml").read_text())
        manager = self.manager(0)
        self.assertEqual(await self.found(manager, "prod/db/password"), VALUE)
        self.assertEqual(list(manager.providers[0].check_config()), [])
        one = self.manager(0, files=repository / "prod.yaml")
        self.assertEqual(await self.found(one, "db/password"), VALUE)


class AwsTests(ServedTestCase, PageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server.put("ci/db", '{"password": "older"}')
        self.server.put("ci/db", json.dumps({"password": VALUE}))

    async def test_names(self) -> None:
        role = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        with mock.patch.dict(os.environ, role):
            manager = self.manager(1, endpoint_url=self.server.url)
            self.assertEqual(await self.found(manager, "db"), json.dumps({"password": VALUE}))
            self.assertEqual(await self.found(manager, "db|password"), VALUE)
            self.assertEqual(await self.found(manager, "db|password@AWSPREVIOUS"), "older")

    async def test_credentials_in_files(self) -> None:
        files = self.dir / "secrets"
        files.mkdir(mode=0o700)
        for name in ("aws_key_id", "aws_key"):
            (files / name).touch(mode=0o600)
            (files / name).write_text("key\n")
        manager = self.manager(2, endpoint_url=self.server.url)
        self.assertEqual(await self.found(manager, "aws!db|password"), VALUE)

    def test_the_policy(self) -> None:
        (policy,) = (json.loads(block) for block in blocks("json"))
        (statement,) = policy["Statement"]
        self.assertEqual(statement["Action"], "secretsmanager:GetSecretValue")


class KubernetesTests(PageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = FakeApiServer(self.dir)
        self.addCleanup(self.server.stop)
        role, binding = (self.plain(document) for document in yaml_documents(blocks("yaml")[1]))
        self.assertEqual(
            role["rules"], [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
        )
        self.assertEqual(binding["roleRef"]["name"], role["metadata"]["name"])
        (subject,) = binding["subjects"]
        account = f"{subject['namespace']}:{subject['name']}"
        self.token = token_of(account)
        self.server.cluster.accounts[self.token] = account
        self.server.cluster.readers.add((account, role["metadata"]["namespace"]))
        for secret, key in (("registry", "password"), ("buildbot", "token")):
            self.server.cluster.secrets["ci", secret] = {key: VALUE.encode()}

    def plain(self, node: Any) -> Any:
        """Return a YAML document with its scalars as texts."""
        if isinstance(node, dict):
            return {key.text: self.plain(value) for key, value in node.items()}
        return [self.plain(value) for value in node] if isinstance(node, list) else node.text

    def private(self, name: str, text: str) -> None:
        (self.dir / name).touch(mode=0o600)
        (self.dir / name).write_text(text)

    async def test_in_a_pod(self) -> None:
        self.private("token", self.token)
        self.private("namespace", "ci")
        self.private("ca.crt", self.server.ca_file.read_text())
        host, _, port = self.server.url.removeprefix("https://").partition(":")
        pod = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        with (
            mock.patch.dict(os.environ, pod),
            mock.patch.object(SecretInKubernetes, "account_directory", str(self.dir)),
        ):
            manager = self.manager(3)
            self.assertEqual(await self.found(manager, "registry/password"), VALUE)

    async def test_outside_of_a_cluster(self) -> None:
        self.private("k8s-token", self.token)
        self.private("k8s-ca.pem", self.server.ca_file.read_text())
        manager = self.manager(4, server=self.server.url)
        self.assertEqual(await self.found(manager, "token"), VALUE)
        self.assertEqual(await self.found(manager, "kubernetes!registry/password"), VALUE)
