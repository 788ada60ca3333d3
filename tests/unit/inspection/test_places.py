from __future__ import annotations

from buildbot.changes.pb import PBChangeSource
from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.plugins import worker
from buildbot.www.auth import UserInfoProviderBase
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import (
    BUILDER,
    PROVIDER,
    SERVICE,
    STEP,
    WEB,
    places_in,
    references_at,
)
from buildbot_keychain.inspection._places import arguments_of, is_ours, parts_of
from buildbot_keychain.plugins import secrets, steps, util


class PlaceTests(SynchronousTestCase):
    def test_all_places_of_a_configuration(self) -> None:
        config = MasterConfig()
        factory = util.BuildFactory([steps.ShellCommand(command=["x"], name="go")])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        config.workers = [worker.Worker("w", "password")]
        vault = secrets.SecretInVault("http://127.0.0.1:8200", "token", name="vault")
        config.secretsProviders = [secrets.SecretManager([vault])]
        config.www["change_hook_dialects"] = {"github": {}}
        found = [(place.kind, place.name) for place in places_in(config)]
        expected = [
            (BUILDER, None),
            (STEP, "go"),
            (SERVICE, "w"),
            (PROVIDER, "SecretManager"),
            (PROVIDER, "vault"),
            (WEB, "hook/github"),
            (WEB, "auth"),
            (WEB, None),
            (SERVICE, "manhole"),
            (SERVICE, "db_url"),
        ]
        self.assertEqual(found, expected)

    def test_the_web_server_of_a_master_that_runs_names_nothing_of_the_master(self) -> None:
        config = MasterConfig()
        other = util.Secret("of another place")
        avatar = util.AvatarGitHub(token=util.Secret("of its own"))
        avatar.master = other
        auth = util.UserPasswordAuth({"ada": "pw"}, userInfoProvider=UserInfoProviderBase())
        auth.reconfigAuth(other, config)
        config.www |= {"auth": auth, "avatar_methods": [avatar]}
        web = {place.name: place for place in places_in(config) if place.kind == WEB}
        self.assertIn("checkers", web["auth"].arguments)
        found = [each.name for place in web.values() for each in references_at(place)]
        self.assertEqual(found, ["of its own"])

    def test_the_arguments_of_services(self) -> None:
        arguments = arguments_of(worker.Worker("w", "password", max_builds=2))
        self.assertEqual((arguments["password"], arguments["max_builds"]), ("password", 2))
        self.assertEqual(arguments_of(PBChangeSource(passwd="p"))["passwd"], "p")
        self.assertEqual(arguments_of(object()), {})
        vault = secrets.SecretInVault("http://127.0.0.1:8200", "token", name="vault")
        expected = {"name": "vault", "vault_server": "http://127.0.0.1:8200"}
        self.assertEqual(arguments_of(vault), {**expected, "authenticator": "token"})

    def test_what_values_consist_of(self) -> None:
        self.assertEqual(parts_of({"a": 1}), ["a", 1])
        self.assertEqual(parts_of(("a", 1)), ["a", 1])
        self.assertEqual(parts_of(util.Secret("a")), ["a", ()])
        self.assertEqual(parts_of(object()), [])
        self.assertEqual([is_ours(util.Secret("a")), is_ours("a")], [True, False])
