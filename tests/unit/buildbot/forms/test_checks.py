from __future__ import annotations

from types import SimpleNamespace
from typing import Any

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
        self.assertEqual(self.problems(util.StringParameter("pw"), providers=[form]), [])
        self.assertEqual(self.problems(keys=False), [])

    def test_without_keys(self) -> None:
        (problem,) = self.problems(util.SecretParameter("pw"), keys=False)
        self.assertIn("the form 'deploy': the SecretParameter 'pw' needs keys", problem)
        self.assertIn("SecretManager(key_file=...)", problem)

    def test_namesakes(self) -> None:
        for other in (util.SecretParameter("pw"), util.StringParameter("pw")):
            (problem,) = self.problems(util.SecretParameter("pw"), other)
            self.assertIn("several parameters are called 'pw'", problem)

    def test_a_provider_of_that_name(self) -> None:
        form = secrets.SecretInEnvironment("CI_", name="form")
        (problem,) = self.problems(util.SecretParameter("pw"), providers=[form])
        self.assertIn("a provider is called 'form'", problem)

    def test_what_is_not_a_property(self) -> None:
        (problem,) = self.problems(reason=util.SecretParameter("why"))
        self.assertIn("cannot be its reason", problem)
