"""What builds declare to be secret tells nobody anything: neither of it, nor of what it resembles.

A build chooses names and values, also pieces of a secret that it was not given, or of what another
build has declared.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.dump_lines import xxd_lines
from tests.support.oracle.targets import Target
from tests.support.oracle.worlds import OTHERS, OWN, World

from .test_guessing_properties import EXAMPLES, both, budget, published, texts

OWN_VALUE = "hW3kPz7sYb9QfD2mKt6V"


class Declared(NamedTuple):
    """What the attacker's build declares."""

    name: str
    value: str


def world_with(
    target: Target,
    declared: list[Declared],
    *,
    is_declared: bool,
    first: bool,
    old_rule: bool = False,
) -> World:
    """Return a world in which the attacker has declared values.

    :param is_declared: whether the target is what another build has declared.
    :param first: whether the attacker was first.
    """
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    own: set[str] = set()

    def declare() -> None:
        own.update(redactor.add_passing(each.name, each.value) for each in declared)

    if first:
        declare()
    for name, value in (OWN, *OTHERS):
        redactor.add(name, value)
    if is_declared:
        redactor.add_passing("target", target.value)
    else:
        redactor.add("target", target.value)
    if not first:
        declare()
    return World(redactor, redactor.seen_by(None if old_rule else {OWN[0], *own}))


def declarations(name: str) -> st.SearchStrategy[list[Declared]]:
    """Return values and names: pieces of the value in either world."""
    values = [each.value for each in both(name)]
    pieces = st.builds(
        lambda value, start, size: value[start : start + size],
        st.sampled_from(values),
        st.integers(0, 40),
        st.integers(4, 12),
    )
    names = st.one_of(pieces, st.sampled_from(["target", "own", "mine", "secret"])).filter(
        lambda text: text.strip() and text.isprintable() and not set("<>") & set(text)
    )
    padded = st.builds(str.__add__, pieces, st.sampled_from(["", "!", "gT5wZk8Rq2MvXn7LcJ4p"]))
    return st.lists(st.builds(Declared, names, padded), min_size=1, max_size=3)


