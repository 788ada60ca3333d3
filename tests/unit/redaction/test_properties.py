"""Every chunking gives what the definition says, in every engine tier, and twice is once.

`KEYCHAIN_FUZZ_EXAMPLES` sets the number of examples of each property (default 60).
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildbot_keychain.redaction import RedactionPolicy, Redactor, shared_ends, snapshot, stream
from buildbot_keychain.redaction.forms import unguessable
from buildbot_keychain.redaction.forms.digits import base64_text
from buildbot_keychain.redaction.forms.json_strings import json_string
from buildbot_keychain.redaction.forms.percent import percent_encoding
from buildbot_keychain.redaction.matching import anchors, group, open_layer, scanner, view
from tests.support import redaction_definition
from tests.support.redaction_definition import Definition

EXAMPLES = int(os.environ.get("KEYCHAIN_FUZZ_EXAMPLES", "60"))
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
        (view.FoldedText, "BLOCK", 9),
        (scanner, "PERIODIC", 0),
        (stream, "MUCH", 4),
        (stream, "PART", 2),
    ],
    "dense": [
        (group, "DENSE", 1),
        (anchors, "REACH", 2),
        (stream, "MUCH", 1),
        (stream, "PART", 1000),
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
        ]
    ),
)


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
        # With little context, the texts here are longer than what is looked at again.
        context = 1 if policy in {"raw", "plain"} else snapshot.CONTEXT
        for module, name, value in [(snapshot, "CONTEXT", context), *LIMITS[limits]]:
            changed.enter_context(mock.patch.object(module, name, value))
        check()


def enough(text: str) -> float:
    """Bits by which texts as short as those here may or may not be guessed."""
    return 60 if len(text) > 3 and text.count("a") % 3 else 0


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
            (redaction_definition, "bits", lambda text: 60 * (len(text) > 1)),
            (open_layer, "ANCHOR", anchor),
        ):
            changed.enter_context(mock.patch.object(module, name, value))
        check()


Case = tuple[list[tuple[str, str]], str, list[str]]


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
