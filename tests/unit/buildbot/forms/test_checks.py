from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.config import ConfigErrors
from buildbot.plugins import schedulers
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.forms import form_problems
from buildbot_keychain.plugins import secrets, util


class FormProblemsTests(SynchronousTestCase):
    def problems(
        self, *properties: Any, keys: bool = True, providers: Any = (), **arguments: Any
    ) -> list[str]:
        form = schedulers.ForceScheduler(
            "deploy", ["builder"], properties=list(properties), **arguments
        )
        manager = SimpleNamespace(
            name="manager", key_file="ring" if keys else None, wanted_providers=providers
        )
        others = schedulers.Triggerable("other", ["builder"])
        config = SimpleNamespace(
            schedulers={"deploy": form, "other": others}, secretsProviders=[manager]
        )
        return list(form_problems(config))

    def test_nothing_is_wrong(self) -> None:
        pw, key = util.SecretParameter("pw"), util.SecretParameter("key", multiline=True)
        self.assertEqual(self.problems(pw, key, util.StringParameter("text")), [])
        form = secrets.SecretInEnvironment("CI_", name="form")
        text = util.StringParameter("pw")
        self.assertEqual(self.problems(text, providers=[form], keys=False), [])
        self.assertEqual(self.problems(keys=False), [])

    def test_without_keys(self) -> None:
        (problem,) = self.problems(util.SecretParameter("pw"), keys=False)
        self.assertIn("the form 'deploy': the SecretParameter 'pw' needs keys", problem)
        self.assertIn("SecretManager(key_file=...)", problem)

    def test_namesakes(self) -> None:
        for other in (util.SecretParameter("pw"), util.StringParameter("pw")):
            (problem,) = self.problems(util.SecretParameter("pw"), other)
            self.assertIn("several fields are called 'pw'", problem)
        field = util.StringParameter("keychain_secret_pw")
        (problem,) = self.problems(util.SecretParameter("pw"), field)
        self.assertIn("several fields are called 'keychain_secret_pw'", problem)

    def test_fields_of_the_same_name(self) -> None:
        """What Buildbot takes from them is what is typed for the other one, in clear."""
        group = util.NestedParameter("", [util.NestedParameter("x", [util.StringParameter("y")])])
        for name, arguments, others in (
            ("why", {"reason": util.StringParameter("why")}, []),
            ("who", {"username": util.UserNameParameter("who")}, []),
            ("how", {"priority": util.IntParameter("how", default=0)}, []),
            ("app_branch", {"codebases": ["app"]}, []),
            ("app_project", {"codebases": [util.CodebaseParameter("app")]}, []),
            ("x_y", {}, [group]),
            ("x", {}, [group]),
        ):
            (problem,) = self.problems(util.SecretParameter(name), *others, **arguments)
            self.assertIn(f"several fields are called '{name}'", problem)
        other = util.SecretParameter("other")
        self.assertEqual(self.problems(other, group, codebases=["app"]), [])

    def test_a_provider_of_that_name(self) -> None:
        form = secrets.SecretInEnvironment("CI_", name="form")
        for parameter in (util.SecretParameter("pw"), util.StringParameter("pw")):
            (problem,) = self.problems(parameter, providers=[form])
            self.assertIn("a provider is called 'form'", problem)

    def test_what_is_not_a_property(self) -> None:
        try:
            (problem,) = self.problems(reason=util.SecretParameter("why"))
        except ConfigErrors as error:  # Buildbot 4.0 puts it into another parameter at once
            problem = str(error)
        self.assertRegex(problem, "cannot be (its reason|a field of another parameter)")
