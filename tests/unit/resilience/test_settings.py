from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Resilience, SecretManager
from buildbot_keychain.errors import ConfigurationError
from tests.support.fakes import DictProvider, TellingProvider


class ResilienceTests(SynchronousTestCase):
    def test_wrong_settings(self) -> None:
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"timeout": 0}, "timeout must be more than 0"),
            ({"timeout": "10"}, "timeout must be a number from 0 to 86400, not '10'"),
            ({"cache": -1}, "cache must be a number"),
            ({"cache": None}, "cache must be a number"),
            ({"cache": float("nan")}, "cache must be a number"),
            ({"cache": True}, "cache must be a number"),
            ({"breaker": 1.5}, "breaker must be a whole number"),
            ({"concurrency": 0}, "concurrency must be more than 0"),
            ({"rate": 0}, "rate must be more than 0"),
            ({"probe_after": 0}, "probe_after must be more than 0"),
            ({"optional": 1}, "optional must be True or False, not 1"),
            ({"cache": 60, "stale": 60}, "stale must be longer than cache"),
            ({"cache_absent": 5}, "cache_absent must not be longer than cache"),
        ]
        for arguments, problem in wrong:
            error = self.assertRaises(ConfigurationError, Resilience, **arguments)
            self.assertIn(f"Resilience: {problem}", str(error))

    def test_settings_that_do_not_fit_a_manager(self) -> None:
        vault, files = DictProvider("vault", {}), TellingProvider("files", {})
        wrong: list[tuple[Any, str]] = [
            ([Resilience()], "resilience must be a dict"),
            (
                {"vualt": Resilience()},
                "is called 'vualt' (providers: 'vault', 'files')",
            ),
            ({"vault": {"cache": 60}}, "resilience['vault'] must be Resilience(...)"),
            ({"vault": Resilience(timeout=61)}, "timeout must not be more than the deadline"),
            ({"files": Resilience(cache=1)}, "resilience['files']: it sees changes by itself"),
            ({"files": Resilience(stale=1)}, "resilience['files']: it sees changes by itself"),
        ]
        for given, problem in wrong:
            error = self.assertRaises(
                ConfigurationError, SecretManager, [vault, files], resilience=given
            )
            self.assertIn(problem, str(error))
        SecretManager([vault, files], resilience={"files": Resilience(breaker=3, timeout=5)})

    def test_wrong_deadlines(self) -> None:
        for given in (0, -1, "5", None, True, float("inf")):
            error = self.assertRaises(ConfigurationError, SecretManager, deadline=given)
            self.assertIn("deadline must be seconds, more than 0", str(error))
