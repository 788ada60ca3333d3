from __future__ import annotations

import os
from typing import Any
from unittest import mock

from twisted.trial.unittest import SkipTest

from buildbot_keychain.errors import AccessDenied, ProviderUnavailable
from buildbot_keychain.providers.files import _directory as secret_directory
from buildbot_keychain.providers.files._permissions import Reader
from tests.support.directories import FileTestCase


class DeploymentTests(FileTestCase):
    def publish(self, generation: str, **secrets: str) -> None:
        """Do what the kubelet's AtomicWriter does: write aside, swap ..data, remove the old."""
        new = self.dir / f"..{generation}"
        new.mkdir(mode=0o755)
        for name, value in secrets.items():
            (new / name).write_text(value)
            (new / name).chmod(0o644)
            if not (self.dir / name).is_symlink():
                (self.dir / name).symlink_to(f"..data/{name}")
        link = self.dir / "..data"
        old = link.resolve() if link.is_symlink() else None
        (self.dir / "..data_tmp").symlink_to(new.name)
        (self.dir / "..data_tmp").rename(link)
        if old is not None:
            for file in old.iterdir():
                file.unlink()
            old.rmdir()

    async def test_a_kubernetes_volume(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.dir.chmod(0o1777)
        self.publish("2026_01", token="first")
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "first")
        self.publish("2026_02", token="second")
        self.assertEqual(await provider.get("token"), "second")
        self.assertIsNone(await provider.get("..data/token"))

    async def test_only_roots_own_data_link_makes_a_kubernetes_volume(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        os.chown(self.dir / "..data", 4711, -1, follow_symlinks=False)
        provider = self.provider()
        failure: Any = await self.assertFailure(provider.get("token"), AccessDenied)
        self.assertIn("is open to other users", str(failure))
        self.assertEqual(
            list(provider.check_config()), [f"provider 'SecretInAFile': {failure.reason}"]
        )

    async def test_a_plain_file_beside_the_data_link_is_judged_as_a_plain_file(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        self.write("plain", "x", mode=0o644)
        provider = self.provider()
        failure: Any = await self.assertFailure(provider.get("plain"), AccessDenied)
        self.assertEqual(
            list(provider.check_config()), [f"provider 'SecretInAFile': {failure.reason}"]
        )

    def swap_before_opening(self, swaps: int) -> Any:
        """Publish a new generation before each of the first so many times a secret is opened."""
        real_open = os.open
        numbers = iter(range(1, swaps + 1))

        def open_after_swap(path: Any, *args: Any, **kwargs: Any) -> int:
            if str(path).endswith("token") and (number := next(numbers, None)):
                self.publish(f"{swaps}_{number}", token=f"swap {number}")
            return real_open(path, *args, **kwargs)

        return mock.patch.object(os, "open", open_after_swap)

    async def test_swaps_in_the_middle_of_a_lookup_are_not_seen(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        provider = self.provider()
        for swaps in (1, 20):
            with self.swap_before_opening(swaps):
                self.assertEqual(await provider.get("token"), f"swap {swaps}")

    async def test_a_volume_that_never_stands_still_is_not_taken_for_an_empty_one(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.publish("2026_01", token="first")
        provider = self.provider()
        with self.swap_before_opening(1_000):
            failure: Any = await self.assertFailure(provider.get("token"), ProviderUnavailable)
        self.assertIn("replaced faster", str(failure))

    async def test_a_docker_secret(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what Docker makes")
        self.dir.chmod(0o755)
        self.write("token", "from docker", mode=0o444)
        self.assertEqual(await self.provider().get("token"), "from docker")

    async def test_what_docker_makes_is_rejected_in_a_directory_of_someone_else(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can give a file away")
        self.dir.chmod(0o711)
        self.write("token", "x", mode=0o444)
        self.write("sub/token", "x", mode=0o444)
        reader = Reader(uid=4711, gids=frozenset(), credentials=None)
        patch = mock.patch.object(secret_directory, "Reader", return_value=reader)
        provider = self.provider()
        with patch:
            self.assertEqual(await provider.get("sub/token"), "x")
            os.chown(self.dir, 4711, -1)
            for name in ("token", "sub/token"):
                await self.assertFailure(provider.get(name), AccessDenied)

    async def test_a_systemd_credential(self) -> None:
        self.write("token", "from systemd", mode=0o440)
        self.dir.chmod(0o500)
        self.addCleanup(self.dir.chmod, 0o700)
        with mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=str(self.dir.resolve())):
            self.assertEqual(await self.provider().get("token"), "from systemd")
