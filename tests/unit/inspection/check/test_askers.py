from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.plugins import schedulers, worker
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import SourceStamp
from buildbot_keychain.inspection import places_in
from buildbot_keychain.inspection.check._askers import Askers
from buildbot_keychain.plugins import secrets, steps, util

APP = "https://git.example.org/app"


class AskerTests(SynchronousTestCase):
    def config(self, *given: Any) -> MasterConfig:
        config = MasterConfig()
        factory = util.BuildFactory(list(given))
        config.builders = [
            BuilderConfig("b", workernames=["w", "v"], factory=factory, tags=["deploy"])
        ]
        config.schedulers = {"force": schedulers.ForceScheduler("force", ["b"])}
        return config

    def askers(self, config: MasterConfig) -> Askers:
        return Askers.of(config, "check/1")

    def test_what_is_known_of_the_builds_of_a_builder(self) -> None:
        found = self.askers(self.config(steps.Git(repourl=APP))).builders["b"]
        requester = found.requester
        self.assertEqual((requester.kind, requester.builder), ("build", "b"))
        self.assertEqual((requester.builder_tags, requester.scope), (("deploy",), "check/1"))
        self.assertEqual(requester.source_stamps, (SourceStamp(repository=APP),))
        self.assertEqual(found.repositories, (APP,))
        self.assertEqual(found.workers, ("w", "v"))
        self.assertEqual(found.schedulers, ("force", "rebuild", "status.words"))

    def test_what_is_computed_at_run_time_is_not_known(self) -> None:
        config = self.config(steps.Git(repourl=util.Property("repository")))
        config.schedulers["force"].builderNames = util.Property("builders")
        found = self.askers(config).builders["b"]
        self.assertEqual((found.repositories, found.schedulers), ((), ()))

    def test_others_who_ask(self) -> None:
        config = self.config(steps.ShellCommand(command=["x"]))
        config.workers = [worker.Worker("w", "password")]
        config.secretsProviders = [secrets.SecretInEnvironment("KEYCHAIN_A_", name="env")]
        askers = self.askers(config)
        found = [askers.at(place).requester for place in places_in(config)]
        self.assertEqual(
            [(each.kind, each.builder or each.service) for each in found],
            [
                *(("build", "b"), ("build", "b"), ("service", "w")),
                *(("service", "force"), ("provider", "env")),
                *(("service", "auth"), ("unknown", None), ("service", "manhole")),
                ("service", "db_url"),
            ],
        )
        self.assertEqual(found[2].service_class, "buildbot.worker.base.Worker")
