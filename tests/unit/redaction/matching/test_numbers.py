"""Lists of bytes: a short value is hidden only where the bytes beside it are no letters."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.matching.numbers import (
    is_alphanumeric_after,
    is_alphanumeric_before,
)
from tests.support.redaction_definition import Definition

WORD = "root"
HIDDEN = [
    "72 6f 6f 74",
    "5f 72 6f 6f 74 5f",
    "<Buffer 72 6f 6f 74>",
    "5F:72:6F:6F:74:0A",
    "00726f6f740a",
    r"b'\x5f\x72\x6f\x6f\x74\x5f'",
    r"\137\162\157\157\164\012",
    "{0x5f, 0x72, 0x6f, 0x6f, 0x74, 0x0a}",
    "[95, 114, 111, 111, 116, 10]",
    "95,114,111,111,116,10",
    "137 162 157 157 164 012",
    "0a72 6f6f 7400",
    "00000030  72 6f 6f 74 0a                                    |root.|",
    "00000030: 726f 6f74 0a                             root.",
    "0030: 72 6f 6f 74 0a                                  root.",
    "12:30:45 72 6f 6f 74",
    "took 1.53 72 6f 6f 74",
    "72 6f 6f 74\n61 62",
    "{0x68, 0x72, 0x6f, 0x6f, 0x74, 0x0a}",
    "{0x72, 0x6f, 0x6f, 0x74, 0x65}",
    "[104, 114, 111, 111, 116, 10]",
    r"\150\162\157\157\164\000",
    "150 162 157 157 164 012",
    r"\x72\x6f\x6f\x74\x65",
    "6368 726f 6f74",
    "63:68:72:6F:6F:74",
    "log.txt:141:726f6f74",
    "2026-11-29T10:41:726f6f74",
    "digest sha1:726f6f74:41",
    "50:72 6f 6f 74",
    "pid 41 72 6f 6f 74",
    "2026-11-29 41 72 6f 6f 74",
    "10:41:30:72:6f:6f:74",
    "72 6f 6f 74 41 bytes",
    "72 6f 6f 74 30 20.5 s",
    "time=49,114,111,111,116",
    "v41726f6f74",
    "2026 726f 6f74",
]
SHOWN = [
    "63 68 72 6f 6f 74 00",
    "72 6f 6f 74 65 64",
    "63 68 72 6f  6f 74 65 64",
    "61:62:63:68:72:6F:6F:74",
    "6368726f6f7400",
    "00726f6f746564",
    r"\x63\x68\x72\x6f\x6f\x74",
    r"\x72\x6f\x6f\x74\x65\x64",
    r"\143\150\162\157\157\164\000",
    "{0x63, 0x68, 0x72, 0x6f, 0x6f, 0x74, 0x0a}",
    "{0x72, 0x6f, 0x6f, 0x74, 0x65, 0x64}",
    "[99, 104, 114, 111, 111, 116, 10]",
    "99,104,114,111,111,116",
    "1114, 111, 111, 1160",
    "143 150 162 157 157 164 012",
    "6162 6368 726f 6f74",
    "0a6368 726f 6f74 6564 6564",
    "0a63 6872 6f6f 74",
    "6872 6f6f 7465 0a",
    "00000030  68 72 6f 6f 74 0a                                 |hroot.|",
    "00000030  63 68 72 6f 6f 74 0a                              |chroot.|",
    "00000030: 6368 726f 6f74 0a                        chroot.",
]


@pytest.fixture(scope="module", params=["build_log", "ansi"])
def policy(request: pytest.FixtureRequest) -> RedactionPolicy:
    return RedactionPolicy.build_log() if request.param == "build_log" else RedactionPolicy.ansi()


def redactor_of(policy: RedactionPolicy) -> Redactor:
    redactor = Redactor(policy)
    redactor.add("w", WORD)
    return redactor


def in_pieces(redactor: Redactor, text: str) -> str:
    stream = redactor.stream()
    return "".join([*map(stream.feed, text), stream.close()])


@pytest.mark.parametrize("text", [*HIDDEN, *SHOWN])
def test_what_stands_beside_a_word(text: str, policy: RedactionPolicy) -> None:
    redactor = redactor_of(policy)
    for end in ("", "\n", " x"):
        redacted = redactor.redact(text + end)
        assert ("<w>" in redacted) == (text in HIDDEN)
        assert redactor.redact(redacted) == redacted
        assert in_pieces(redactor, text + end) == redacted
    assert redactor.redact(text) == Definition([("w", WORD)], policy).redact(text)


def test_long_values_are_hidden_anywhere() -> None:
    redactor = Redactor()
    redactor.add("n", "k9QmT2vXzR7p")
    assert redactor.redact(b"ak9QmT2vXzR7pb".hex(" ")) == "61 <n> 62"


def test_a_common_word_is_none_inside_of_another() -> None:
    redactor = Redactor()
    redactor.add("n", "postgres")
    for text in ("postgresql", "mypostgres"):
        assert "<n>" not in redactor.redact(text.encode().hex())
        assert "<n>" not in redactor.redact(text.encode().hex(" "))
    assert redactor.redact(b"'postgres'".hex()) == "27<n>27"


def test_what_is_beside_a_label_is_a_part_of_a_list() -> None:
    redactor = Redactor()
    redactor.add("w", WORD)
    redactor.add("n", "k9QmT2vXzR7p")
    text = b"k9QmT2vXzR7proot".hex(" ")
    assert redactor.redact(text) == "<n> 72 6f 6f 74"
    assert redactor.redact(redactor.redact(text)) == "<n> 72 6f 6f 74"


def test_a_label_inside_of_a_group() -> None:
    redactor = Redactor()
    redactor.add("w", WORD)
    redactor.add("n", "k9QmT2vXzR7p")
    for text, hidden in (
        (b"ak9QmT2vXzR7pabcroot", "61<n>61 6263 726f 6f74"),
        (b"rootabck9QmT2vXzR7pa", "726f 6f74 6162 63<n>61"),
    ):
        redacted = redactor.redact(text.hex(" ", -2))
        assert redacted == hidden
        assert redactor.redact(redacted) == redacted


def test_a_label_where_no_number_of_the_list_would_be() -> None:
    redactor = Redactor()
    redactor.add("w", WORD)
    redactor.add("n", "k9QmT2vXzR7p")
    for between, text in ((" ", "726f6f74"), ("0a", "72 6f6f 74")):
        redacted = redactor.redact(f"<n>{between}{text}")
        assert redacted == f"<n>{between}<w>"
        assert redactor.redact(redacted) == redacted
        assert redactor.redact(f"<n>{text}") == f"<n>{text}"


@pytest.mark.parametrize("base", [16, 10, 8])
def test_no_number_is_none(base: int) -> None:
    for text in (b"", b"x", b"a line of a log: ", b"2026-11-29 "):
        assert is_alphanumeric_before(text, len(text), base) is None
        assert is_alphanumeric_after(b" :; " + text, 0, base) is None
