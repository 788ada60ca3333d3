"""The place for a secret."""

from __future__ import annotations

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.inventory import Inventory
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.secret import Secret

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def test_only_the_place_of_a_passing_secret_that_is_gone_is_free() -> None:
    assert Secret(passing=True).forgotten
    assert not Secret("p", passing=True).forgotten
    assert not Secret().forgotten


def test_it_shows_nothing_of_its_value() -> None:
    known = Inventory(RedactionPolicy.build_log(), TIERS[0])
    known.add("a", ONE)
    assert ONE not in repr(known.secrets[0])
