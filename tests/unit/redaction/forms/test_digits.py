"""Digits of the bytes of a value, against programs."""

from __future__ import annotations

import base64
import json

import pytest

from buildbot_keychain.redaction import RedactionPolicy
from tests.support.form_case import VALUES, hidden, left, printed

LOG = RedactionPolicy.build_log()


@pytest.mark.parametrize("value", VALUES)
class TestHexadecimalAndBase64:
    def test_hexadecimal(self, value: str) -> None:
        digits = value.strip().encode().hex()
        assert hidden(value, f"0x{digits} 0x{digits.upper()}") == "0x<n> 0x<n>"

    @pytest.mark.parametrize("offset", range(7))
    @pytest.mark.parametrize("after", ["", "!", "\n", "and more"])
    def test_base64(self, value: str, offset: int, after: str) -> None:
        plain = b"prefix:"[:offset] + value.encode() + after.encode()
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(plain).decode()
            first = offset * 8 // 6
            shown = hidden(value, text)
            assert shown.startswith(text[:first] + "<n>")
            rest = shown[first + 3 :]
            assert text.endswith(rest)
            # No character that carries a bit of the value is left.
            assert (len(text) - len(rest)) * 6 >= (offset + len(value.encode())) * 8

    def test_wrapped_base64(self, value: str) -> None:
        long = value.strip() + "-and-so-on" * 8
        text = base64.encodebytes(b"ab" + long.encode()).decode()
        assert hidden(long, text) == text[:2] + "<n>\n" * text.count("\n")

    @pytest.mark.parametrize("before", range(0, 76, 5))
    def test_base64_wrapped_anywhere(self, value: str, before: int) -> None:
        text = base64.encodebytes(b"." * before + value.strip().encode() + b"." * 40).decode()
        shown = hidden(value, text)
        left = shown.replace("<n>", "").replace("\n", "")
        # Of a piece of the value before a line end, three characters may be shown.
        digits = len(value.strip().encode()) * 8 // 6
        assert len(text.replace("\n", "")) - len(left) >= digits - 3

    def test_wrapped_hexadecimal(self, value: str) -> None:
        long = value.strip() + "-and-so-on" * 8
        for digits in (long.encode().hex(), long.encode().hex().upper()):
            text = "".join(f"{digits[at : at + 60]}\n" for at in range(0, len(digits), 60))
            assert hidden(long, text) == "<n>\n" * text.count("\n")


@pytest.mark.parametrize("policy", [RedactionPolicy(), LOG])
@pytest.mark.parametrize("between", ["  ", "    \t", "+", "| ", "#6 0.1 ", "12:00:01 "])
@pytest.mark.parametrize(
    "command", [("base64",), ("base64", "-w64"), ("xxd", "-p"), ("openssl", "base64")]
)
def test_lines_with_something_before_them(
    policy: RedactionPolicy, between: str, command: tuple[str, ...]
) -> None:
    value = "s3cr3t-value-" * 12
    text = printed(*command, stdin=value)
    log = "".join(f"{between}{line}\n" for line in text.splitlines())
    shown = hidden(value, log, policy)
    assert set(shown.replace("<n>", "")) <= set(between + "\n=" + policy.through_cuts * " "), shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("pass", "x YHBhc3M= YXBhc3M= cGFzcw== y"),
        ("passw", "x cGFzc3c= y"),
        ("pass", "x cGFzcw y"),
        ("pass", 'x "cGFzcw==" y'),
    ],
)
def test_base64_of_short_values(value: str, text: str) -> None:
    encoded = base64.b64encode(value.encode()).decode()
    for written in (encoded, encoded.rstrip("=")):
        if written in text.replace('"', " ").split():
            assert hidden(value, text) == text.replace(written, "<n>")
    assert hidden(value, f"x{encoded}") == f"x{encoded}"
    assert hidden(value, f"{encoded.rstrip('=')}more") == f"{encoded.rstrip('=')}more"