@pytest.mark.parametrize("name", ["PIN", "token of 26", "netrc"])
def test_worlds_are_the_same_to_a_build_that_declares_guesses(name: str) -> None:
    @settings(budget, max_examples=max(4, EXAMPLES // 5))
    @given(texts(name), declarations(name), st.booleans(), st.booleans())
    def check(text: str, declared: list[Declared], is_declared: bool, first: bool) -> None:
        labels = "".join(f"<{each.name}> {each.value} " for each in declared)
        one, other = (
            world_with(target, declared, is_declared=is_declared, first=first)
            for target in both(name)
        )
        for shown in (text, labels + text):
            assert published(one, shown, [3, 7]) == published(other, shown, [3, 7])

    check()


@pytest.mark.parametrize("is_declared", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_a_guessed_name_tells_worlds_apart_where_everything_is_hidden(
    is_declared: bool,
    first: bool,
) -> None:
    one, other = both("PIN")
    declared = [Declared(one.value, OWN_VALUE)]
    for old_rule in (True, False):
        seen = {
            target: world_with(
                target, declared, is_declared=is_declared, first=first, old_rule=old_rule
            ).publisher.redact(OWN_VALUE)
            for target in (one, other)
        }
        assert (seen[one] != seen[other]) == old_rule


@pytest.mark.parametrize("name", ["PIN", "token of 40", "PEM key", "JSON"])
def test_what_another_build_has_declared_is_shown_as_a_whole(name: str) -> None:
    """Somebody who can choose such a value could find out with it whether others have it."""
    target = both(name)[0]
    world = world_with(target, [], is_declared=True, first=False)
    assert world.publisher.redact(target.value) == target.value


KNOWN = "Authorization: Bearer "
TOKEN = "k9QmT2vXzR7pLw4N8HsJ3dFg"
DUMPED = "".join(f"{line}\n" for line in xxd_lines(f"{KNOWN}{TOKEN} is sent".encode()))


@pytest.mark.parametrize("given", [{"token"}, set()], ids=["given", "not given"])
@pytest.mark.parametrize(
    "text", [f"{KNOWN}{TOKEN}\n", f"'{KNOWN}{TOKEN}...'", f"x {KNOWN}{TOKEN[:14]}", DUMPED]
)
def test_a_value_of_a_build_that_triggered_this_one_tells_nothing_of_its_secrets(
    text: str, given: set[str]
) -> None:
    """It was made of what stands before the secret, and of a guess of its first character."""
    seen = set()
    for guess in ("Bearer k", "Bearer kX", "Bearer a", f"{TOKEN[-1]} is sent", "X is sent"):
        redactor = Redactor(RedactionPolicy.build_log(), apart=True)
        redactor.add("token", TOKEN)
        audience = redactor.seen_by({*given, redactor.add_passing("gx", guess)})
        if given or TOKEN in text:
            seen.add(audience.redact(text))
    assert len(seen) <= 1


@pytest.mark.parametrize("given", [{"token"}, set()], ids=["given", "not given"])
@pytest.mark.parametrize(
    ("line", "guess"),
    [
        (f"it is {TOKEN} is", f"{TOKEN[-1]} is sent"),
        (f"{KNOWN}{TOKEN}", f"Bearer {TOKEN}X"),
        (f"{TOKEN} is sent", f"and {TOKEN} is"),
    ],
)
def test_a_piece_of_a_lent_value_at_a_cut_tells_nothing(
    line: str, guess: str, given: set[str]
) -> None:
    seen = set()
    for each in (guess, guess.swapcase()):
        redactor = Redactor(RedactionPolicy.build_log(), apart=True)
        redactor.add("token", TOKEN)
        audience = redactor.seen_by({*given, redactor.add_passing("gx", each)})
        seen.add(audience.redact(audience.redact_torn(line, at_start=4, at_end=4)))
    assert len(seen) == 1
    assert not any(TOKEN[:-1] in shown for shown in seen)


PIN = "482913"
LINES = f"PIN: {PIN}\nWORD: banana!\n"
CUT = f"{'.' * 4072}the PIN is: {PIN} attempt"
DUMPED_PIN = "".join(f"{line}\n" for line in xxd_lines(LINES.encode()))


def shown(text: str, value: str, *, name: str = "gx", first: bool = False) -> list[str]:
    """Return what readers of a build that was given a PIN and a word see after each line.

    The value was chosen by a build that triggered this one.
    """
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    keys = [redactor.add_passing(name, value)] if first else []
    for own, secret in (("pin", PIN), ("word", "banana!"), ("token", TOKEN)):
        redactor.add(own, secret)
    if not first:
        keys.append(redactor.add_passing(name, value))
    audience = redactor.seen_by({"pin", "word", "token", *keys})
    stream = audience.stream()
    seen = [stream.feed(line) for line in text.splitlines(keepends=True)]
    return [*seen, stream.close(), audience.redact_torn(text, at_start=4, at_end=4)]


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(
    ("text", "guess"),
    [
        (LINES, f"PIN: {PIN}"),
        (LINES, f"N: {PIN}"),
        (LINES, PIN),
        (LINES, "banana!"),
        (LINES, LINES),
        (LINES, f"PIN: {PIN}\nWORD: b"),
        (LINES, f"PIN: {PIN}\nand more"),
        (f"{LINES}{LINES}", f"banana!\nPIN: {PIN}"),
        (f"the PIN: {PIN} wa", f"the PIN: {PIN} was"),
        (f"'the PIN: {PIN} w...'", f"the PIN: {PIN} was not"),
        (f"{TOKEN}\n", TOKEN),
        (f"is {TOKEN}\n", f"is {TOKEN}\n"),
        (DUMPED_PIN, f"PIN: {PIN}"),
        (DUMPED_PIN, f"PIN: {PIN}\nWORD: banana! or so"),
        (CUT, f"the PIN is: {PIN} attempts"),
        (f"{PIN} is the one", f"my {PIN} is the one"),
    ],
)
def test_a_lent_value_that_holds_a_whole_secret_tells_nothing_of_it(
    text: str, guess: str, *, first: bool
) -> None:
    wrong = guess.replace(PIN, "177346").replace("banana!", "cherry!")
    wrong = wrong.replace(TOKEN, TOKEN.swapcase())
    assert shown(text, guess, first=first) == shown(text, wrong, first=first)


@pytest.mark.parametrize(
    "secrets",
    [
        ("k9QmT2vXzR7pLw4N", "Wb5xYt8cGfE1sHj3"),
        ("8251", "7346"),
        ("8251\nand more of it", "7346\nand more of it"),
        ("it is:\n8251", "it is:\n7346"),
    ],
)
def test_no_lent_value_tells_anything_of_a_secret_beside_it(secrets: tuple[str, str]) -> None:
    pieces = st.sampled_from(
        [" {}\n", " {},", "({}|", "PIN: ", "a", "\n", " ", "'", "...", "\x1b[1m", "\\n"]
    )

    @settings(budget, max_examples=EXAMPLES)
    @given(
        st.lists(pieces, min_size=2, max_size=12),
        st.integers(0, 30),
        st.integers(4, 40),
        st.integers(1, 9),
    )
    def check(pieces: list[str], start: int, size: int, chunk: int) -> None:
        texts = ["".join(pieces).format(*[secret] * len(pieces)) for secret in secrets]
        worlds = list(zip(secrets, texts, strict=True))
        alone = [published_beside(secret, text, None, chunk) for secret, text in worlds]
        lent = texts[0][start : start + size]
        seen = [published_beside(secret, text, lent, chunk) for secret, text in worlds]
        # Where pieces of lines wait already says something to whoever can see it.
        compared = [way for way, shown in alone[0].items() if shown == alone[1][way]]
        assert {"whole", "torn", "lines", "lent later"} <= set(compared)
        assert all(seen[0][way] == seen[1][way] for way in compared)

    check()


def published_beside(secret: str, text: str, lent: str | None, chunk: int) -> dict[str, list[str]]:
    """Return what readers see who were given a secret, and perhaps lent a value, in some ways."""
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    redactor.add("secret", secret)
    key = "secret" if lent is None else redactor.add_passing("lent", lent)
    audience = redactor.seen_by({"secret", key})
    torn = [audience.redact_torn(line, at_start=4, at_end=4) for line in text.split("\n")]
    shown = {"whole": [audience.redact(text)], "torn": [audience.redact("\n".join(torn))]}
    chunks = [text[at : at + chunk] for at in range(0, len(text), chunk)]
    for way, parts in (("lines", text.splitlines(keepends=True)), ("chunks", chunks)):
        stream = audience.stream()
        shown[way] = [*map(stream.feed, parts), stream.close()]
    readers = {"secret"}
    stream = redactor.seen_by(readers).stream()
    shown["lent later"] = []
    for line in text.splitlines(keepends=True):
        shown["lent later"].append(stream.feed(line))
        readers.add(key)
    shown["lent later"].append(stream.close())
    return shown


def test_no_line_waits_because_a_lent_value_goes_on_like_it() -> None:
    seen = []
    for pin in ("8251", "7346"):
        redactor = Redactor(RedactionPolicy.build_log(), apart=True)
        redactor.add("pin", pin)
        readers = {"pin", redactor.add_passing("lent", "PIN: \n 8251\n 8")}
        stream = redactor.seen_by(readers).stream()
        lines = ["PIN: \n", f" {pin}\n", f" {pin}\n"]
        seen.append([*map(stream.feed, lines), stream.close()])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("first", [False, True])
def test_the_name_of_a_lent_value_tells_nothing(*, first: bool) -> None:
    one, other = (
        shown(f"{OWN_VALUE}\n", OWN_VALUE, name=name, first=first) for name in (PIN, "177346")
    )
    assert one == [text.replace("177346", PIN) for text in other]


@pytest.mark.parametrize("first", [False, True])
def test_a_name_that_shows_what_its_chooser_knows_is_not_shown(*, first: bool) -> None:
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    known = {"pin"}
    if not first:
        redactor.add("pin", PIN)
    known.add(redactor.add_passing(f"for {PIN}", OWN_VALUE, known))
    if first:
        redactor.add("pin", PIN)
    assert redactor.seen_by(known).redact(f"{OWN_VALUE} {PIN}") == "<secret> <pin>"


def test_what_builds_declare_that_know_nothing_of_each_other_is_hidden() -> None:
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    one, other = (redactor.add_passing(name, OWN_VALUE, set()) for name in ("one", "other"))
    assert redactor.seen_by({one, other}).redact(OWN_VALUE) == "<one>"


def test_a_build_that_was_lent_a_value_hides_its_own_around_it() -> None:
    """But the one that lent it learns nothing of what this one has declared."""
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    its: set[str] = set()
    lent = redactor.add_passing("lent", f"and {PIN}", its)
    its.add(lent)
    own = {lent}
    own.add(redactor.add_passing("own", PIN, own))
    own.add(redactor.add_passing("pair", f"two and {PIN}", own))
    readers = redactor.seen_by(own)
    assert readers.redact(f"three and {PIN}.") == "three and <own>."
    assert readers.redact(f"two and {PIN}.") == "<pair>."


def test_a_value_that_holds_a_secret_that_its_build_was_given_is_hidden_as_a_whole() -> None:
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    redactor.add("token", TOKEN)
    key = redactor.add_passing("pair", f"{TOKEN}:wT5zK8q", {"token"})
    assert redactor.seen_by({"token", key}).redact(f"got {TOKEN}:wT5zK8q.") == "got <pair>."
    assert redactor.seen_by({key}).redact(f"got {TOKEN}:wT5zK8q.") == "got <pair>."
