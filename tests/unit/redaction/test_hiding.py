"""What is reported of a secret when it is added."""

from __future__ import annotations

from buildbot_keychain.redaction import Hiding, Protection, Redactor
from buildbot_keychain.redaction.strength import OPEN_BITS


def test_what_nobody_could_guess_is_hidden_from_everybody() -> None:
    assert Hiding(Protection.ANYWHERE, OPEN_BITS).from_everybody
    assert not Hiding(Protection.ANYWHERE, OPEN_BITS - 0.1).from_everybody


def test_it_holds_nothing_of_the_value() -> None:
    value = "correct-horse-battery"
    hiding = Redactor().add("n", value)
    assert hiding.protection is Protection.ANYWHERE
    assert not hiding.from_everybody
    assert value not in repr(hiding)


def test_only_the_secret_field_counts() -> None:
    redactor = Redactor()
    weak = redactor.add("weak", "postgres://app-x7Kq9mT2:s3cret@k8sT2vXzR7p.example.com/db")
    strong = redactor.add("strong", "postgres://app:k9QmT2vXzR7pL8sHn@db/shop")
    assert (weak.from_everybody, strong.from_everybody) == (False, True)
