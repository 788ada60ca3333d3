from __future__ import annotations

from functools import partial
from typing import Any

from buildbot.plugins import util as plugins_util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection._functions import names_in_code, taken_along
from buildbot_keychain.inspection._places import parts_of
from buildbot_keychain.plugins import util
from buildbot_keychain.plugins.util import Interpolate, Secret

SHARED = util.Secret("of the module")
NAMESPACE = plugins_util.keychain


def of_the_module(_: Any) -> Any:
    return SHARED


class FunctionTests(SynchronousTestCase):
    def test_what_functions_take_along(self) -> None:
        kept = util.Secret("kept")

        def closes(_: Any) -> Any:
            return kept

        def has_default(_: Any, secret: Any = kept, *, other: Any = 1) -> Any:
            return secret, other

        self.assertEqual(taken_along(closes), [kept])
        self.assertEqual(taken_along(has_default), [kept, 1])
        self.assertEqual(taken_along(of_the_module), [SHARED])
        self.assertEqual(taken_along(partial(has_default, 1, other=2)), [has_default, 1, 2])
        self.assertEqual(taken_along(len), [])

    def test_namespaces_of_plugins_are_not_asked_for_names_that_they_lack(self) -> None:
        def mentions(_: Any) -> Any:
            return NAMESPACE.Interpolate("x"), SHARED

        self.assertEqual(taken_along(mentions), [SHARED])
        self.assertNotIn(SHARED, parts_of(NAMESPACE))

    def test_a_variable_that_is_never_assigned(self) -> None:
        def closes() -> Any:
            return later

        self.assertEqual(taken_along(closes), [])
        later = 1
        self.assertEqual(taken_along(closes), [1])

    def test_names_in_their_code(self) -> None:
        def simple(_: Any) -> Any:
            return util.Secret("a")

        def short(_: Any) -> Any:
            return [Secret("a"), Interpolate("%(secret:b)s %(prop:x:-%(secret:c)s)s")]

        def nested(_: Any) -> Any:
            return [Secret("a") for _ in range(2)]

        def computed(props: Any) -> Any:
            return [Secret(f"deploy-{props.x}"), Secret("deploy" + props.x), Secret(props.x)]

        def nothing(_: Any) -> Any:
            return ["Secret", "a"]

        for function, names in (
            (simple, ("a",)),
            (short, ("a", "b", "c")),
            (nested, ("a",)),
            (computed, (None,)),
            (nothing, ()),
            (self.test_a_variable_that_is_never_assigned, ()),
            (len, ()),
        ):
            self.assertEqual(names_in_code(function), names)
