from __future__ import annotations

import importlib
import inspect
from types import SimpleNamespace
from typing import Any

import buildbot
from buildbot.config.master import MasterConfig
from buildbot.plugins import reporters, schedulers, steps
from buildbot.plugins import util as buildbot_util
from buildbot.www import auth
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.unrendered import unrendered_arguments
from buildbot_keychain.inspection.unrendered._table import SERVICES, STEPS
from buildbot_keychain.plugins import util

_LATER = {"cert"} if buildbot.version.startswith("4.0") else set()
"""Arguments that the installed Buildbot does not have yet."""


class TableTests(SynchronousTestCase):
    def test_each_class_takes_its_arguments(self) -> None:
        """The row would do nothing if it did not."""
        for table, method in ((STEPS, "__init__"), (SERVICES, "checkConfig")):
            for path, arguments in table.items():
                module, _, name = path.rpartition(".")
                cls = getattr(importlib.import_module(module), name)
                taken: set[str] = set()
                for each in cls.__mro__:
                    if method in vars(each):
                        taken.update(inspect.signature(vars(each)[method]).parameters)
                self.assertEqual(set(arguments) - taken - _LATER, set(), path)


class ConfigurationTests(SynchronousTestCase):
    def problems(self, *given: Any, **entries: Any) -> list[str]:
        config = MasterConfig()
        if given:
            factory = util.BuildFactory(list(given))
            config.builders = [
                buildbot_util.BuilderConfig(name="b", workernames=["w"], factory=factory)
            ]
        for name, value in entries.items():
            setattr(config, name, value)
        return list(unrendered_arguments(config))

    def test_steps(self) -> None:
        token = buildbot_util.Secret("t")
        found = self.problems(
            steps.SVN(repourl="svn://h", username=util.Secret("svn_user")),
            steps.Git(repourl="g", config={"http.x": util.Interpolate("A %(secret:a)s")}),
            steps.GitPush(workdir="w", repourl="g", branch="b", env={"T": token}),
        )
        for message, beginning in zip(
            found,
            (
                "secret 'svn_user': builder 'b': SVN: Buildbot never renders username=; write",
                "Interpolate('A %(secret:a)s'): builder 'b': Git: Buildbot never renders config=",
                "secret 't': builder 'b': GitPush: Buildbot never renders env=",
            ),
            strict=True,
        ):
            self.assertEqual(message[: len(beginning)], beginning)

    def test_numbers(self) -> None:
        """A secret is a text."""
        for name in ("timeout", "maxTime", "max_lines", "sigtermTime"):
            if not hasattr(steps.ShellCommand, name):  # Buildbot 4.0 limits no lines
                continue
            (message,) = self.problems(
                steps.ShellCommand(command=["x"], **{name: util.Secret("limit")})
            )
            expected = (
                f"secret 'limit': builder 'b': ShellCommand: {name}= is a number, and a secret is "
                f"a text; write {name}=util.Transform(int, util.Secret('limit'))"
            )
            self.assertEqual(message, expected)
        (message,) = self.problems(
            steps.ShellCommand(command=["x"], timeout=util.Interpolate("%(secret:a)s0"))
        )
        self.assertIn("write timeout=util.Transform(int, ...)", message)

    def test_flags_and_dicts(self) -> None:
        secret = util.Secret("a")
        for kwargs, expected in (
            ({"usePTY": secret}, "usePTY= is true or false, and a secret is a text; write True or"),
            ({"env": secret}, "env= is a dict, and a secret is a text; write {'NAME': ...} around"),
            ({"decodeRC": util.Interpolate("%(secret:a)s")}, "decodeRC= is a dict, and a secret"),
        ):
            (message,) = self.problems(steps.ShellCommand(command=["x"], **kwargs))
            self.assertIn(f"builder 'b': ShellCommand: {expected}", message)
        found = self.problems(
            steps.ShellCommand(command=["x"], env={"A": secret}, usePTY=util.Property("p")),
            steps.Trigger(["s"], set_properties={"a": secret}),
            steps.SetProperties(properties={"a": secret}),
        )
        self.assertEqual(found, [])
        (message,) = self.problems(steps.SetProperties(properties=secret))
        self.assertIn("SetProperties: properties= is a dict, and a secret", message)

    def test_numbers_that_are_not_rendered(self) -> None:
        secret = util.Secret("limit")
        for given in (secret, util.Transform(int, secret)):
            (message,) = self.problems(steps.FileUpload("a", "b", maxsize=given))
            self.assertIn("builder 'b': FileUpload: Buildbot never renders maxsize=;", message)
            self.assertIn("write int(secrets.now('", message)

    def test_numbers_that_are_none_of_ours(self) -> None:
        class Own(steps.ShellCommand):
            def __init__(self, timeout: object) -> None:
                super().__init__(command=["x"])

        found = self.problems(
            Own(util.Secret("a")),
            steps.ShellCommand(command=["x"], timeout=util.Property("a")),
            steps.ShellCommand(command=["x"], timeout=util.Transform(int, util.Secret("a"))),
        )
        self.assertEqual(found, [])

    def test_what_is_rendered_is_not_reported(self) -> None:
        class OwnSVN(steps.SVN):
            renderables = ("username",)

        self.assertEqual(
            self.problems(
                steps.SVN(repourl="svn://h", password=util.Secret("p"), username="joe"),
                OwnSVN(repourl="svn://h", username=util.Secret("u")),
                steps.ShellCommand(command=["x", util.Secret("p")], env={"A": util.Secret("p")}),
            ),
            [],
        )

    def test_the_manhole(self) -> None:
        hole = SimpleNamespace(username="admin", password=util.Secret("hole"))
        (message,) = self.problems(manhole=hole)
        expected = "secret 'hole': SimpleNamespace: Buildbot never renders password=; write secrets"
        self.assertEqual(message[: len(expected)], expected)

    def test_reporters(self) -> None:
        push = reporters.HttpStatusPush(
            "https://h", auth=("u", util.Secret("p")), headers={"A": util.Secret("t")}
        )
        (message,) = self.problems(services={push.name: push})
        self.assertIn("secret 't': HttpStatusPush 'HttpStatusPush': Buildbot never", message)
        self.assertIn("headers=", message)

    def test_passwords_of_users(self) -> None:
        users = {"ann": util.Secret("ann"), "bob": "plain"}
        for given in (users, list(users.items())):
            (message,) = self.problems(www={"auth": auth.UserPasswordAuth(given)})
            self.assertIn("secret 'ann': UserPasswordAuth: Buildbot never renders a user", message)

    def test_the_account_of_ldap(self) -> None:
        info = auth.UserInfoProviderBase()
        vars(info).update(bindUser="cn=x", bindPw=util.Secret("pw"))
        remote = auth.RemoteUserAuth(userInfoProvider=info)
        (message,) = self.problems(www={"auth": remote})
        self.assertIn("secret 'pw': UserInfoProviderBase: Buildbot never renders bindPw=", message)

    def test_the_token_of_pictures(self) -> None:
        github = buildbot_util.AvatarGitHub(token=util.Secret("t"))
        for avatars in (github, [buildbot_util.AvatarGravatar(), github]):
            (message,) = self.problems(www={"avatar_methods": avatars})
            self.assertIn("secret 't': AvatarGitHub: Buildbot never renders token=", message)

    def test_parameters_of_forms(self) -> None:
        parameters = buildbot_util
        nested = parameters.TextParameter(name="u", default=util.Secret("u"))
        force = schedulers.ForceScheduler(
            name="force",
            builderNames=["b"],
            properties=[
                parameters.StringParameter(name="tok", default=util.Secret("t"), regex=".*"),
                parameters.StringParameter(name="by_name", default=util.Secret("n")),
                parameters.StringParameter(name="shown", tablabel=util.Secret("s")),
                parameters.NestedParameter(name="n", fields=[nested]),
                parameters.FixedParameter(name="fixed", default=util.Secret("f")),
                parameters.StringParameter(name="p", default=util.Interpolate("%(prop:x)s")),
            ],
        )
        found = self.problems(schedulers={"force": force})
        self.assertEqual(
            [message.split(":")[0] for message in found], [f"secret '{name}'" for name in "tsu"]
        )
        self.assertIn("scheduler 'force': the parameter 'tok' is filled in by a browser", found[0])
