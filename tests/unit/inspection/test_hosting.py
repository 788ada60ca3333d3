from __future__ import annotations

from pathlib import Path

from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from buildbot_keychain.inspection import hosted_by, started_providers
from buildbot_keychain.plugins import secrets


class Endless(SecretProviderBase):
    name = "endless"

    def stopService(self) -> Deferred[None]:
        return Deferred()


class HostingTests(TestCase):
    async def test_providers_answer_while_they_are_started(self) -> None:
        basedir = Path(self.mktemp()).absolute()
        basedir.mkdir()
        (basedir / "token").write_text("value")
        (basedir / "token").chmod(0o600)
        basedir.chmod(0o700)
        files = secrets.SecretInAFile(dirname=str(basedir), name="files")
        before = Path.cwd()
        async with started_providers(basedir, [secrets.SecretManager([files])], reactor) as master:
            self.assertEqual(hosted_by(master), [files])
            self.assertEqual(await files.get("token"), "value")
            self.assertEqual(Path.cwd(), basedir)
            self.assertFalse(master.running)
        self.assertFalse(files.hosted.running)
        self.assertEqual(Path.cwd(), before)

    def test_a_provider_that_does_not_stop_is_left_behind(self) -> None:
        basedir, clock = Path(self.mktemp()).absolute(), Clock()
        basedir.mkdir()

        async def start_and_stop() -> str:
            async with started_providers(basedir, [Endless()], clock):
                return "answered"

        ended = Deferred.fromCoroutine(start_and_stop())
        self.assertNoResult(ended)
        clock.advance(3600)
        self.assertEqual(self.successResultOf(ended), "answered")
