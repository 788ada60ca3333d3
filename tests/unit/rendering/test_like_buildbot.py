"""Our `Interpolate` and Buildbot's own render the same for every key with every operator.

Secrets are left out: there the two differ on purpose.
"""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SkipTest, TestCase

try:
    from buildbot.process.properties import Interpolate as BuildbotsInterpolate
    from buildbot.process.properties import Properties, Property

    from buildbot_keychain.plugins.util import Interpolate
except ImportError as error:
    missing = str(error)
else:
    missing = ""

KEYS = [
    *(f"prop:{name}" for name in ("a", "e", "n", "z", "f", "l", "r", "miss", "a-b", "", "a b")),
    *("src::branch", "src::revision", "src::repository", "src::nope", "src:c1:branch"),
    *("src:c1:revision", "src:zz:branch", "src:branch", "src::"),
    *(f"kw:{name}" for name in ("k", "ke", "kn", "kz", "kr", "miss", "")),
    *(f"worker:{name}" for name in ("os", "empty", "none", "miss", "a b")),
    *("prop", "x:y", "prop:a:b", "prop:a:", "kw:k:", "worker:os:", "src::branch:"),
]
OPERATORS = [
    *("", ":-D", ":-", ":~D", ":~", ":+T", ":+", ":?|y|n", ":?:y:n", ":#?|y|n", ":?|y", ":?"),
    *(":#?(y(n", ":-%(prop:a)s", ":?|%(kw:k)s|%(prop:miss:-q)s", ":-a:b", ":?|a|b|c", ":-(x)"),
    *(":~%(prop:e:~%(prop:a)s)s", ":*x"),
]
FORMATS: list[tuple[str, tuple[object, ...]]] = [
    *((text, ()) for text in ("%(prop:z)d", "%(prop:z)05d", "%(prop:a)r", "%%", "plain")),
    *((text, ()) for text in ("%", "%(prop:a)")),
    *(("%s %s", ("x", "y")), ("%s", (None,)), ("%d", (3,)), ("%s %s", ("x",))),
    ("%(a)s", ("x",)),
]


class LikeBuildbotTests(TestCase):
    def setUp(self) -> None:
        if missing:
            raise SkipTest(f"Buildbot is not installed: {missing}")
        worker = Properties(os="linux", empty="", none=None)
        self.properties = Properties(
            a="A", e="", n=None, z=0, f=False, l=["x", "y"], r=Property("a")
        )
        self.properties.sourcestamps = [
            {"codebase": "", "branch": "main", "revision": None, "repository": ""},
            {"codebase": "c1", "branch": None, "revision": "abc"},
        ]
        build = SimpleNamespace(getWorkerInfo=lambda: worker, master=None)
        self.properties.getBuild = lambda: build
        self.keywords = {"k": "K", "ke": "", "kn": None, "kz": 0, "kr": Property("a")}

    def outcome(self, kind: Any, fmt: str, args: Any, kwargs: Any) -> object:
        """Return what `fmt` renders to, or whether it fails when it is made or when it renders."""
        try:
            interpolate = kind(fmt, *args, **kwargs)
        except Exception:  # noqa: BLE001 - which one is not the point
            return "rejected"
        rendering: Deferred[Any] = maybeDeferred(interpolate.getRenderingFor, self.properties)
        outcomes: list[Any] = []
        rendering.addBoth(outcomes.append)
        (outcome,) = outcomes
        return "failed" if isinstance(outcome, Failure) else [outcome]

    def check(self, fmt: str, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        ours = self.outcome(Interpolate, fmt, args, kwargs)
        theirs = self.outcome(BuildbotsInterpolate, fmt, args, kwargs)
        self.assertEqual(ours, theirs, fmt)

    def test_every_key_with_every_operator(self) -> None:
        for key, operator in product(KEYS, OPERATORS):
            self.check(f"<%({key}{operator})s>", (), self.keywords)

    def test_other_formats_and_positional_arguments(self) -> None:
        for fmt, args in FORMATS:
            self.check(fmt, args, {})
