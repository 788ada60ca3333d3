from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.attention import checked_max_age
from buildbot_keychain.errors import ConfigurationError

DAY = 86_400.0


class MaxAgeTests(SynchronousTestCase):
    def test_days_for_all_or_by_patterns_of_which_the_first_counts(self) -> None:
        ages = checked_max_age(90, ["files"])
        self.assertEqual(ages.of("files", "any/thing"), 90 * DAY)
        limits = {"legacy/*": None, "vault!deploy/*": 0.5, "deploy/*": 30, "*": 365}
        ages = checked_max_age(limits, ["files", "vault"])
        for provider, path, days in (
            ("vault", "legacy/deploy", None),
            ("vault", "deploy/token", 0.5),
            ("files", "deploy/token", 30),
            ("files", "token", 365),
        ):
            self.assertEqual(ages.of(provider, path), days and days * DAY)
        self.assertIsNone(checked_max_age(None, []).of("files", "token"))
        both = checked_max_age({"a": 1}, []) + checked_max_age(2, [])
        self.assertEqual((both.of("x", "a"), both.of("x", "b")), (DAY, 2 * DAY))

    def test_mistakes(self) -> None:
        wrong: tuple[tuple[Any, str], ...] = (
            (0, "max_age must be a number of days, more than 0 and at most 36500"),
            ("90", "max_age must be a number of days"),
            (True, "max_age must be a number of days"),
            (float("nan"), "max_age must be a number of days"),
            ({"deploy/*": -1}, "max_age['deploy/*'] must be a number of days"),
            ({"": 1}, 'max_age must be days, or a dict such as {"deploy/*": 90}'),
            ({3: 1}, "max_age must be days, or a dict"),
            ({"vautl!*": 1}, "no provider is called 'vautl' (providers: 'files', 'vault')"),
        )
        for given, said in wrong:
            error = self.assertRaises(
                ConfigurationError, checked_max_age, given, ["files", "vault"]
            )
            self.assertIn(said, str(error))
