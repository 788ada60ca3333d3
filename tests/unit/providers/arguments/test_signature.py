from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.arguments import argument_problem

VALUE = "s3cr3t-value"


def function(dirname: str, strip: bool = True, *, name: str = "", reactor: object = None) -> None:
    """Take arguments as a provider does."""


class ArgumentTests(SynchronousTestCase):
    def problem(self, *args: object, **kwargs: object) -> str:
        found = argument_problem(function, args, kwargs, {"reactor"})
        self.assertNotIn(VALUE, found)
        return found

    def test_what_it_takes(self) -> None:
        for args, kwargs in (((VALUE,), {}), ((), {"dirname": VALUE, "reactor": None})):
            self.assertEqual(self.problem(*args, **kwargs), "")

    def test_an_unknown_argument(self) -> None:
        listed = "the arguments are dirname, strip, name"
        self.assertEqual(
            self.problem(dirnam=VALUE),
            f"there is no argument 'dirnam', did you mean 'dirname'? {listed}",
        )
        self.assertEqual(
            self.problem(VALUE, token=VALUE), f"there is no argument 'token'; {listed}"
        )

    def test_a_missing_argument(self) -> None:
        self.assertIn("the argument 'dirname' is missing", self.problem(strip=True))

    def test_too_many(self) -> None:
        self.assertIn("at most 2 arguments may be given without", self.problem(VALUE, True, VALUE))

    def test_one_that_is_given_twice(self) -> None:
        self.assertIn("'dirname' is given twice", self.problem(VALUE, dirname=VALUE))

    def test_a_class(self) -> None:
        class Thing:
            pass

        self.assertEqual(
            argument_problem(Thing, (), {"x": VALUE}),
            "there is no argument 'x'; it takes no arguments",
        )
