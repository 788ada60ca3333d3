"""Every chunking gives what the definition says, in every engine tier, and twice is once.

`KEYCHAIN_FUZZ_EXAMPLES` sets the number of examples of each property (default 20).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildbot_keychain.redaction import (
    RedactionPolicy,
    Redactor,
    compiler,
    covered,
    patience,
    remembered,
    shared_ends,
    snapshot,
)
from buildbot_keychain.redaction import dumps as dumps_of_text
from buildbot_keychain.redaction.forms import unguessable
from buildbot_keychain.redaction.forms.digits import base64_text
from buildbot_keychain.redaction.forms.json_strings import json_string
from buildbot_keychain.redaction.forms.percent import percent_encoding
from buildbot_keychain.redaction.matching import (
    anchors,
    dense_places,
    ellipses,
    group,
    hints,
    indexed_ends,
    kept_layers,
    later,
    open_layer,
    pieces,
    reading,
    scanner,
    view,
    words,
)
from tests.support import redaction_definition
from tests.support.dump_lines import hexdump, od_characters, od_words, xxd, xxd_swapped
from tests.support.redaction_definition import Definition

EXAMPLES = int(os.environ.get("KEYCHAIN_FUZZ_EXAMPLES", "20"))
FORMS = (base64_text, json_string, percent_encoding)
POLICIES = {
    "raw": RedactionPolicy.raw(),
    "plain": RedactionPolicy.raw(),
    "default": RedactionPolicy(forms=FORMS),
    "ansi": RedactionPolicy(forms=FORMS, through_escapes=True),
    "build log": RedactionPolicy(forms=FORMS, through_escapes=True, through_cuts=True),
}
# Limits so small that the little texts here reach them.
LIMITS: dict[str, list[tuple[Any, str, int]]] = {
    "as they are": [],
    "trees": [
        (group, "FEW", 0),
        (scanner, "BLOCK", 5),
        (scanner, "MANY", 1),
        (view.FoldedText, "BLOCK", 9),
        (pieces, "REACH", 12),
        (patience, "MUCH", 4),
        (patience, "PART", 2),
        (remembered, "LONGEST", 4),
        (remembered, "LINES", 1),
        (remembered, "BLOCK", 2),
        (later, "WORTH", 0),
        (covered, "FEW", 0),
    ],
    "indexed": [
        (compiler, "INDEXED", 0),
        (words, "POPULAR", 1),
        (hints, "WORD", 3),
        (hints, "SHORTEST", 1),
        (hints, "REACH", 4),
        (hints, "FARTHEST", 6),
        (indexed_ends, "TAIL", 4),
        (kept_layers, "KEPT", 40),
        (kept_layers, "KEPT_FOR_TEXT", 40),
        (kept_layers, "EACH", 0),
    ],
    "dense": [
        (covered, "MANY", 1),
        (group, "DENSE", 1),
        (dense_places, "MANY", 1),
        (reading, "MANY", 2),
        (anchors, "REACH", 2),
        (patience, "MUCH", 1),
        (patience, "PART", 1000),
    ],
}
budget = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)

# Few characters, so that values overlap, nest and repeat; among them what labels are made of.
NAMES = st.sampled_from(["a", "b", "n", "ab", "a>", "<n", "secret", "x\ny", "<a>"])
SHORT = st.text("ab<>", min_size=1, max_size=4)
PLAIN = st.one_of(
    st.text("ab", min_size=1, max_size=5),
    st.builds("".join, st.tuples(st.text("ab", max_size=2), st.just("cde"), st.text("ab"))),
)
LONG = st.one_of(
    st.text("ab", min_size=8, max_size=10),
    st.text("ab<n>", min_size=4, max_size=9),
    st.text("abn", min_size=4, max_size=5),
    st.text("ab \n", min_size=6, max_size=14),
    st.builds(
        "".join, st.lists(st.sampled_from(["abab", "\n", " ", "<a>", "bb/é", "%2f"]), max_size=5)
    ),
)
ELLIPSES = st.sampled_from(["..", "…", "'...", "../", "..'", "'…'", "....", "…\n", ".\n."])
ELLIPSES |= st.sampled_from(["[3 chars]", " [...]", " [truncated]...", "\ufffd..."])
NOISE = st.text("ab<>n \n", max_size=3)
MORE_NOISE = st.one_of(
    NOISE,
    st.sampled_from(
        [
            "\x1b[1m",
            "\x1b[",
            "\x1b[1;a",
            "\x1b(",
            "\x1b]0;ab\x07",
            "\x1b]a",
            "\x1b7",
            "\x9b1m",
            "\x9b",
            "\x0f",
            "\\n",
            "%3D",
            "\\x1b[1m",
            "\r\n",
            "\b",
            "\n\n\n",
            "é",
            "<secret>",
            "%2F",
            "<n>",
            "=",
            "..",
            "'...",
            "…",
            "\xe2",
        ]
    ),
)


Case = tuple[list[tuple[str, str]], str, list[str]]


@st.composite
def cases(draw: st.DrawFn, policy: str) -> tuple[list[tuple[str, str]], str, list[str]]:
    """Secrets, a text in which pieces of them abound, and the text in chunks."""
    values = {"raw": SHORT, "plain": PLAIN}.get(policy, LONG)
    names = st.sampled_from("xyz") if policy == "plain" else NAMES
    secrets = draw(st.lists(st.tuples(names, values), min_size=1, max_size=4))
    spelled = [text for _, value in secrets for text in (value, *spellings(value))]
    pieces = st.one_of(
        MORE_NOISE,
        st.sampled_from(spelled),
        st.builds(
            lambda text, start, size: text[start : start + size],
            st.sampled_from(spelled),
            st.integers(0, 9),
            st.integers(1, 12),
        ),
        st.builds(
            lambda text, cut, between: text[:cut] + between + text[cut:],
            st.sampled_from(spelled),
            st.integers(0, 9),
            st.sampled_from(["\n", "\x1b[0m", "\x1b]0;a\x1b\\", "\x0e", "\b", "\n\n", " ", "\n  "]),
        ),
        st.builds(shortened, st.sampled_from(spelled), st.integers(7, 9), ELLIPSES),
        st.builds(overlapping, st.sampled_from(spelled), st.sampled_from(spelled)),
        st.sampled_from([f"<{name}>" for name, _ in secrets]),
    )
    text = "".join(draw(st.lists(pieces, max_size=6)))[:48]
    chunks, at = [], 0
    while at < len(text):
        size = draw(st.integers(1, 9))
        chunks.append(text[at : at + size])
        at += size
    return secrets, text, chunks


def shortened(text: str, size: int, ellipsis: str) -> str:
    """The beginning and end of a text, with an ellipsis for the rest."""
    return text[:size] + ellipsis + text[-size:]


def overlapping(one: str, other: str) -> str:
    """Two texts in one, as much of the second as possible in the first."""
    shared = (size for size in range(len(other) - 1, 0, -1) if one.endswith(other[:size]))
    return one + other[next(shared, 0) :]


def spellings(value: str) -> list[str]:
    return [
        spelling if isinstance(spelling, str) else spelling.text
        for form in FORMS
        for spelling in form(value)
    ][:12]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("tier", scanner.TIERS)
@pytest.mark.parametrize("limits", LIMITS)
def test_every_chunking_is_the_definition(policy: str, tier: str, limits: str) -> None:
    @budget
    @given(cases(policy))
    def check(case: tuple[list[tuple[str, str]], str, list[str]]) -> None:
        compare(POLICIES[policy], tier, case)

    with contextlib.ExitStack() as changed:
        # With no more context than an ellipsis, the texts here are longer than what is looked at
        # again.
        context = ellipses.LONGEST if policy in {"raw", "plain"} else snapshot.CONTEXT
        small = [(snapshot, "CONTEXT", context), (pieces, "LEAST_BITS", 0), *LIMITS[limits]]
        for module, name, value in small:
            changed.enter_context(mock.patch.object(module, name, value))
        check()


@st.composite
def dumps(draw: st.DrawFn) -> Case:
    """Secrets, and dumps of pieces of them between other text."""
    secrets = draw(st.lists(st.tuples(NAMES, LONG), min_size=1, max_size=3))
    values = [value for _, value in secrets]
    spelled = [text for value in values for text in (value, *spellings(value))]
    text = ""
    for _ in range(draw(st.integers(1, 2))):
        before_it = ["", "\n", "a\n", "0", "00000: 61", values[0], f"x{values[0]}", "a.."]
        text += draw(st.sampled_from(before_it))
        shown = "".join(
            draw(st.lists(st.one_of(NOISE, st.sampled_from(spelled)), min_size=1, max_size=3))
        ).encode()[: draw(st.integers(1, 24))]
        form = draw(st.sampled_from([xxd, xxd_swapped, hexdump, od_words, od_characters]))
        size = draw(st.sampled_from([4, 6]))
        before, behind = draw(AROUND_LINES)
        for at in range(0, len(shown), size):
            line = form(at, shown[at : at + size], size)
            text += before + line + behind + draw(LINE_ENDS)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(MORE_NOISE) + text[at:]
    text = text[:170]
    chunks, at = [], 0
    while at < len(text):
        size = draw(st.integers(1, 60))
        chunks.append(text[at : at + size])
        at += size
    return secrets, text, chunks


AROUND_LINES = st.sampled_from(
    [("", "")] * 6 + [(" ", "+"), ("#6 0.1 ", ""), ("+ ", ""), ("[a] ", ""), ("12:00:00 ", " +|")]
)
LINE_ENDS = st.sampled_from(["\n"] * 9 + ["", "\r\n", "\nx\n", "\n\n"])


@pytest.mark.parametrize(
    ("policy", "much", "context"), [("default", 4096, 16), ("build log", 1, dumps_of_text.CONTEXT)]
)
@pytest.mark.parametrize("tier", scanner.TIERS)
def test_dumps(policy: str, much: int, context: int, tier: str) -> None:
    @budget
    @given(dumps(), st.none() | st.sets(NAMES))
    def check(case: Case, names: set[str] | None) -> None:
        policy_of_case = dataclasses.replace(POLICIES[policy], forms=(json_string,))
        compare(policy_of_case, tier, case, None if names is None else frozenset(names))

    with contextlib.ExitStack() as changed:
        changed.enter_context(mock.patch.multiple(patience, MUCH=much, PART=2))
        changed.enter_context(mock.patch.object(dumps_of_text, "CONTEXT", context))
        check()


def enough(text: str, _fields: object = None) -> float:
    """Bits by which texts as short as those here may or may not be guessed.

    As in `strength`, what repeats itself can be.
    """
    repeats = any(text[size:] == text[:-size] for size in range(1, len(text) // 2 + 1))
    return 60 if len(text) > 3 and text.count("a") % 3 and not repeats else 0


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("tier", scanner.TIERS)
@pytest.mark.parametrize("anchor", [1, 3, 24])
def test_for_readers_to_whom_some_secrets_were_given(policy: str, tier: str, anchor: int) -> None:
    @budget
    @given(cases(policy), st.sets(NAMES | st.sampled_from("xyz")))
    def check(case: tuple[list[tuple[str, str]], str, list[str]], names: set[str]) -> None:
        compare(POLICIES[policy], tier, case, frozenset(names))

    with contextlib.ExitStack() as changed:
        for module, name, value in (
            (unguessable, "secret_bits", enough),
            (shared_ends, "bits", lambda text: 60 * (len(text) > 1)),
            (shared_ends, "MOST_BITS", 60),
            (redaction_definition, "bits", lambda text: 60 * (len(text) > 1)),
            (open_layer, "ANCHOR", anchor),
            (scanner, "MANY", 1),
            (pieces, "LEAST_BITS", 9),
        ):
            changed.enter_context(mock.patch.object(module, name, value))
        check()


FOUND: dict[str, tuple[str, list[tuple[str, str]], set[str] | None, str]] = {
    "a piece that ends with a blank, before an ellipsis that may yet be another": (
        "raw",
        [("n", "Xk7q9w3 hZ8vR2mN5tL0")],
        None,
        "Xk7q9w3 [12 chars]vR2mN5tL0\n",
    ),
    "a short value between sequences of which one is swallowed": (
        "ansi",
        [("n", "aannn")],
        None,
        "\x1b[1;aaannn\x9baannn",
    ),
    "the same, of two bytes": ("ansi", [("a", "aabnb")], None, "\x9b1maabnb\x1baabnb"),
    "a short value with a sequence inside, before one that is swallowed": (
        "build log",
        [("a", "aaaaa"), ("b", "babba")],
        None,
        "aaaa\x0ea\x1b[babba\x1bbab",
    ),
    "a short value with a sequence inside, before a title that shows another": (
        "build log",
        [("a", "aaaaa"), ("b", "babbabba")],
        {"a", "b"},
        "aaaa\x0ea\x1b]0;babbabba\x07b",
    ),
    "two values in one title, behind another sequence": (
        "build log",
        [("a", "aaaaaaaa"), ("b", "babbabba")],
        {"b"},
        "a\x1b[1m\x1b]0;babbabba aaaaaaaa\x1b\\b",
    ),
    "a value with a sequence at its end, of which the text makes another": (
        "build log",
        [("a", "aaaaaaaa\x1b[1")],
        None,
        "aaaaaaaa\x1b[1;2mb",
    ),
    "three characters, of a value with many line ends": (
        "build log",
        [("a", "a\n\na \n\nb")],
        None,
        "aaba aab",
    ),
    "the character before one of the forms, where another may begin": (
        "default",
        [("a", "aaaaaaaa")],
        None,
        "aaaWFhYWFhYWFhYWFhYW",
    ),
    "a value that the end of a dump cuts off inside of a character": (
        "build log",
        [("a", "ababababbb/é")],
        None,
        "00000000: 6162 6162 6162 6162 6262 2fc3  ababababbb/.\n",
    ),
    "the same, half of a value with that character": (
        "default",
        [("a", "aababbb/éaababbbbb")],
        None,
        "00000000: 6161 6261 6262 622f c3  aababbb/.\n",
    ),
}
"""By what was wrong: a policy, secrets, who reads, and a text."""


@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize("tier", scanner.TIERS)
def test_what_was_found_once(found: str, tier: str) -> None:
    policy, secrets, names, text = FOUND[found]
    given = None if names is None else frozenset(names)
    for size in (1, 2, 3, 5):
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        compare(POLICIES[policy], tier, (secrets, text, chunks), given)


def compare(
    policy: RedactionPolicy, tier: str, case: Case, names: frozenset[str] | None = None
) -> None:
    secrets, text, chunks = case
    redactor = Redactor(policy, tier=tier)
    for name, value in secrets:
        redactor.add(name, value)
    readers = redactor.seen_by(names)
    whole = readers.redact(text)
    out = readers.stream()
    assert "".join(map(out.feed, chunks)) + out.close() == whole
    out = readers.stream()
    assert "".join(map(out.feed, text)) + out.close() == whole
    out = readers.stream()
    lines = re.findall("[^\n]*\n|[^\n]+", text)
    assert "".join(map(out.feed, lines)) + out.close() == whole
    assert readers.redact_bytes(text.encode()) == whole.encode()
    assert whole == Definition(secrets, policy, names).redact(text)
    assert readers.redact(whole) == whole
