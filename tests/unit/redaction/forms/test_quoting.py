"""Special characters written twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.form_case import VALUES, hidden, printed


@pytest.mark.parametrize("value", VALUES)
def test_doubled_quotes(value: str) -> None:
    for quote in "'\"":
        assert hidden(value, value.replace(quote, quote * 2)).replace("<n>", "").strip() == ""


def test_ninja(tmp_path: Path) -> None:
    value = "C:\\a b$c:d"
    (tmp_path / "build.ninja").write_text(
        "rule r\n command = echo $in\nbuild all: r C$:\\a$ b$$c$:d\n"
    )
    assert hidden(value, (tmp_path / "build.ninja").read_text()).endswith("r <n>\n")
    text = printed("ninja", "-t", "targets", "all", cwd=tmp_path)
    assert "error" not in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("pa$$-$word", "pa$$$$-$$word"),  # make
        ("pa$$-word", "pa$-word"),  # Jenkins
        ("C:\\a b$c:d", "C$:\\a$ b$$c$:d"),  # ninja
        ("100%-sure%", "100%%-sure%%"),  # ConfigParser, batch files
        ("it's a\\b", "it''s a\\\\b"),  # PostgreSQL's E'...'
        ('a"b\\c-d', 'a""b\\\\c-d'),  # a row of PostgreSQL
        ('a`b"c$d-x', 'a``b`"c`$d-x'),  # PowerShell
        ('a${b}%{c}$d%e"f\\g', 'a$${b}%%{c}$d%e\\"f\\\\g'),  # Terraform
        ("a$h0me-50%-b", "a$$h0me-50%%-b"),  # systemd
        ("a{b}c}}d{-x", "a{{b}}c}}}}d{{-x"),  # formats of Python, Rust, .NET
        ("it's|a[b]c", "it|'s||a|[b|]c"),  # TeamCity
        ("it's gr\xfc\xdfe\u5317", "it|'s gr|0x00fc|0x00dfe|0x5317"),
        ("it's gr\xfc\xdfe\u5317", "it|'s gr|0x00FC|0x00DFe|0x5317"),
        ("it's gr\xfc\xdfe\u5317", "it|'s gr\xfc\xdfe\u5317"),
        ("one of it|\nand two", "one of it|||nand two"),
    ],
)
def test_others(value: str, written: str) -> None:
    assert hidden(value, f"x '{written}' y") == "x '<n>' y"
