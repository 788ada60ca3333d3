from __future__ import annotations

from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.plugins import steps, worker
from buildbot.plugins import util as buildbot_util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import PROVIDER, SERVICE, STEP, WEB, Reference, references
from buildbot_keychain.plugins import secrets, util


class ReferenceTests(SynchronousTestCase):
    def names(self, factory: Any = None, **attributes: Any) -> list[tuple[str, str]]:
        config = MasterConfig()
        factory = util.BuildFactory() if factory is None else factory
        config.builders = [
            BuilderConfig("b", workernames=["w"], factory=factory, **attributes.pop("builder", {}))
        ]
        vars(config).update(attributes)
        return [(each.place.words, each.name) for each in references(config)]

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
        names = [*"abcde", "%(secret:f)s", *"fg"]
        self.assertEqual(found, [("builder 'b', step ShellCommand", name) for name in names])

    def test_what_makes_attributes_up(self) -> None:
        """As the namespaces of Buildbot's plug-ins do, which functions take along."""
        command = [buildbot_util, util.Secret("a")]
        found = self.names(util.BuildFactory([steps.ShellCommand(command=command)]))
        self.assertEqual(found, [("builder 'b', step ShellCommand", "a")])

    def test_a_name_is_reported_once_for_an_argument(self) -> None:
        step = steps.ShellCommand(command=[util.Secret("a"), util.Secret("a")])
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

    def reference(self, argument: object, **attributes: Any) -> Reference:
        """Return the one reference in the third step of a builder."""
        config = MasterConfig()
        given = [steps.ShellCommand(command=["x"])] * 2 + [
            steps.ShellCommand(command=["x"], env={"A": argument}, name="go")
        ]
        config.builders = [
            BuilderConfig("b", workernames=["w"], factory=util.BuildFactory(given), **attributes)
        ]
        (found,) = references(config)
        return found

    def test_where_in_a_builder(self) -> None:
        place = self.reference(util.Secret("a")).place
        self.assertEqual((place.kind, place.builder, place.step, place.name), (STEP, "b", 2, "go"))
        self.assertEqual(self.reference(util.Secret("a")).argument, "env")

    def test_the_parts_of_a_name(self) -> None:
        for name, parts in (
            ("a/b", (None, "a/b", None)),
            ("v!a/b", ("v", "a/b", None)),
            ("v!a/b|c", ("v", "a/b", "c")),
            ("a|b", (None, "a", "b")),
        ):
            found = self.reference(util.Secret(name))
            self.assertEqual((found.provider, found.path, found.field), parts)
            self.assertFalse(found.is_computed)

    def test_names_that_are_computed(self) -> None:
        names = {
            "v!deploy/*|key": util.Interpolate("%(secret:v!deploy/%(prop:env)s|key)s"),
            "deploy-*": util.Secret(util.Interpolate("deploy-%(prop:env)s"), allowed="deploy-*"),
            "*": util.Secret(util.Property("x"), allowed=["a-*", "b-*"]),
        }
        for pattern, renderable in names.items():
            found = self.reference(renderable)
            self.assertEqual((found.pattern, found.is_computed), (pattern, True))
        self.assertEqual(found.allowed, ("a-*", "b-*"))

    def test_a_text_that_is_filled_in_is_known(self) -> None:
        found = self.reference(util.Interpolate("%(secret:a-%(kw:k)s)s", k="b"))
        self.assertEqual((found.name, found.is_computed), ("a-b", False))
        found = self.reference(util.Interpolate("%(secret:a-%(kw:k)s)s", k=util.Property("b")))
        self.assertEqual((found.pattern, found.is_computed), ("a-*", True))

    def test_one_that_is_not_needed(self) -> None:
        self.assertFalse(self.reference(util.Interpolate("%(secret:a:-b)s")).is_needed)

    def test_names_in_functions(self) -> None:
        @buildbot_util.renderer
        def token(_: Any) -> Any:
            return util.Secret("a")

        found = self.reference(token)
        expected = ("a", False, False, True)
        self.assertEqual((found.name, found.is_needed, found.is_computed, found.in_code), expected)
        found = self.reference(buildbot_util.renderer(lambda props: util.Secret(props["x"])))
        self.assertEqual((found.pattern, found.in_code), ("*", True))

    def test_who_asks(self) -> None:
        config = MasterConfig()
        config.workers = [worker.Worker("w", util.Secret("a"))]
        config.www["change_hook_dialects"] = {"github": {"secret": util.Secret("b")}}
        config.db = {"db_url": util.Interpolate("postgresql://u:%(secret:c)s@h/d")}
        vault = secrets.SecretInVault("http://127.0.0.1:8200", util.Secret("d"), name="vault")
        config.secretsProviders = [secrets.SecretManager([vault])]
        found = [(each.name, each.place.kind, each.place.name) for each in references(config)]
        places = [
            ("a", SERVICE, "w"),
            ("d", PROVIDER, "vault"),
            ("b", WEB, "hook/github"),
            ("c", SERVICE, "db_url"),
        ]
        self.assertEqual(found, places)
        self.assertEqual(next(references(config)).argument, "password")

    def test_a_factory_of_somebody_else(self) -> None:
        class Factory(util.BuildFactory):
            def __init__(self) -> None:
                super().__init__()
                self.steps = [object()]

        self.assertEqual(self.names(Factory()), [])
