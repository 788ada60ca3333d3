"""Which names are shown in labels."""

from __future__ import annotations

from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS, Pattern
from buildbot_keychain.redaction.output.naming import Naming, labels_of


def layer_of(*texts: bytes) -> Layer:
    return Layer(Pattern(0, text) for text in texts)


def test_a_name_that_shows_a_secret_is_not_shown() -> None:
    layer = layer_of(b"482913-x")
    naming = Naming()
    naming.update(["pin-482913-x", "pin"], [layer], layer)
    assert naming.entangled == {"pin-482913-x"}
    labels = labels_of({0: "pin-482913-x", 1: "pin"}, [naming])
    assert (labels[0], labels[1]) == (b"<secret>", b"<pin>")


def test_a_name_is_checked_again_with_what_comes_later() -> None:
    first, second = layer_of(b"some-value"), layer_of(b"deploy/token")
    naming = Naming()
    naming.update(["deploy/token", "other"], [first], first)
    assert naming.entangled == set()
    naming.update(["deploy/token", "other"], [first, second], second)
    assert naming.entangled == {"deploy/token"}


def test_a_name_whose_label_is_part_of_a_secret_is_not_shown() -> None:
    layer = layer_of(b"<password>hunter2")
    naming = Naming()
    naming.update(["password"], [layer], layer)
    assert naming.entangled == {"password"}


def test_a_copy_learns_on_its_own() -> None:
    layer, later = layer_of(b"<password>hunter2"), layer_of(b"a <token> of b")
    naming = Naming()
    naming.update(["password", "token"], [layer], layer)
    copy = naming.copy()
    copy.update(["password", "token"], [layer, later], later)
    assert naming.entangled == {"password"}
    assert copy.entangled == {"password", "token"}
    naming.update(["token"], [layer], None)
    assert naming.entangled == {"password"}


def test_names_that_have_no_place_in_a_label() -> None:
    naming = Naming()
    naming.update(["a\nb"], [], None)
    assert naming.entangled == {"a\nb"}


def test_each_naming_has_a_say_and_the_label_for_all_others_stands_in_no_secret() -> None:
    layer = layer_of(b"<secret> 1")
    one, other = Naming(), Naming()
    one.update(["a", "b"], [layer], layer)
    other.update(["a", "b"], [layer_of(b"<a>")], None)
    labels = labels_of({0: "a", 1: "b"}, [one, other])
    shown = [labels[index] for index in (0, 1, 2, ANONYMOUS)]
    assert shown == [b"<secret-2>", b"<b>", b"<secret-2>", b"<secret-2>"]
