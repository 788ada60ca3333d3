"""The redactor as its users see it."""

from __future__ import annotations

import copy
import hashlib
import pickle
import threading

import pytest

from buildbot_keychain.redaction import (
    Match,
    Protection,
    RedactionPolicy,
    Redactor,
    WeakSecret,
)
from buildbot_keychain.redaction.matching import scanner

VALUE = "s3cr3t-value-0123"


@pytest.mark.parametrize(
    ("value", "protection"),
    [
        ("", Protection.BLANK),
        (" \n\t", Protection.BLANK),
        ("abc", Protection.NONE),
        ("  abc  ", Protection.NONE),
        ("TRUE", Protection.NONE),
        ("localhost", Protection.NONE),
        ("********", Protection.NONE),
        ("-----BEGIN RSA PRIVATE KEY-----", Protection.NONE),
        ("abcd", Protection.WORDS),
        ("abcdefg", Protection.WORDS),
        ("abcdefgh", Protection.ANYWHERE),
    ],
)
def test_protection(value: str, protection: Protection) -> None:
    assert Redactor().add("n", value).protection is protection
    text = f"x {value} y"
    hides = protection in (Protection.WORDS, Protection.ANYWHERE)
    redactor = Redactor()
    redactor.add("n", value)
    assert redactor.redact(text) == (f"x {'<n>'} y" if hides else text)


def test_public_names() -> None:
    redactor = Redactor()
    assert redactor.add("user", "deploy-bot", redact=False).protection is Protection.PUBLIC
    assert redactor.redact("deploy-bot") == "deploy-bot"
    assert redactor.names == ()


def test_strict() -> None:
    redactor = Redactor(RedactionPolicy(strict=True))
    with pytest.raises(WeakSecret) as caught:
        redactor.add("pin", "hunter2")
    assert "pin" in str(caught.value)
    assert "hunter2" not in repr(caught.value) + str(caught.value.__dict__)
    assert redactor.add("token", VALUE).protection is Protection.ANYWHERE


def test_not_a_str() -> None:
    with pytest.raises(TypeError) as caught:
        Redactor().add("n", b"s3cr3t-value")  # type: ignore[arg-type]
    assert "s3cr3t" not in str(caught.value)


def test_adding_again_costs_nothing() -> None:
    redactor = Redactor()
    redactor.add("n", VALUE)
    size = redactor.memory
    for _ in range(10_000):
        redactor.add("n", VALUE)
    assert len(redactor) == 1
    assert redactor.memory == size


def test_a_rotated_value_stays_hidden() -> None:
    redactor = Redactor()
    redactor.add("n", "old-value-000")
    redactor.add("n", "new-value-111")
    assert redactor.redact("old-value-000 new-value-111") == "<n> <n>"
    assert redactor.names == ("n",)


def test_shows_nothing_of_itself() -> None:
    redactor = Redactor()
    redactor.add("n", VALUE)
    assert VALUE not in repr(redactor) + str(redactor) + format(redactor)
    for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            refuse(redactor)


def test_find() -> None:
    redactor = Redactor(RedactionPolicy.ansi())
    redactor.add("n", VALUE)
    text = f"é {VALUE[:4]}\x1b[1m{VALUE[4:]} é {VALUE}"
    found = redactor.find(text)
    assert found == [Match("n", 2, 2 + len(VALUE) + 4), Match("n", 26, 26 + len(VALUE))]
    assert redactor.redact(text) == "é <n> é <n>"
    assert "".join(text[match.start : match.end] for match in found).count(VALUE) == 1


def test_bytes_that_are_no_text() -> None:
    redactor = Redactor()
    redactor.add("n", VALUE)
    data = bytes(range(256)) + VALUE.encode() + bytes(range(255, -1, -1))
    assert redactor.redact_bytes(data) == bytes(range(256)) + b"<n>" + bytes(range(255, -1, -1))


@pytest.mark.parametrize("name", ["s3cr3t-value-0123", "a<b", "a>b", "a\nb", "", "\x1b[1m"])
def test_a_name_that_cannot_be_shown(name: str) -> None:
    redactor = Redactor()
    redactor.add(name, VALUE)
    assert redactor.redact(VALUE) == "<secret>"


@pytest.mark.parametrize(
    "values",
    [
        ["<secret>"],
        ["secret", "<secret>", "x<secret>y-long"],
        ["<other>-and-more", "second-value"],
        [">after-the-label", "before-the-label<"],
        ["***", "secret"],
    ],
)
def test_labels_are_no_text(values: list[str]) -> None:
    redactor = Redactor()
    for index, value in enumerate([*values, VALUE]):
        redactor.add(["other", "n", "m", "k"][index], value)
    for text in (
        f"{VALUE}after-the-label before-the-label{VALUE}",
        f"{VALUE}-and-more <other>-and-more x<secret>y-long secret <secret>",
        f"x{VALUE}y-long",
    ):
        once = redactor.redact(text)
        assert VALUE not in once
        assert redactor.redact(once) == once


