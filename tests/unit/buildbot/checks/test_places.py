from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.plugins import steps
from buildbot.plugins import util as buildbot_util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.checks._places import uses_in
from buildbot_keychain.plugins import secrets, util


class PlaceTests(SynchronousTestCase):
    def names(self, factory: Any = None, **attributes: Any) -> list[tuple[str, str]]:
        config = MasterConfig()
        factory = util.BuildFactory() if factory is None else factory
        config.builders = [
            BuilderConfig("b", workernames=["w"], factory=factory, **attributes.pop("builder", {}))
        ]
        vars(config).update(attributes)
        return [(place, name) for place, name, _ in uses_in(config)]

    def test_nested_renderables_of_anybody(self) -> None:
        command = [
            "x",
            util.Secret("a"),
            {"key": (util.Interpolate("%(kw:k)s", k=util.Secret("b")),)},
            buildbot_util.Secret("c"),
            buildbot_util.Interpolate("%(secret:d)s %(prop:x:-%(secret:e)s)s"),
            util.Secret(util.Interpolate("%(secret:f)s"), allowed="*"),
            buildbot_util.Property("x", default=util.Secret("g")),
        ]
        found = self.names(util.BuildFactory([steps.ShellCommand(command=command)]))
        self.assertEqual(found, [("builder 'b', step ShellCommand", name) for name in "abcdefg"])

    def test_a_name_is_reported_once_for_a_step(self) -> None:
        step = steps.ShellCommand(command=[util.Secret("a")], env={"A": util.Secret("a")})
        self.assertEqual(len(self.names(util.BuildFactory([step]))), 1)

    def test_properties_of_a_builder(self) -> None:
        found = self.names(builder={"properties": {"p": util.Secret("a")}})
        self.assertEqual(found, [("builder 'b'", "a")])

    def test_arguments_of_a_provider(self) -> None:
        provider = secrets.SecretInVault(
            "http://127.0.0.1:8200",
            secrets.VaultAuthenticatorApprole(util.Secret("a"), util.Secret("b")),
        )
        for configured in (provider, secrets.SecretManager([provider])):
            found = self.names(secretsProviders=[configured])
            self.assertEqual(sorted(name for _, name in found), ["a", "b"])

    def test_a_structure_that_contains_itself(self) -> None:
        command: list[Any] = ["x", util.Secret("a")]
        command.append(command)
        step = steps.ShellCommand(command=command)
        self.assertEqual(len(self.names(util.BuildFactory([step]))), 1)

    def test_a_factory_of_somebody_else(self) -> None:
        class Factory(util.BuildFactory):
            def __init__(self) -> None:
                super().__init__()
                self.steps = [object()]

        self.assertEqual(self.names(Factory()), [])