@pytest.mark.parametrize("value", ["s3cr3t-value", "s3cr3t-value-of-more-than-one-line-of-bytes"])
@pytest.mark.parametrize("policy", [RedactionPolicy(), LOG])
@pytest.mark.parametrize(
    "command",
    [
        ("od", "-An", "-w64", "-tx1"),
        ("od", "-An", "-w64", "-tu1"),
        ("od", "-An", "-w64", "-b"),
        ("xxd", "-i"),
        ("xxd", "-p"),
        ("node", "-e", "process.stdin.on('data', d => console.log(d))"),
        ("node", "-e", "process.stdin.on('data', d => console.log(JSON.stringify(d)))"),
        ("node", "-e", "process.stdin.on('data', d => console.log(JSON.stringify(d, null, 2)))"),
        ("perl", "-e", "print join ':', map { sprintf '%02x', ord } split //, <STDIN>"),
        ("perl", "-e", "print unpack('H*', $_ = <STDIN>) =~ s/(....)/$1 /gr"),
    ],
)
def test_lists_of_bytes(command: tuple[str, ...], policy: RedactionPolicy, value: str) -> None:
    shown = hidden(value, printed(*command, stdin=value), policy)
    assert "<n>" in shown
    assert not any(character.isdigit() for character in shown.replace("<n>", "")), shown


@pytest.mark.parametrize("value", ["s3cr3t-value", "gr\xfc\xdfe-\u5317\u4eac-x"])
def test_lists_that_python_prints(value: str) -> None:
    data = value.encode()
    for text in (
        repr(list(data)),
        json.dumps(list(data), indent=1),
        data.hex(" "),
        data.hex(":").upper(),
        data.hex(" ", 2),
        "".join(f"\\x{byte:02x}" for byte in data),
        ", ".join(f"0x{byte:02X}" for byte in data),
        ", ".join(str(byte - 256 if byte > 127 else byte) for byte in data),  # Java's
    ):
        assert left(value, text, LOG) <= set("[]\n\\x0 "), text


@pytest.mark.parametrize("value", ["s3cr3t-value", "gr\xfc\xdfe-\u5317\u4eac-x"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", ["", "x", "xy"])
def test_utf16(value: str, encoding: str, before: str) -> None:
    data = f"{before}{value};".encode(encoding)
    encoded = base64.b64encode(data).decode()
    shown = hidden(value, encoded)
    assert "<n>" in shown
    assert len(shown) <= len("<n>") + (len(data) - 2 * len(value)) * 8 // 6 + 6
    assert "<n>" in hidden(value, data.hex())


@pytest.mark.parametrize(
    "value", ["s3cr3t-value", "gr\xfc\xdfe-\u5317\u4eac-x", "k9QmT2vXzR7pLw4N"]
)
@pytest.mark.parametrize("after", ["", "\n", " and so on"])
@pytest.mark.parametrize("policy", [None, LOG], ids=["default", "log"])
def test_base32(value: str, after: str, policy: RedactionPolicy | None) -> None:
    for text in (
        printed("base32", "-w0", stdin=value + after),
        base64.b32encode((value + after).encode()).decode().lower(),
    ):
        bare = text.rstrip("=")
        shown = hidden(value, bare, policy)
        assert shown.startswith("<n>")
        # No character that carries a bit of the value is left.
        assert (len(bare) - len(shown.removeprefix("<n>"))) * 5 >= len(value.encode()) * 8
        assert after or hidden(value, text, policy) == "<n>"


def test_wrapped_base32() -> None:
    value = "k9QmT2vXzR7pLw4N" * 8
    text = printed("base32", stdin=value)
    assert hidden(value, text) == "<n>\n" * text.count("\n")


def test_short_values_are_no_numbers_of_lines() -> None:
    text = "".join(f"{number:>6}\n" for number in range(20, 60))
    assert hidden("1234", text) == text
    assert hidden("12345678", text, LOG) == text