def test_a_short_value_in_an_element_of_its_name_is_hidden() -> None:
    redactor = Redactor()
    redactor.add("password", "hunter2")
    redactor.add("token", VALUE)
    element = "<password>hunter2</password>"
    assert redactor.redact(element) == "<password><password></password>"
    assert redactor.redact(redactor.redact(element)) == redactor.redact(element)
    stream = redactor.stream()
    assert "".join(map(stream.feed, element)) + stream.close() == redactor.redact(element)
    assert redactor.redact("<password>hunter2</p>") == "<password>hunter2</p>"
    # This is what is left of a text in which letters stood beside it.
    assert redactor.redact(f"{VALUE}hunter2") == "<token>hunter2"
    assert redactor.redact("<token>hunter2") == "<token>hunter2"


@pytest.mark.parametrize("policy", [RedactionPolicy.raw(), RedactionPolicy.build_log()])
def test_a_value_of_nothing_visible_breaks_nothing(policy: RedactionPolicy) -> None:
    redactor = Redactor(policy)
    redactor.add("n", "\b\n\b\r\b\n\b\r\b")
    redactor.add("m", VALUE)
    assert redactor.redact(f"x {VALUE} y\n") == "x <m> y\n"


def test_lines_that_are_numbered_are_left_alone() -> None:
    redactor = Redactor()
    redactor.add("pin", "1234")
    text = "".join(f"{number:>6}\n" for number in range(20, 60))
    assert redactor.redact(text) == text


def test_what_control_sequences_make_long_is_judged_without_them() -> None:
    value = "12\x1b[31mab\x1b[0mcd"
    assert Redactor().add("n", value).protection is Protection.ANYWHERE
    assert Redactor(RedactionPolicy.ansi()).add("n", value).protection is Protection.WORDS


def test_twice_the_value_with_two_names_has_the_first() -> None:
    redactor = Redactor()
    redactor.add("b", VALUE)
    redactor.add("a", VALUE)
    assert redactor.redact(VALUE) == "<b>"


@pytest.mark.parametrize("text", ["\ud800 x \udfff", "a\0b", "", "\ufeff", "\r\n\r"])
def test_any_str(text: str) -> None:
    redactor = Redactor()
    redactor.add("m", VALUE)
    redactor.add("n", VALUE + text)
    assert redactor.redact(text) == text
    assert redactor.redact(f"{text} {VALUE} {text}") == f"{text} <m> {text}"


@pytest.mark.parametrize("tier", scanner.TIERS)
def test_large_values_and_texts(tier: str) -> None:
    redactor = Redactor(tier=tier)
    value = "".join(f"{number:07d}-" for number in range(50_000))
    redactor.add("large", value)
    redactor.add("lines", "\n".join(f"line-number-{number:07d}" for number in range(14_000)))
    assert redactor.memory < 8 * len(value)
    stream = redactor.stream()
    text = f"x{value}y"
    output = "".join(stream.feed(text[at : at + 65536]) for at in range(0, len(text), 65536))
    assert output + stream.close() == "x<large>y"
    assert redactor.redact("line-number-0012345\n") == "<lines>\n"
    line = "x" * 4_194_304
    assert redactor.redact(line) == line


@pytest.mark.parametrize("tier", scanner.TIERS)
@pytest.mark.parametrize("value", ["a" * 5000, "ab" * 2500, "a" * 8])
def test_repetitive_values(tier: str, value: str) -> None:
    for policy in (RedactionPolicy.raw(), RedactionPolicy()):
        redactor = Redactor(policy, tier=tier)
        redactor.add("n", value)
        assert redactor.redact("x" + value[:2] * 50_000 + "y") == "x<n>y"
        missed = (value[:-1] + "!") * 20
        assert redactor.redact(missed) == missed


def test_a_longer_value_with_the_same_beginning_gives_the_label() -> None:
    redactor = Redactor(RedactionPolicy.raw())
    redactor.add("a", "<<")
    redactor.add("b", "<<<")
    assert redactor.redact("<<<") == "<b>"


def test_a_run_beside_a_label_is_hidden_as_far_as_it_goes() -> None:
    redactor = Redactor(RedactionPolicy.raw())
    redactor.add("n", ">>")
    redactor.add("m", "value-0123")
    assert redactor.redact("<m>>>>") == "<m><n>"


def test_tiers_are_named() -> None:
    redactor = Redactor(tier="steam")
    redactor.add("n", VALUE)
    with pytest.raises(ValueError, match="steam"):
        redactor.redact("text")


def test_threads() -> None:
    redactor = Redactor()
    wrong: list[str] = []

    def work(number: int) -> None:
        for index in range(40):
            value = f"value-of-thread-{number}-{index}-end"
            redactor.add("n", value)
            if redactor.redact(f"a {value} b\n") != "a <n> b\n":
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(redactor) == 160


def test_a_public_value_is_not_given_as_the_hidden_one_of_its_name() -> None:
    for apart in (False, True):
        redactor = Redactor(apart=apart)
        redactor.add("user", "k9QmT2vXzR7p")
        redactor.add("user", "bob", redact=False)
        assert redactor.given_as("user", "bob") is None
        assert redactor.given_as("user", "k9QmT2vXzR7p") == "user"


