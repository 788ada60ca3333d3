"""sops, AWS and Kubernetes on a real master: a build gets its secrets, and no log shows them."""

from __future__ import annotations

import hashlib

from buildbot.plugins import steps
from buildbot.process.properties import Interpolate as BuildbotInterpolate

from buildbot_keychain.plugins import secrets, util
from tests.support.aws import KEYS, REGION, SecretsManager
from tests.support.kubernetes_api import FakeApiServer, token_of
from tests.support.real_master import RealMasterTestCase
from tests.support.sops.writer import SopsWriter

VALUES = {
    "git": "value-of-the-file-in-git",
    "aws": "value-of-secrets-manager",
    "kubernetes": "value-of-a-kubernetes-secret",
}


class StoreProviderTests(RealMasterTestCase):
    def setUp(self) -> None:
        super().setUp()
        place = self.directory()
        writer = SopsWriter()
        self.file = place / "secrets.json"
        self.file.write_text(writer.json({"git": VALUES["git"]}))
        self.aws = SecretsManager()
        self.addCleanup(self.aws.stop)
        self.aws.clear()
        self.aws.put("team/aws", VALUES["aws"])
        self.cluster = FakeApiServer(place)
        self.addCleanup(self.cluster.stop)
        token = token_of("ci:buildbot")
        self.cluster.cluster.accounts[token] = "ci:buildbot"
        self.cluster.cluster.readers.add(("ci:buildbot", "ci"))
        self.cluster.cluster.secrets["ci", "team"] = {"kubernetes": VALUES["kubernetes"].encode()}
        self.files = self.secrets_directory(
            {"age_key": writer.key_file, "k8s_token": token, "aws_key": KEYS["secret_access_key"]}
        )

    async def test_a_build_gets_secrets_of_providers_whose_keys_are_secrets(
        self,
    ) -> None:
        manager = secrets.SecretManager(
            providers=[
                secrets.SecretInAFile(str(self.files)),
                secrets.SecretInSops(str(self.file), age_key=util.Secret("file!age_key")),
                secrets.SecretInAwsSecretsManager(
                    REGION,
                    prefix="team/",
                    endpoint_url=self.aws.url,
                    access_key_id=KEYS["access_key_id"],
                    secret_access_key=util.Secret("file!aws_key"),
                ),
                secrets.SecretInKubernetes(
                    "ci",
                    "team",
                    server=self.cluster.url,
                    ca_file=str(self.cluster.ca_file),
                    token=util.Secret("file!k8s_token"),
                ),
            ]
        )
        factory = util.BuildFactory()
        for name, value in VALUES.items():
            digest = hashlib.sha256(value.encode()).hexdigest()
            script = f'echo "$V"; test "$(printf %s "$V" | sha256sum)" = "{digest}  -"'
            environment = {"V": util.Secret(name)}
            factory.addStep(steps.ShellCommand(name=name, command=script, env=environment))
        # Also with Buildbot's own renderable.
        command = ["echo", BuildbotInterpolate("%(secret:git)s")]
        factory.addStep(steps.ShellCommand(name="own", command=command))
        master = await self.start_master(self.configuration(factory, secretsProviders=[manager]))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        for name in (*VALUES, "own"):
            log = build.step(name).logs["stdio"]
            self.assertIn(f"<{'git' if name == 'own' else name}>", log)
            for value in VALUES.values():
                self.assertNotIn(value, log)
