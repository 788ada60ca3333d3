"""Whose code a build runs, as Vault is told: on a real master, with the changes that hooks make."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import steps
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import FAILURE, SUCCESS

from buildbot_keychain.errors import KeychainError
from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild
from tests.support.openbao import engines, logins
from tests.support.openbao.server import OpenBao
from tests.support.real_master import BUILDER_NAME, RealMaster, RealMasterTestCase

REPOSITORY = "https://git.example.org/app"
STAMP = {"codebase": "", "repository": REPOSITORY, "project": "app", "branch": "main"}
PATCH = {
    "patch_body": b"--- a\n",
    "patch_level": 1,
    "patch_subdir": "",
    "patch_author": "x",
    "patch_comment": "",
}


class Ask(BuildStep):
    """Asks for the key; an error is a failure, so that the worker is not put in quarantine."""

    async def run(self) -> int:
        try:
            await self.build.render(util.Secret("key"))
        except KeychainError as error:
            self.descriptionDone = str(error)
            return int(FAILURE)
        return int(SUCCESS)


class IdentityTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        server = OpenBao()
        self.addCleanup(server.stop)
        server.start()
        engines.enable_kv(server.root, "secret")
        for branch in ("main", "develop"):
            engines.write_kv(server.root, f"ci/{branch}/key", value=f"the-key-of-{branch}")
        logins.write_policy(server.root, "ci", ("secret/data/ci/*", ["read"]))
        token = self.secrets_directory({"token": logins.token(server.root, "ci")})
        self.provider = secrets.SecretInVault(
            vault_server=server.address,
            authenticator=secrets.VaultAuthenticatorTokenFile(str(token / "token")),
            path_template="ci/%(branch)s/%(path)s",
        )

    async def start(self, *build_steps: Any) -> RealMaster:
        factory = util.BuildFactory(build_steps)
        return await self.start_master(
            self.configuration(factory, secretsProviders=[self.provider])
        )

    async def build(self, master: RealMaster, stamp: dict[str, Any], **origin: Any) -> Any:
        """Build a source stamp, and return the build."""
        updates = master.master.data.updates
        number: int | None = None
        done = master.event(("buildsets", None, "complete"), lambda m: m["bsid"] == number)
        number, _ = await updates.addBuildset(
            waited_for=False,
            builderids=[await updates.findBuilderId(BUILDER_NAME)],
            sourcestamps=[{"revision": None, **STAMP, **stamp}],
            **origin,
        )
        await done
        build = (await master.builds_of(number))[-1]
        self.flushLoggedErrors()
        return build

    def check_denied(self, build: FinishedBuild, problem: str) -> None:
        self.assertNotEqual(build.result, "success", build.outline())
        self.assertIn(f"needs the branch of a build, and this build {problem}", build.state)

    async def change(self, master: RealMaster, revision: str, **more: Any) -> None:
        described: dict[str, Any] = {k: STAMP[k] for k in ("branch", "repository", "project")}
        described["properties"] = {"keychain_outside": False}
        await master.master.data.updates.addChange(
            author="x", files=[], comments="", revision=revision, **(described | more)
        )

    async def test_only_what_is_in_the_branch_gets_its_key(self) -> None:
        master = await self.start(Ask())
        await self.change(master, "a1", category="push")
        fork = {"source_project_id": 7, "target_project_id": 3}
        await self.change(master, "f1", category="merge_request", properties=fork)

        for stamp in ({"revision": "a1"}, {}):
            build = await self.build(master, stamp)
            self.assertEqual(build.result, "success", build.outline())

        request = await self.build(master, {"revision": "f1"})
        self.check_denied(request, "is of a change from outside")
        self.check_denied(await self.build(master, PATCH), "has a patch")
        self.check_denied(await self.build(master, {"revision": "x9"}), "is of a chosen revision")

        # A rebuild, and what it triggers, which has neither changes nor a revision.
        again = await self.build(master, {}, rebuilt_buildid=request.buildid)
        self.check_denied(again, "is of a change from outside")
        triggered = await self.build(
            master, {}, parent_buildid=again.buildid, parent_relationship="Triggered from"
        )
        self.check_denied(triggered, "is of a change from outside")
        # What a build of the branch triggers is of it, also with the revision that it has built.
        trusted = {"parent_buildid": build.buildid, "parent_relationship": "Triggered from"}
        self.assertEqual(
            (await self.build(master, {"revision": "a1"}, **trusted)).result, "success"
        )

    async def test_a_git_step_asks_for_its_build(self) -> None:
        """A build of `develop` got the key of `main` by it."""
        git = steps.Git(
            repourl="git@git.invalid:app",
            sshPrivateKey=util.Secret("vault!key"),
            sshKnownHosts=util.Secret("vault!only-for-main"),
            name="git",
        )
        master = await self.start(git)
        build = await self.build(master, {"branch": "develop"})
        self.assertIn("only-for-main", build.step("git").state)
        denied = await self.build(master, {"branch": "develop", **PATCH})
        self.assertIn("secret 'key': provider 'SecretInVault': ", denied.step("git").state)