def test_values_of_one_name_that_are_given_apart() -> None:
    """What builders have under one name may be different secrets."""
    one, other = "q7Zk2mXw9RbT4vLs", "hW3kPz7sYb9QfD2m"
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    for value in (one, other, one):
        redactor.add("token", value)
    keys = [redactor.given_as("token", value) or "" for value in (one, other)]
    assert keys[0] == "token" != keys[1]
    assert redactor.given_as("token", "never-added") is None
    assert (redactor.count("token"), redactor.count("other")) == (2, 0)
    text = f"'{one[:10]}...' '{other[:10]}...' {one} {other}"
    shown = [redactor.redact(text, {key}) for key in keys]
    assert shown == [
        f"'<token>...' '{other[:10]}...' <token> <secret>",
        f"'{one[:10]}...' '<token>...' <secret> <token>",
    ]
    assert redactor.redact(text, set(keys)) == "'<token>...' '<token>...' <token> <token>"
    together = Redactor(RedactionPolicy.build_log())
    for value in (one, other):
        together.add("token", value)
        assert together.given_as("token", value) == "token"
    assert together.redact(text, {"token"}) == "'<token>...' '<token>...' <token> <token>"


def test_a_value_of_the_same_name_tells_nothing_of_one_that_is_given_apart() -> None:
    """Whoever may add one must not find out how the other begins, which decides what is shown."""
    value, own = "q7Zk2mXw9RbT4vLsGh3N", "Yb9Qf6Dn2"
    guesses = {right: f"{value[:8] if right else 'hW3kPz7s'}{own}" for right in (True, False)}
    told_apart = {}
    for apart in (True, False):
        shown = []
        for guess in guesses.values():
            redactor = Redactor(RedactionPolicy.build_log(), apart=apart)
            redactor.add("token", value)
            redactor.add("token", guess)
            shown.append(redactor.redact(f"a {guess} b", set()).replace(guess, "it"))
        told_apart[apart] = len(set(shown)) > 1
    assert told_apart == {True: False, False: True}


def test_what_many_secrets_need_can_be_compiled_before_a_text_needs_it() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    values = {f"n{number}": hashlib.sha256(b"%d" % number).hexdigest() for number in range(20)}
    for name, value in values.items():
        redactor.add(name, value)
    for given in (None, values.keys(), {*values} - {"n0"}):
        assert redactor.takes_long_to_prepare(given)
        redactor.prepare(given)
        assert not redactor.takes_long_to_prepare(given)
    assert not redactor.takes_long_to_prepare({"n1"})
    redactor.add("more", "k9QmT2vXzR7p")
    assert not redactor.takes_long_to_prepare({*values, "more"})
    assert redactor.redact(f"{values['n3']} k9QmT2vXzR7p", {*values, "more"}) == "<n3> <more>"


@pytest.mark.parametrize(
    ("value", "takes_long"),
    [
        ("ghp_k9QmT2vXzR7pW4cN8sLbYf1JdHgAe3u6ViCo", False),
        ("Tr0ub4dor & 3, or $so", False),
        ("a" * 64, False),
        ("a" * 65, True),
        ("'\"$%" * 6, True),
        ("k9QmT2vXzR7p\n" * 6, True),
    ],
)
def test_values_with_many_forms_are_added_in_a_thread(value: str, takes_long: bool) -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    assert redactor.takes_long_to_add("n", value) is takes_long
    assert redactor.takes_long_to_add_passing(value) is takes_long
    assert not redactor.takes_long_to_add("n", value, redact=False)
    redactor.add("n", value)
    assert not redactor.takes_long_to_add("n", value)
    assert takes_long or not redactor.takes_long_to_prepare(None)


def test_the_name_of_a_passing_secret_shows_no_secret_where_all_are_hidden() -> None:
    redactor = Redactor()
    redactor.add("token", "s3cr3t-value-0123")
    redactor.add("element", "begin <inside> end")
    assert redactor.redact("s3cr3t-value-0123") == "<token>"
    for name in ("x s3cr3t-value-0123", "inside", "plain"):
        redactor.add_passing(name, f"chosen {name[:1]} 456789")
    assert redactor.redact("chosen x 456789") == "<secret>"
    assert redactor.redact("chosen i 456789") == "<secret>"
    assert redactor.redact("chosen p 456789") == "<plain>"


def test_a_passing_secret_with_many_patterns_is_compiled_by_whoever_adds_it() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    value = "".join(f"{hashlib.sha256(b'%d' % line).hexdigest()} '$\"\n" for line in range(12))
    given = {redactor.add_passing("many", value), redactor.add_passing("one", "Yf1JdHgAe3u6ViCo")}
    layers = redactor.seen_by(given).snapshot().last.layers
    assert redactor.redact(f"{value}Yf1JdHgAe3u6ViCo", given).count("<many>") == 12
    assert "<one>" in redactor.redact(f"{value}Yf1JdHgAe3u6ViCo", given)
    (large,) = {each.layer for each in redactor._inventory.secrets if each.layer is not None}
    assert large in layers
    for key in given:
        redactor.forget(key)
    assert not any(each.layer for each in redactor._inventory.secrets)
    assert redactor.redact(value, given) == value
